internal import Diagrams
internal import ExternalGates
internal import FormulaLanguage
internal import Gradients
internal import GraphvizRendering

/// Stored diagrams against what their formulas give now.
struct Verification {
  let files: StoredFiles
  var tolerance = 1e-9
  var comparesBytes = false
  private var formulas: EvaluatedFormulas

  /// Files in a folder that have nothing to do with gradcheck.
  private(set) var foreignCount = 0

  init(_ files: StoredFiles, checksGradients: Bool) {
    self.files = files
    formulas = EvaluatedFormulas(checksGradients: checksGradients)
  }

  /// Looks at every diagram, and then at the formulas that have none, or whose gradients do not agree.
  mutating func run() -> [Outcome] {
    var outcomes: [Outcome] = []
    for diagram in files.diagrams {
      if let outcome = outcome(of: diagram) { outcomes.append(outcome) } else { foreignCount += 1 }
    }
    let drawn = Set(outcomes.compactMap(\.formula))
    // A diagram that cannot be read is a finding of its own.
    let unread = Set(outcomes.filter { $0.pair == nil && !$0.findings.isEmpty }.map { Files.stem($0.path) })
    for formula in files.formulas where !drawn.contains(formula) && !unread.contains(Files.stem(formula)) {
      let words = "has no diagram; draw it with 'gradcheck draw \(formula) -o FILE.svg'"
      outcomes.append(
        Outcome(path: formula, formula: formula, findings: [Finding(.differs, "undrawn", words)]))
    }
    return outcomes + formulas.checked
  }

  /// What is found out about a diagram; nil for a file in a folder that is none.
  private mutating func outcome(of file: StoredFiles.Diagram) -> Outcome? {
    var outcome = Outcome(path: file.path)
    do {
      let text = try Self.text(of: file.path)
      let dot = try StoredDiagram.dotText(in: text, isDOT: file.path.hasSuffix(".dot"))
      let header = try StoredHeader(ofDOT: dot)
      if header.formula.isEmpty, header.origin.file == nil {
        guard file.isNamed else { return nil }
        throw Finding(
          .broken, "unreadable", "carries no formula: a program drew it, and its own tests can compare it")
      }
      outcome.formula = header.origin.file.flatMap { files.formula($0, ofDiagramAt: file.path) }
      if outcome.formula == nil, let gone = header.origin.file, !files.formulas.isEmpty {
        throw Finding(.differs, "orphan", "its formula \(gone) is gone")
      }
      let formula = try formulas.formula(header, inFile: outcome.formula, ofDiagramAt: file.path)
      if !comparesBytes, file.path.hasSuffix(".dot"), try isUnchanged(header, dot, formula) { return outcome }
      let present = try Self.drawing(formula) { try formula.picture(like: header) }
      var pair = Outcome.Pair(
        storedText: text, storedDOT: dot, present: present, header: header, formula: formula)
      outcome.findings = try differences(&pair, file.path)
      outcome.pair = pair
    } catch let error as StoredDiagramError {
      if error.isForeign, !file.isNamed { return nil }
      outcome.findings = [Finding(.broken, "unreadable", error.description)]
    } catch let error as Files.Problem {
      outcome.findings = [Finding(.unreadable, "unreadable", error.description)]
    } catch let finding as Finding {
      outcome.findings = [finding]
    } catch {
      outcome.findings = [Finding(.broken, "undrawable", "\(error)")]
    }
    return outcome
  }

  /// Whether a text is as it was written, from a run that was like the present one to the last bit: nothing in it needs
  /// to be looked at.
  private func isUnchanged(_ header: StoredHeader, _ dot: String, _ formula: Formula) throws -> Bool {
    guard let fingerprint = header.fingerprint, StoredHeader.isSealed(dot) else { return false }
    return try Self.drawing(formula) { try formula.fingerprint(like: header) } == fingerprint
  }

  private static func text(of path: String) throws -> String {
    guard let text = String(validating: try Files.bytes(of: path), as: UTF8.self) else {
      throw StoredDiagramError.notText
    }
    return text
  }

  private static func drawing<Result>(_ formula: Formula, _ draw: () throws -> Result) throws -> Result {
    let result = Swift.Result { try draw() }
    // A program that fails may leave numbers behind.
    if let fault = formula.claimGraph.programFault { throw Finding(.failed, "program", "\(fault)") }
    do {
      return try result.get()
    } catch {
      throw Finding(.broken, "undrawable", "cannot be drawn any more: \(error)")
    }
  }

  /// What differs, in the data first, and then in what is drawn.
  private func differences(_ pair: inout Outcome.Pair, _ path: String) throws -> [Finding] {
    var findings: [Finding] = []
    let isPicture = !path.hasSuffix(".dot")
    // Text that is the same to the last byte need not be read.
    if isPicture || pair.storedDOT != pair.present.dotText {
      let stored = try StoredDiagram(dot: pair.storedDOT)
      let present = try StoredDiagram(dot: pair.present.dotText)
      let comparison = DiagramComparison(stored: stored, present: present, tolerance: tolerance)
      pair.compared = (stored, present, comparison)
      findings = comparison.differences.map(Finding.init)
      if let edited = Self.edited(stored, isPicture ? pair.storedText : nil) {
        findings.insert(edited, at: 0)
      }
    }
    if comparesBytes, findings.isEmpty, try pair.presentText(path) != pair.storedText {
      let words = "is drawn in other bytes, and its data agree: by another Graphviz, or another gradcheck"
      findings.append(Finding(.differs, "bytes", words))
    }
    return findings
  }

  private static func edited(_ stored: StoredDiagram, _ picture: String?) -> Finding? {
    guard stored.isUnedited else {
      return Finding(.differs, "edited", "was edited by hand: its data are not those that were written")
    }
    // A frame shows a part of what its graph says.
    guard let picture, stored.header.options.step == nil else { return nil }
    let missing = stored.textsMissing(in: picture)
    guard let first = missing.first else { return nil }
    let more = missing.count > 1 ? " (and \(missing.count - 1) more)" : ""
    return Finding(.differs, "edited", "was edited by hand: it does not show '\(first)' any more\(more)")
  }
}

extension StoredDiagram {
  /// Reads DOT text.
  init(dot: String) throws(StoredDiagramError) {
    let tables = try GraphvizReader.Tables(ofDiagram: dot)
    try self.init(attributes: tables.attributes, nodes: tables.nodes, edges: tables.edges)
  }
}

extension StoredHeader {
  /// Reads the beginning of DOT text, or all of it when another tool has written it.
  fileprivate init(ofDOT dot: String) throws(StoredDiagramError) {
    try self.init(attributes: GraphvizReader.Tables(ofDiagram: Self.dotText(from: dot) ?? dot).attributes)
  }
}

extension GraphvizReader.Tables {
  fileprivate init(ofDiagram dot: String) throws(StoredDiagramError) {
    do throws(GraphvizError) {
      self = try GraphvizReader.tables(dot: dot, attributes: StoredDiagram.reads)
    } catch {
      throw StoredDiagramError.damaged(error.description)
    }
  }
}
