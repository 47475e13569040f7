internal import Diagrams
internal import FormulaLanguage
internal import Gradients
internal import GraphvizRendering

extension Formula {
  /// The picture of the formula, with its values and gradients, and with some gates marked.
  func picture(origin: Diagram.Origin, marks: [NodeID: Diagram.Mark] = [:]) throws -> Diagram {
    try evaluated { evaluation in
      try Diagram(
        graph, evaluation, output: output, title: outputName, source: source.text, origin: origin,
        marks: marks)
    }
  }

  /// What `read` makes of the formula once it has been run forward and backward.
  func evaluated<Result>(_ read: (borrowing Evaluation) throws -> Result) throws -> Result {
    do {
      var evaluation = try Evaluation(
        graph, inputs: Dictionary(inputs.map { ($0.name, $0.value) }) { first, _ in first })
      try evaluation.forward()
      try evaluation.backward(from: output)
      return try read(evaluation)
    } catch {
      try requireSoundPrograms()
      throw failure("\(source.name): error: \(error)", ExitStatus.badFormula)
    }
  }
}

extension Diagram {
  /// The picture, laid out by Graphviz.
  func svgText() throws -> String {
    do {
      return svg(fromLayout: try GraphvizRenderer.svg(dot: dotText))
    } catch {
      throw failure("gradcheck: the picture could not be laid out: \(error)", ExitStatus.badProgram)
    }
  }
}
