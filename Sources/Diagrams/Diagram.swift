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
  ///   - marks: the gates that stand out.
  /// - Throws: `DiagramError` when there are too many gates, `GateError` when a backward pass fails.
  public init(
    _ graph: Graph, _ evaluation: borrowing Evaluation, output: NodeID, title: String, source: String,
    marks: [NodeID: Mark] = [:]
  ) throws {
    let drawn = DrawnGraph(graph, output: output)
    let gates = drawn.elements.count { $0.symbol != nil }
    guard gates <= Self.largestGateCount else {
      throw DiagramError(
        "the function has \(gates) gates; a picture of more than \(Self.largestGateCount) cannot be read")
    }
    let run = DrawnRun(
      graph, evaluation, drawn, output: output, downstream: try Self.downstream(drawn, evaluation))
    var writer = DiagramWriter(run, title: title, source: source, marks: marks)
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
