internal import Diagrams
internal import ExternalGates
internal import FormulaLanguage
internal import GradientChecking
internal import Gradients

/// The formulas of stored diagrams, each read and checked once, however many diagrams share it.
struct EvaluatedFormulas {
  let checksGradients: Bool
  /// The formulas whose gradients do not agree.
  private(set) var checked: [Outcome] = []
  private var known: [Key: Result<Formula, Finding>] = [:]

  init(checksGradients: Bool) {
    self.checksGradients = checksGradients
  }

  private struct Key: Hashable {
    let file: String?
    let text: String
    let values: [[String]]
    let seed: UInt64
  }

  /// The formula of a diagram: the one in `file`, or the one inside.
  ///
  /// - Throws: `Finding` with what is wrong with it.
  mutating func formula(
    _ header: StoredHeader, inFile file: String?, ofDiagramAt diagram: String
  ) throws(Finding) -> Formula {
    let key = Key(
      file: file, text: file == nil ? header.formula : "",
      values: header.origin.values.map { [$0.name, $0.text] }, seed: header.origin.seed)
    if let known = known[key] { return try known.get() }
    let result = Result { () throws(Finding) in try Self.read(header, file, diagram) }
    known[key] = result
    let formula = try result.get()
    if checksGradients, let finding = Self.check(formula, header.origin.seed) {
      checked.append(Outcome(path: formula.source.name, formula: file, findings: [finding]))
    }
    return formula
  }

  private static func read(
    _ header: StoredHeader, _ file: String?, _ diagram: String
  ) throws(Finding) -> Formula {
    do {
      let bytes = try file.map { try Files.bytes(of: $0) } ?? Array(header.formula.utf8)
      let directory = Files.directory(of: file ?? diagram)
      let source = try Source(name: file ?? diagram, utf8: bytes)
      return try Formula(
        parsing: source, replacing: header.origin.values, directory: directory, seed: header.origin.seed
      ) { command in
        // A picture from anywhere must not start programs.
        guard file != nil else {
          throw Files.Problem(description: "it is not started for a formula inside a diagram")
        }
        return try ProgramOptions.open(command, in: directory, timeout: ProgramOptions.usualTimeout)
      }
    } catch let error as FormulaError {
      let diagnostic = error.diagnostics[0]
      let severity = error.exitStatus == ExitStatus.badProgram ? Finding.Severity.failed : .broken
      throw Finding(
        severity, "formula", "its formula is wrong: \(diagnostic.message.text)",
        place: file == nil ? nil : diagnostic.place)
    } catch {
      throw Finding(.unreadable, "unreadable", "its formula \(error)")
    }
  }

  /// The gradients that do not agree, in one sentence; nil when all do, or when the formula says that they do not.
  private static func check(_ formula: Formula, _ seed: UInt64) -> Finding? {
    var check = GradientCheck(formula, seed: seed)
    check.gates = .whenNeeded
    let report: CheckReport
    do {
      report = try check.run()
    } catch {
      return Finding(.broken, "check", "the gradient check failed: \(error)")
    }
    if let fault = formula.claimGraph.programFault { return Finding(.failed, "program", "\(fault)") }
    let expected = formula.source.expectedVerdict
    guard report.verdict != expected else { return nil }
    guard report.verdict != .agree else {
      return Finding(
        .differs, "check", "the gradient check agrees, and the formula expects '\(expected.rawValue)'")
    }
    let inputs = report.inputs.filter { $0.verdict == report.verdict }
    let claims = report.claims.filter { $0.verdict == report.verdict }
    let gates = report.gates.filter { $0.verdict == report.verdict }
    let subjects =
      inputs.map { "d\(report.output.name)/d\($0.name)" }
      + claims.map { "the claim d\($0.of)/d\($0.withRespectTo)" }
      + gates.map { "gate '\($0.name)' (\($0.node))" }
    let list = subjects.prefix(5).joined(separator: ", ") + (subjects.count > 5 ? " and more" : "")
    let what = report.verdict == .disagree ? "disagrees" : "could not decide"
    return Finding(
      report.verdict == .disagree ? .differs : .undecided, "check",
      "the gradient check \(what)\(list.isEmpty ? "" : " at \(list)")",
      place: gates.first?.place ?? claims.first?.place)
  }
}

extension Source {
  /// What a check of the formula shall find: what a comment says that is a line of its own, `# expect: disagree`, for a
  /// formula that is wrong on purpose.
  fileprivate var expectedVerdict: Verdict {
    for line in text.split(separator: "\n") where line.hasPrefix("# expect:") {
      let word = line.dropFirst("# expect:".count).filter { !$0.isWhitespace }
      if let verdict = Verdict(rawValue: word) { return verdict }
    }
    return .agree
  }
}
