public import Gradients

/// A picture of a run of a graph, as DOT text that carries its data.
public struct Diagram: Sendable {
  /// More gates than this are not drawn.
  public static let largestGateCount = 200

  /// The picture; its node names are positions in the graph.
  public let dotText: String

  /// A gate that stands out.
  public struct Mark: Sendable {
    /// What is wrong with it, in a word: it is kept in the picture's data.
    public let verdict: String
    /// What is wrong with it, in words that stand below the picture.
    public let text: String

    /// Makes a mark.
    public init(verdict: String, text: String) {
      self.verdict = verdict
      self.text = text
    }
  }

  /// Where a picture comes from: with the text of the function, all that it takes to draw it again.
  public struct Origin: Sendable, Equatable {
    /// The path of the formula's file, if it is in one.
    public var file: String?
    /// What was given for inputs instead of what the formula says.
    public var values: [(name: String, text: String)]
    /// The seed of random data.
    public var seed: UInt64

    /// Says where a picture comes from.
    public init(file: String? = nil, values: [(name: String, text: String)] = [], seed: UInt64 = 0) {
      self.file = file
      self.values = values
      self.seed = seed
    }

    /// Whether two pictures come from the same file, with the same values and seed.
    public static func == (a: Origin, b: Origin) -> Bool {
      a.file == b.file && a.seed == b.seed && a.values.map(\.name) == b.values.map(\.name)
        && a.values.map(\.text) == b.values.map(\.text)
    }
  }

  /// What is said of each node to a reader who does not see it, in the order of the graph.
  let sentences: [(name: String, text: String)]
  let title: String

  /// Draws what `output` is computed from, with the values of `evaluation` and, when it has been run backward, the
  /// gradients.
  ///
  /// - Parameters:
  ///   - graph: the structure.
  ///   - evaluation: a run of it.
  ///   - output: the node that the picture ends in.
  ///   - title: the name of the function.
  ///   - source: its text.
  ///   - origin: where the text and its values come from.
  ///   - marks: the gates that stand out.
  /// - Throws: `DiagramError` when there are too many gates, `GateError` when a backward pass fails.
  public init(
    _ graph: Graph, _ evaluation: borrowing Evaluation, output: NodeID, title: String, source: String,
    origin: Origin = Origin(), marks: [NodeID: Mark] = [:]
  ) throws {
    let drawn = DrawnGraph(graph, output: output)
    let gates = drawn.elements.count { $0.symbol != nil }
    guard gates <= Self.largestGateCount else {
      throw DiagramError(
        "the function has \(gates) gates; a picture of more than \(Self.largestGateCount) cannot be read")
    }
    let run = DrawnRun(
      graph, evaluation, drawn, output: output, downstream: try Self.downstream(drawn, evaluation))
    var writer = DiagramWriter(run, title: title, source: source, origin: origin, marks: marks)
    dotText = writer.text()
    sentences = writer.sentences
    self.title = title
  }

  private static func downstream(
    _ drawn: DrawnGraph, _ evaluation: borrowing Evaluation
  ) throws -> [NodeID: [Tensor]] {
    guard evaluation.hasGradients else { return [:] }
    var gradients: [NodeID: [Tensor]] = [:]
    for element in drawn.elements where element.symbol != nil {
      gradients[element.node] = try evaluation.downstreamGradients(of: element.node)
    }
    return gradients
  }
}

/// A picture that is not drawn.
public struct DiagramError: Error, Equatable, CustomStringConvertible {
  /// Why.
  public let description: String

  init(_ message: String) {
    description = message
  }
}
