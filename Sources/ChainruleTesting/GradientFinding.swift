internal import Diagrams
internal import GradientChecking
internal import Gradients
internal import GraphvizRendering

/// A check that was run, as a test tells of it.
struct GradientFinding {
  let report: CheckReport
  /// What to say, unless everything agrees.
  let failure: String?
  private let check: GradientCheck

  init(_ check: GradientCheck, tolerance: Double) throws {
    var check = check
    check.tolerance = tolerance
    self.check = check
    report = try check.run()
    failure = report.verdict == .agree ? nil : report.text()
  }

  var pictureName: String { "\(check.output.name).svg" }

  /// The graph with the wrong gates marked; nil where it is too large to be drawn.
  var picture: String? {
    do {
      var evaluation = try Evaluation(
        check.graph, inputs: Dictionary(check.inputs.map { ($0.name, $0.value) }) { first, _ in first })
      try evaluation.forward()
      try evaluation.backward(from: check.output.node)
      let diagram = try Diagram(
        check.graph, evaluation, output: check.output.node, title: check.output.name, source: "")
      return diagram.svg(fromLayout: try GraphvizRenderer.svg(dot: diagram.dotText))
    } catch {
      return nil
    }
  }
}
