internal import Diagrams
internal import FormulaLanguage
internal import Gradients
internal import GraphvizRendering

extension Formula {
  /// The picture of the formula, with its values and gradients, and with some gates marked.
  func picture(
    origin: Diagram.Origin, options: DiagramOptions = DiagramOptions(), marks: Diagram.Marks = Diagram.Marks()
  ) throws -> Diagram {
    let (graph, output) = try drawn(options)
    // Where a gate is marked, its backward pass may be what fails: then the forward pass is drawn.
    return try evaluated(graph, output, needsGradients: marks.isEmpty) { evaluation in
      try Diagram(
        graph, evaluation, output: output, title: outputName, source: source.text, origin: origin,
        options: options, marks: marks)
    }
  }

  /// The fingerprint that a stored picture would have now.
  func fingerprint(like stored: StoredHeader) throws -> String {
    let (graph, output) = try drawn(stored.options)
    return try run(graph, output) { evaluation in
      try Diagram.fingerprint(graph, evaluation, output: output, title: outputName, options: stored.options)
    }
  }

  /// The picture that a stored one would be now.
  func picture(like stored: StoredHeader) throws -> Diagram {
    let (graph, output) = try drawn(stored.options)
    return try run(graph, output) { evaluation in
      try Diagram(
        graph, evaluation, output: output, title: outputName, source: source.text, origin: stored.origin,
        options: stored.options)
    }
  }

  /// The page that steps through the picture and runs the formula again.
  func page(origin: Diagram.Origin, options: DiagramOptions) throws -> Page {
    let (graph, output) = try drawn(options)
    return try evaluated(graph, output) { evaluation in
      try Page(
        graph, evaluation, output: output, title: outputName, source: source.text, origin: origin,
        options: options)
    }
  }

  /// What `read` makes of the formula once it has been run forward and backward.
  func evaluated<Result>(_ read: (borrowing Evaluation) throws -> Result) throws -> Result {
    try evaluated(graph, output, read)
  }

  /// What is drawn: the function, or where every gate is asked for, what is inside its written gates too.
  private func drawn(_ options: DiagramOptions) throws -> (graph: Graph, output: NodeID) {
    options.folding == .none ? try graph.opened(output) : (graph, output)
  }

  private func evaluated<Result>(
    _ graph: Graph, _ output: NodeID, needsGradients: Bool = true,
    _ read: (borrowing Evaluation) throws -> Result
  ) throws -> Result {
    do {
      return try run(graph, output, needsGradients: needsGradients, read)
    } catch {
      try requireSoundPrograms()
      throw failure(text(of: error, in: graph), ExitStatus.badFormula)
    }
  }

  private func run<Result>(
    _ graph: Graph, _ output: NodeID, needsGradients: Bool = true,
    _ read: (borrowing Evaluation) throws -> Result
  ) throws -> Result {
    var evaluation = try forward(graph)
    do {
      try evaluation.backward(from: output)
    } catch {
      if needsGradients { throw error }
      return try read(forward(graph))
    }
    return try read(evaluation)
  }

  private func forward(_ graph: Graph) throws -> Evaluation {
    var evaluation = try Evaluation(
      graph, inputs: Dictionary(inputs.map { ($0.name, $0.value) }) { first, _ in first })
    try evaluation.forward()
    return evaluation
  }
}

extension Page {
  /// The page with its pictures laid out.
  func htmlText(timeLimit: Double = 20) throws -> String {
    try html(
      svg: picture.svgText(timeLimit: timeLimit), foldedSVG: foldedPicture?.svgText(timeLimit: timeLimit))
  }
}

extension Diagram {
  /// More gates than this are laid out in a process of their own, which can be stopped.
  private static let largestQuickCount = 100

  /// The picture, laid out by Graphviz.
  func svgText(timeLimit: Double = 20) throws -> String {
    svg(fromLayout: try layout(timeLimit: timeLimit))
  }

  /// Tells people when gates are drawn as one that nobody has asked for.
  func reportFolding() {
    guard options.folding == .automatic, options.style != .closeup, wholeGateCount > gateCount else { return }
    let advice = wholeGateCount <= Self.largestUnfoldedCount ? "; --unfold draws each of them" : ""
    tell("gradcheck: \(wholeGateCount) gates are drawn folded, as \(gateCount)\(advice)")
  }

  /// What Graphviz makes of the picture.
  func layout(timeLimit: Double) throws -> String {
    do {
      return gateCount <= Self.largestQuickCount
        ? try GraphvizRenderer.svg(dot: layoutText)
        : try GraphvizRenderer.svg(dot: layoutText, timeLimit: timeLimit)
    } catch {
      if error.isOverTime {
        throw failure(
          """
          gradcheck: \(error) for \(gateCount) gates; draw less with --depth 0 or --fold NAME, or give it more time \
          with --time-limit
          """, ExitStatus.badProgram)
      }
      throw failure("gradcheck: the picture could not be laid out: \(error)", ExitStatus.badProgram)
    }
  }
}
