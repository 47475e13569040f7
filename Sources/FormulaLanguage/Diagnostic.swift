public import Gradients

/// Something that is wrong with a formula: what, where, and how to mend it.
public struct Diagnostic: Error, Sendable, Equatable {
  /// What is wrong.
  public struct Message: Sendable, Equatable {
    /// A name that never changes.
    public let id: String
    /// The sentence for people.
    public let text: String

    init(_ id: String, _ text: String) {
      self.id = id
      self.text = text
    }
  }

  /// What is wrong.
  public let message: Message
  /// Where, in ``source``.
  public let range: SourceRange
  /// The text that is wrong.
  public let source: Source
  /// Ways to mend it.
  public let fixIts: [FixIt]

  init(_ message: Message, _ range: SourceRange, in source: Source, fixIts: [FixIt] = []) {
    self.message = message
    self.range = range
    self.source = source
    self.fixIts = fixIts
  }
}

/// A change of the text that mends an error.
public struct FixIt: Sendable, Equatable {
  /// What it does, as an order: `use '**'`.
  public let message: String
  /// What it replaces.
  public let range: SourceRange
  /// What it puts there; nil when a person must choose.
  public let replacement: String?

  init(_ message: String, _ range: SourceRange, _ replacement: String? = nil) {
    self.message = message
    self.range = range
    self.replacement = replacement
  }

  /// The text after the change.
  public func applied(to source: Source) -> String {
    guard let replacement else { return source.text }
    let bytes = source.bytes
    return String(
      decoding: bytes[..<range.offsets.lowerBound] + Array(replacement.utf8)
        + bytes[range.offsets.upperBound...], as: UTF8.self)
  }
}

/// All that is wrong with a formula, in the order of the text.
public struct FormulaError: Error, Sendable, Equatable {
  /// At least one.
  public let diagnostics: [Diagnostic]

  init(_ diagnostics: [Diagnostic]) {
    precondition(!diagnostics.isEmpty, "an error needs a diagnostic")
    self.diagnostics = diagnostics
  }
}

extension FormulaError: CustomStringConvertible {
  /// Each diagnostic with its place, its line and a caret; of very many, the first ones.
  public var description: String {
    let texts = diagnostics.prefix(Self.shownCount).map(\.text)
    let rest = diagnostics.count - texts.count
    return (texts + (rest > 0 ? ["and \(rest) more errors"] : [])).joined(separator: "\n")
  }

  private static let shownCount = 20
}

extension Diagnostic {
  /// Where it is wrong: a line and a column.
  public var place: Graph.Place {
    let place = source.place(of: range.offsets.lowerBound)
    return Graph.Place(line: place.line, column: place.column)
  }

  /// The line that a compiler would print, the text it is about, a caret, and the fix.
  public var text: String {
    let place = source.place(of: range.offsets.lowerBound)
    let line = source.line(place.line)
    let end = min(range.offsets.upperBound, line.start + line.text.utf8.count)
    let marked = source.text(SourceRange(range.offsets.lowerBound..<max(range.offsets.lowerBound, end))).count
    let (shown, column) = Self.window(line.text, around: place.column, marked: marked)
    let carets = String(repeating: "^", count: max(1, min(marked, shown.count + 1 - column)))
    var lines = [
      "\(source.name):\(place.line):\(place.column): error: \(message.text) [\(message.id)]",
      "  | \(shown)",
      "  | \(String(repeating: " ", count: column))\(carets)",
    ]
    lines += fixIts.map { "  = fix: \($0.message)" }
    return lines.joined(separator: "\n")
  }

  /// The part of a long line that shows the place, and how far in the place is; characters that print nothing are
  /// shown as spaces.
  private static func window(_ line: String, around column: Int, marked: Int) -> (String, Int) {
    let width = 100
    let characters = line.map { $0 == "\t" || $0.unicodeScalars.allSatisfy { $0.value < 32 } ? " " : $0 }
    let start = characters.count <= width ? 0 : max(0, min(column - 1 - width / 3, characters.count - width))
    let head = start > 0 ? "..." : ""
    let shown = characters[min(start, characters.count)..<min(start + width, characters.count)]
    let tail = start + width < characters.count ? "..." : ""
    return (head + String(shown) + tail, column - 1 - start + head.count)
  }
}
