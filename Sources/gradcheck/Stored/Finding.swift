internal import Diagrams
internal import FormulaLanguage
internal import GradientChecking
internal import Gradients

/// One thing that a verification has to say about a file.
struct Finding: Error {
  /// How bad it is, from bad to worse.
  enum Severity: Int, Comparable, Sendable {
    /// A gradient could not be decided.
    case undecided
    /// A diagram differs, or a gradient disagrees.
    case differs
    /// A diagram or a formula cannot be read as what it is.
    case broken
    /// A program of a formula failed.
    case failed
    /// A file could not be read or written.
    case unreadable

    static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }
  }

  let severity: Severity
  /// A word for machines.
  let kind: String
  let message: String
  /// Where the formula says it.
  var place: Graph.Place?
  /// What differs, when it is about that.
  var difference: DiagramDifference?

  init(_ severity: Severity, _ kind: String, _ message: String, place: Graph.Place? = nil) {
    (self.severity, self.kind, self.message, self.place) = (severity, kind, message, place)
  }

  init(_ difference: DiagramDifference) {
    self.init(.differs, difference.kind.rawValue, difference.description, place: difference.place)
    self.difference = difference
  }
}

/// What was found out about one file: a stored diagram, or a formula.
struct Outcome {
  let path: String
  /// The file of the formula that was evaluated; nil when it was the one inside the diagram.
  var formula: String?
  var findings: [Finding] = []
  /// What was compared, if it came to that.
  var pair: Pair?

  /// A stored diagram and the present one.
  struct Pair {
    /// What the file holds.
    let storedText: String
    let storedDOT: String
    let present: Diagram
    let header: StoredHeader
    let formula: Formula
    /// Both as they were read, when they had to be.
    var compared: (stored: StoredDiagram, present: StoredDiagram, comparison: DiagramComparison)?
  }

  /// What the file would hold now.
  func presentText() throws -> String? { try pair?.presentText(path) }

  /// Whether the diagram is to be drawn again.
  var differs: Bool { pair != nil && !findings.isEmpty }
}

extension Outcome.Pair {
  /// What a file of this name holds when the present diagram is in it.
  func presentText(_ path: String) throws -> String {
    if path.hasSuffix(".dot") { return present.dotText }
    guard path.hasSuffix(".html") else { return try present.svgText() }
    let options = StoredDiagram.pageOptions(header, in: storedText)
    return try formula.page(origin: header.origin, options: options).htmlText()
  }
}
