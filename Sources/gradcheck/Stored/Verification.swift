internal import ArgumentParser
internal import Diagrams
internal import FormulaLanguage
internal import GradientChecking
internal import Gradients
internal import GraphvizRendering

/// Stored diagrams against what their formulas give now.
struct Verification {
  let files: StoredFiles
  var tolerance = 1e-9
  var checksGradients = true
  var comparesBytes = false

  private var evaluated: [Key: Evaluated] = [:]
  private var drawnFormulas: Set<String> = []

  init(_ files: StoredFiles) {
    self.files = files
  }

  /// Files in a folder that have nothing to do with gradcheck.
  private(set) var foreignCount = 0

  /// Looks at every diagram, and then at the formulas that have none, or whose gradients do not agree.
  mutating func run() -> [Outcome] {
    var outcomes: [Outcome] = []
    for diagram in files.diagrams {
      if let outcome = outcome(of: diagram) { outcomes.append(outcome) } else { foreignCount += 1 }
    }
    // A diagram that cannot be read is a finding of its own.
    let unread = Set(outcomes.filter { $0.pair == nil }.map { Files.stem($0.path) })
    for formula in files.formulas
    where !drawnFormulas.contains(formula) && !unread.contains(Files.stem(formula)) {
      let words = "has no diagram; draw it with 'gradcheck draw \(formula) -o FILE.svg'"
      outcomes.append(
        Outcome(path: formula, formula: formula, findings: [Finding(.differs, "undrawn", words)]))
    }
    return outcomes + checked
  }

  /// What was found out about gradients, each formula once.
  private var checked: [Outcome] = []

  /// What is found out about a diagram; nil for a file in a folder that is none.
  private mutating func outcome(of file: StoredFiles.Diagram) -> Outcome? {
    var outcome = Outcome(path: file.path)
    let stored: StoredDiagram
    let text: String
    let dot: String
    do {
      text = try Self.text(of: file.path)
      dot = try StoredDiagram.dotText(in: text, isDOT: file.path.hasSuffix(".dot"))
      stored = try StoredDiagram(dot: dot)
    } catch let error as StoredDiagramError {
      if error.isForeign, !file.isNamed { return nil }
      outcome.findings = [Finding(.broken, "unreadable", error.description)]
      return outcome
    } catch {
      outcome.findings = [Finding(.unreadable, "unreadable", "\(error)")]
      return outcome
    }
    let recorded = stored.origin.file
    outcome.formula = recorded.flatMap { files.formula($0, ofDiagramAt: file.path) }
    if let formula = outcome.formula {
      drawnFormulas.insert(formula)
    } else if let recorded, !files.formulas.isEmpty {
      outcome.findings = [Finding(.differs, "orphan", "its formula \(recorded) is gone")]
      return outcome
    }
    let evaluated = evaluated(stored, outcome)
    guard let formula = evaluated.formula else {
      outcome.findings = evaluated.findings
      return outcome
    }
    do {
      let present = try formula.picture(like: stored)
      var pair = Outcome.Pair(stored: stored, storedText: text, storedDOT: dot, present: present)
      try outcome.findings = differences(&pair, file.path)
      outcome.pair = pair
    } catch {
      outcome.findings.append(Finding(.broken, "undrawable", "cannot be drawn any more: \(error)"))
    }
    return outcome
  }

  private static func text(of path: String) throws -> String {
    guard let text = String(validating: try Files.bytes(of: path), as: UTF8.self) else {
      throw StoredDiagramError.notText
    }
    return text
  }

  /// What differs, in the data first, and then in what is drawn.
  private func differences(_ pair: inout Outcome.Pair, _ path: String) throws -> [Finding] {
    var findings: [Finding] = []
    if pair.storedDOT != pair.present.dotText {
      let present = try StoredDiagram(dot: pair.present.dotText)
      let comparison = DiagramComparison(stored: pair.stored, present: present, tolerance: tolerance)
      pair.comparison = comparison
      findings = comparison.differences.map(Finding.init)
    }
    if !pair.stored.isUnedited {
      findings.insert(
        Finding(.differs, "edited", "was edited by hand: its data are not those that were written"), at: 0)
    } else if !path.hasSuffix(".dot"), pair.stored.options.step == nil {
      let missing = pair.stored.textsMissing(in: pair.storedText)
      if let first = missing.first {
        let more = missing.count > 1 ? " (and \(missing.count - 1) more)" : ""
        findings.append(
          Finding(.differs, "edited", "was edited by hand: it does not show '\(first)' any more\(more)"))
      }
    }
    if comparesBytes, findings.isEmpty, try pair.present.file(path) != pair.storedText {
      findings.append(
        Finding(
          .differs, "bytes",
          "is drawn in other bytes, and its data agree: by another Graphviz, or another gradcheck"))
    }
    return findings
  }

  // MARK: Formulas

  /// What a formula is evaluated from; several diagrams may share it.
  private struct Key: Hashable {
    let file: String?
    let text: String
    let values: [[String]]
    let seed: UInt64
  }

  private struct Evaluated {
    var formula: Formula?
    var findings: [Finding] = []
  }

  private mutating func evaluated(_ stored: StoredDiagram, _ outcome: Outcome) -> Evaluated {
    let key = Key(
      file: outcome.formula, text: outcome.formula == nil ? stored.formula : "",
      values: stored.origin.values.map { [$0.name, $0.text] }, seed: stored.origin.seed)
    if let known = evaluated[key] { return known }
    let result = evaluate(stored, outcome)
    evaluated[key] = result
    return result
  }

  private mutating func evaluate(_ stored: StoredDiagram, _ outcome: Outcome) -> Evaluated {
    do {
      let bytes = try outcome.formula.map { try Files.bytes(of: $0) } ?? Array(stored.formula.utf8)
      let source = try Source(name: outcome.formula ?? outcome.path, utf8: bytes)
      let formula = try Formula(
        parsing: source, replacing: stored.origin.values,
        directory: Files.directory(of: outcome.formula ?? outcome.path), seed: stored.origin.seed)
      if checksGradients, let finding = try check(formula, stored.origin) {
        checked.append(Outcome(path: source.name, formula: outcome.formula, findings: [finding]))
      }
      return Evaluated(formula: formula)
    } catch let error as FormulaError {
      let diagnostic = error.diagnostics[0]
      return Evaluated(
        findings: [
          Finding(
            .broken, "formula", "its formula is wrong: \(diagnostic.message.text)", place: diagnostic.place)
        ])
    } catch let error as Files.Problem {
      return Evaluated(findings: [Finding(.unreadable, "unreadable", "\(error)")])
    } catch {
      return Evaluated(findings: [Finding(.broken, "formula", "its formula cannot be evaluated: \(error)")])
    }
  }

  /// The gradients that do not agree, in one sentence; nil when all do.
  private func check(_ formula: Formula, _ origin: Diagram.Origin) throws -> Finding? {
    var check = GradientCheck(formula, seed: origin.seed)
    check.gates = .whenNeeded
    let report = try check.run()
    guard report.verdict != .agree else { return nil }
    var subjects = report.inputs.filter { $0.verdict == report.verdict }.map {
      "d\(report.output.name)/d\($0.name)"
    }
    subjects += report.claims.filter { $0.verdict == report.verdict }.map {
      "the claim d\($0.of)/d\($0.withRespectTo)"
    }
    let gates = report.gates.filter { $0.verdict == report.verdict }
    subjects += gates.map { "gate '\($0.name)' (\($0.node))" }
    let place = gates.first?.place ?? report.claims.first { $0.verdict == report.verdict }?.place
    let what = report.verdict == .disagree ? "disagrees" : "could not decide"
    let list = subjects.prefix(5).joined(separator: ", ") + (subjects.count > 5 ? " and more" : "")
    return Finding(
      report.verdict == .disagree ? .differs : .undecided, "check",
      "the gradient check \(what)\(list.isEmpty ? "" : " at \(list)")", place: place)
  }
}

extension StoredDiagram {
  /// Reads DOT text.
  init(dot: String) throws {
    let tables: GraphvizReader.Tables
    do {
      tables = try GraphvizReader.tables(dot: dot, attributes: StoredDiagram.reads)
    } catch {
      throw StoredDiagramError.damaged(error.description)
    }
    try self.init(attributes: tables.attributes, nodes: tables.nodes, edges: tables.edges)
  }
}

extension Diagram {
  /// What a file of this name holds when the diagram is in it.
  func file(_ path: String) throws -> String {
    path.hasSuffix(".dot") ? dotText : try svgText()
  }
}
