public import Gradients

/// A picture of a run of a graph, as DOT text that carries its data.
public struct Diagram: Sendable {
  /// The picture; its node names are positions in the graph.
  public internal(set) var dotText: String

  /// What Graphviz needs to lay the picture out: ``dotText`` without the data, which gives the same layout sooner.
  public let layoutText: String

  /// How it is drawn.
  public let options: DiagramOptions

  /// How many gates are drawn, boxes of several gates among them: it tells how long the layout takes.
  public let gateCount: Int

  /// More gates than this are not drawn one by one.
  public static let largestUnfoldedCount = DrawnGraph.largestUnfoldedCount

  /// How many gates the function has in it, drawn each or several as one.
  public let wholeGateCount: Int

  /// What is said of each node to a reader who does not see it, in the order of the graph.
  let sentences: [(name: String, text: String)]
  /// What is drawn in place of the boxes of a large picture, by the names of the nodes.
  let tiles: [String: Tile]
  let title: String
  /// The steps of the forward and backward pass.
  let steps: [Step]

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
  ///   - options: what is shown, and how.
  ///   - marks: the gates and values that stand out.
  /// - Throws: `DiagramError` when there are too many gates, or no such gate or function as the options name;
  ///   `GateError` when a backward pass fails.
  public init(
    _ graph: Graph, _ evaluation: borrowing Evaluation, output: NodeID, title: String, source: String,
    origin: Origin = Origin(), options: DiagramOptions = DiagramOptions(), marks: Marks = Marks()
  ) throws {
    let about = Subject(title: title, source: source, origin: origin)
    let whole = DrawnGraph(graph, output: output)
    let drawn =
      options.style == .closeup ? whole : try whole.folded(options.folding, graph, output: output)
    let run = try DrawnRun(graph, evaluation, drawn, output: output, title: title, options: options)
    self.options = options
    self.title = title
    wholeGateCount = whole.gateCount
    if options.style == .closeup {
      var writer = CloseUpWriter(run, about, options)
      try writer.write()
      (dotText, layoutText) = (writer.statements.sealedText, writer.statements.layoutText)
      sentences = writer.sentences
      tiles = [:]
      gateCount = 1
      steps = []
    } else {
      var writer = DiagramWriter(run, about, options, marks: marks)
      writer.write()
      (dotText, layoutText) = (writer.statements.sealedText, writer.statements.layoutText)
      sentences = writer.sentences
      tiles = writer.tiles
      gateCount = drawn.gateCount
      steps = options.step == nil ? [] : Step.all(writer)
    }
  }
}

extension Diagram {
  /// What a picture shows: the name of the function, its text, and where that comes from.
  struct Subject: Sendable {
    let title: String
    let source: String
    let origin: Origin

    /// The attributes of the graph that hold it, beside how it is drawn.
    func attributes(_ run: DrawnRun, _ options: DiagramOptions) -> [(name: String, value: String)] {
      let inputs = run.graph.inputs.compactMap { node in
        run.value(of: node).flatMap { value in
          run.graph.annotation(of: node).name.map { "\($0)=\(TensorText.exact(value))" }
        }
      }
      return [
        (name: "data_schema", value: "\(StoredDiagram.schema)"), ("data_formula", source),
        ("data_inputs", inputs.joined(separator: "; ")), ("data_output", run.output.description),
        ("data_run", RunFingerprint(run).text),
      ] + origin.attributes + options.attributes
    }
  }
}

/// A picture that is not drawn.
public struct DiagramError: Error, Equatable, CustomStringConvertible {
  /// Why, and what helps.
  public let description: String

  init(_ message: String) {
    description = message
  }
}
