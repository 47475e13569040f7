public import Gradients

/// What a check found, element by element.
public struct CheckReport: Sendable {
  /// The output of the function.
  public struct Output: Sendable {
    /// Its name.
    public let name: String
    /// Its value.
    public let value: Tensor
  }

  /// The gradient with respect to one input.
  public struct Input: Sendable {
    /// The input's name.
    public let name: String
    /// Where it was checked.
    public let value: Tensor
    /// One gradient after the other, each in the order of the input's elements; see ``rowCount``.
    public let comparisons: [Comparison]
    /// How many gradients there are: 1 for an output of one element, else one for each element of the output, or
    /// for each of a few sums with random signs where the output has many.
    public let rowCount: Int

    /// The worst verdict of its elements.
    public var verdict: Verdict { comparisons.lazy.map(\.verdict).worst }
  }

  /// One gate, its backward pass against its own forward pass.
  public struct Gate: Sendable {
    /// Its place in the graph.
    public let node: NodeID
    /// Its name.
    public let name: String
    /// The text it stems from.
    public let label: String
    /// Where that text stands.
    public let place: Graph.Place?
    /// The worst verdict of its operands.
    public let verdict: Verdict
    /// The position of the operand with that verdict, unless all agree.
    public let operand: Int?
    /// What is wrong, unless all agree.
    public let message: String?
  }

  /// A gradient derived by hand.
  public struct Claim: Sendable {
    /// The value that is differentiated.
    public let of: String
    /// With respect to this one.
    public let withRespectTo: String
    /// Where the claim stands.
    public let place: Graph.Place?
    /// One for each element of the value that it is differentiated to; empty when the shapes differ.
    public let comparisons: [Comparison]
    /// The shape of the value that it is differentiated to.
    public let shape: Shape
    /// The verdict of the claim.
    public let verdict: Verdict
    /// What is wrong, where the numbers do not say it.
    public let message: String?
  }

  /// The text of the function.
  public let function: String
  /// Its output.
  public let output: Output
  /// The gradient with respect to each input.
  public let inputs: [Input]
  /// Each gate on its own.
  public let gates: [Gate]
  /// The gradients derived by hand.
  public let claims: [Claim]
  /// How many times the function was computed.
  public let evaluationCount: Int
  /// How long it took.
  public let seconds: Double

  /// The worst verdict of all inputs, gates and claims.
  public var verdict: Verdict {
    [inputs.lazy.map(\.verdict).worst, gates.lazy.map(\.verdict).worst, claims.lazy.map(\.verdict).worst]
      .worst
  }

  /// The gates that are wrong.
  public var blame: [Gate] { gates.filter { $0.verdict == .disagree } }
}

extension Shape {
  /// The position along each axis of the element at `offset` in row-major order.
  func index(of offset: Int) -> [Int] {
    zip(extents, strides).map { extent, stride in offset / stride % extent }
  }
}

extension CheckReport.Input {
  /// The positions in ``comparisons``, the worst first: by verdict, then by relative error.
  public var worstFirst: [Int] { comparisons.worstFirst }

  /// Which element a comparison is of: its index in the output, if that has several rows, and in the input.
  func index(of position: Int) -> (row: Int?, element: [Int]) {
    (rowCount > 1 ? position / value.shape.count : nil, value.shape.index(of: position % value.shape.count))
  }
}

extension [Comparison] {
  /// The positions, the worst first: by verdict, then by relative error; equals stay in order.
  var worstFirst: [Int] {
    func rank(_ error: Double) -> Double { error.isNaN ? .infinity : error }
    return indices.sorted { a, b in
      let (x, y) = (self[a], self[b])
      if x.verdict != y.verdict { return x.verdict > y.verdict }
      if rank(x.relativeError) != rank(y.relativeError) {
        return rank(x.relativeError) > rank(y.relativeError)
      }
      return a < b
    }
  }
}
