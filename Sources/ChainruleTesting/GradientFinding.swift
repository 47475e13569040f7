internal import Diagrams
internal import GradientChecking
internal import Gradients

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

  /// The graph with the wrong gates marked; nil where it cannot be drawn.
  var picture: String? {
    let gates = report.gates.filter { $0.verdict != .agree }
    let marks = gates.map { gate in
      let mark = Diagram.Mark(
        verdict: gate.verdict.rawValue, subject: gate.subject(in: check.graph), numbers: gate.numbers,
        text: gate.words)
      return (gate.node, mark)
    }
    return try? Diagram(
      of: check, options: DiagramOptions(),
      marks: Diagram.Marks(gates: Dictionary(marks) { first, _ in first })
    ).rendered()
  }
}
