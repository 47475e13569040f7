/// A value in an expression that remembers how it was computed: `let f = (x + y) * z`.
///
/// The expression is a ``Graph`` that grows with each operation; ``value()`` and ``gradients(of:)`` run it. A shape
/// error is kept in the variable it would have made, with the file and line where the operation says them, and is
/// thrown by the first call that runs the expression.
///
/// Not safe to share between threads, since the expression is shared by all that are made from it.
public struct Variable {
  private let recording: Recording
  private let node: NodeID
  private let error: VariableError?

  /// Makes a variable that can be differentiated to.
  public init(_ value: Tensor) {
    recording = Recording()
    node = recording.input(value)
    error = nil
  }

  /// Makes a scalar that can be differentiated to.
  public init(_ value: Double) {
    self.init(Tensor(value))
  }

  private init(_ recording: Recording, _ node: NodeID, _ error: VariableError? = nil) {
    self.recording = recording
    self.node = node
    self.error = error
  }

  /// Makes a value that is not differentiated.
  public static func constant(_ value: Tensor) -> Variable {
    let recording = Recording()
    return Variable(recording, recording.constant(value))
  }

  /// The output of a gate, yours or the catalogue's.
  public static func apply(
    _ gate: some Gate, to operands: [Variable], file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    precondition(!operands.isEmpty, "gate '\(gate.card.name)' was given no operands")
    if let failed = operands.first(where: { $0.error != nil }) { return failed }
    let recording = operands.dropFirst().reduce(operands[0].recording.current.recording) {
      $0.merged(with: $1.recording)
    }
    let nodes = operands.map(\.currentNode)
    do throws(ShapeError) {
      return Variable(recording, try recording.apply(gate, nodes))
    } catch {
      return Variable(recording, nodes[0], VariableError(shapeError: error, file: "\(file)", line: line))
    }
  }

  /// The value.
  ///
  /// - Throws: `VariableError` when an operation did not fit, `GateError` when a gate has no output.
  public func value() throws -> Tensor {
    try checked()
    var evaluation = try evaluation()
    try evaluation.forward()
    return evaluation.value(of: currentNode)
  }

  /// The gradient of this value, or of its sum, with respect to each of `variables`, in that one's shape.
  ///
  /// - Throws: `VariableError` when an operation did not fit, `GateError` when a gate fails.
  public func gradients(of variables: [Variable]) throws -> [Tensor] {
    try checked()
    for variable in variables { try variable.checked() }
    var evaluation = try evaluation()
    try evaluation.forward()
    try evaluation.backward(from: currentNode)
    let own = recording.current.recording
    return try variables.map { variable in
      guard variable.recording.current.recording === own else {
        // Nothing joins the two, so one does not change the other.
        return Tensor(repeating: 0, shape: try variable.value().shape)
      }
      return evaluation.gradient(of: variable.currentNode)
    }
  }

  /// The expression as a graph, with every input in it and that input's value.
  ///
  /// The given variables come first, under the given names; any other input is called `captured0` ….
  ///
  /// - Throws: `VariableError` when an operation did not fit.
  package func graph(
    naming variables: [(name: String, variable: Variable)]
  ) throws(VariableError) -> (
    graph: Graph, inputs: [(name: String, node: NodeID, value: Tensor)], output: NodeID
  ) {
    try checked()
    for (_, variable) in variables { try variable.checked() }
    let recording = variables.reduce(recording.current.recording) { $0.merged(with: $1.variable.recording) }
    var graph = recording.graph
    var inputs: [(name: String, node: NodeID, value: Tensor)] = []
    func add(_ name: String, _ node: NodeID) {
      guard case .input(let recorded) = graph.kind(of: node) else { return }
      inputs.append((name, node, recording.values[recorded] ?? Tensor(.nan)))
    }
    for (name, variable) in variables { add(name, variable.currentNode) }
    let captured = graph.inputs.filter { node in !variables.contains { $0.variable.currentNode == node } }
    for (number, node) in captured.enumerated() { add("captured\(number)", node) }
    for input in inputs { graph.annotate(input.node) { $0.name = input.name } }
    return (graph, inputs, currentNode)
  }

  private var currentNode: NodeID { NodeID(index: node.index + recording.current.offset) }

  private func checked() throws(VariableError) {
    if let error { throw error }
  }

  private func evaluation() throws -> Evaluation {
    let recording = recording.current.recording
    return try Evaluation(recording.graph, inputs: recording.values)
  }
}

/// An operation on variables that did not fit.
public struct VariableError: Error, Equatable, CustomStringConvertible {
  /// What did not fit.
  public let shapeError: ShapeError
  /// The file of the operation.
  public let file: String
  /// The line of the operation.
  public let line: UInt

  /// The place and the shapes.
  public var description: String { "\(file):\(line): \(shapeError)" }
}

/// A graph that grows.
///
/// When variables of two recordings meet, one recording takes in the other.
private final class Recording {
  private(set) var graph = Graph()
  private(set) var values: [String: Tensor] = [:]
  private var target: (recording: Recording, offset: Int)?

  /// Where the nodes of this recording are now, and how far their positions have moved.
  var current: (recording: Recording, offset: Int) {
    var (recording, offset) = (self, 0)
    while let next = recording.target {
      offset += next.offset
      recording = next.recording
    }
    if recording !== self { target = (recording, offset) }
    return (recording, offset)
  }

  func input(_ value: Tensor) -> NodeID {
    let name = "x\(graph.inputs.count)"
    values[name] = value
    return graph.input(name, shape: value.shape)
  }

  func constant(_ value: Tensor) -> NodeID { graph.constant(value) }

  func apply(_ gate: some Gate, _ operands: [NodeID]) throws(ShapeError) -> NodeID {
    try graph.apply(gate, to: operands)
  }

  /// The recording of both: the larger one takes in the smaller.
  func merged(with other: Recording) -> Recording {
    let (a, b) = (current.recording, other.current.recording)
    guard a !== b else { return a }
    let (large, small) = a.graph.count >= b.graph.count ? (a, b) : (b, a)
    let offset = large.graph.count
    for node in small.graph.nodes { large.copy(node, of: small, offset: offset) }
    small.target = (large, offset)
    small.graph = Graph()
    small.values = [:]
    return large
  }

  private func copy(_ node: NodeID, of other: Recording, offset: Int) {
    switch other.graph.kind(of: node) {
    case .input(let name): _ = input(other.values[name] ?? Tensor(.nan))
    case .constant(let tensor): _ = constant(tensor)
    case .gate(let gate):
      let operands = other.graph.operands(of: node).map { NodeID(index: $0.index + offset) }
      do throws(ShapeError) {
        _ = try graph.apply(gate, to: operands)
      } catch {
        preconditionFailure("a gate that fitted does not fit any more: \(error)")
      }
    }
  }
}

extension Variable: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  /// A number in an expression is not differentiated.
  public init(floatLiteral value: Double) {
    self = .constant(Tensor(value))
  }

  /// A number in an expression is not differentiated.
  public init(integerLiteral value: Int) {
    self = .constant(Tensor(Double(value)))
  }
}
