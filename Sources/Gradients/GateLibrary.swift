/// Gates that come from elsewhere than a catalogue, such as another program.
public protocol GateLibrary: Sendable {
  /// What is known of each gate before it is used.
  var cards: [GateCard] { get }

  /// Whether the options of the gate of that name are not listed on its card, so that any may be given.
  func takesAnyOption(_ name: String) -> Bool

  /// The gate of one use, made for operands of these values' shapes.
  ///
  /// - Throws: `GateError` when the gate has no output for the operands, or the program has failed.
  func gate(_ name: String, options: GateOptions, at operands: [Tensor]) throws(GateError) -> any Gate
}

/// A gate that another program runs: nothing is known of it but what it answers.
public protocol BlackBoxGate: TensorGate {
  /// The program.
  var program: any BlackBoxProgram { get }

  /// Runs both passes once at each of some operands, in order, and tells which of them they changed in place.
  ///
  /// What fails at one place may work at the next.
  func observe(upstream: Tensor, at places: [[Tensor]]) -> [Result<BlackBoxObservation, GateError>]
}

/// What a run of both passes of a gate in another program showed.
public struct BlackBoxObservation: Equatable, Sendable {
  /// The output.
  public let output: Tensor
  /// The gradient of each operand.
  public let gradients: [Tensor]
  /// Positions of the operands that were changed in place.
  public let changedOperands: [Int]
  /// Positions of the operands that are differentiated and got no gradient.
  public let forgottenOperands: [Int]

  /// Makes an observation.
  public init(output: Tensor, gradients: [Tensor], changedOperands: [Int], forgottenOperands: [Int] = []) {
    self.output = output
    self.gradients = gradients
    self.changedOperands = changedOperands
    self.forgottenOperands = forgottenOperands
  }
}
