public import Gradients

extension Diagram {
  /// What stands out in a picture.
  public struct Marks: Sendable {
    /// Gates.
    public var gates: [NodeID: Mark]
    /// Values, for a gradient that is claimed of them.
    public var values: [NodeID: Mark]

    /// Makes marks; none without any.
    public init(gates: [NodeID: Mark] = [:], values: [NodeID: Mark] = [:]) {
      (self.gates, self.values) = (gates, values)
    }

    /// Whether nothing stands out.
    public var isEmpty: Bool { gates.isEmpty && values.isEmpty }
  }

  /// Why a gate or a value stands out.
  public struct Mark: Sendable {
    /// What is wrong with it, in a word: it is kept in the picture's data.
    public let verdict: String
    /// What it is about: the gate or the claim, and where it stands in the text.
    public let subject: String
    /// The numbers that show it, each with its name.
    public let numbers: [(name: String, value: String)]
    /// What is wrong with it, in words.
    public let text: String

    /// Makes a mark.
    public init(
      verdict: String, subject: String = "", numbers: [(name: String, value: String)] = [], text: String
    ) {
      self.verdict = verdict
      self.subject = subject
      self.numbers = numbers
      self.text = text
    }

    /// All of it, for a reader who does not see the picture.
    var sentence: String {
      let numbers = numbers.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
      return [subject, numbers, text].filter { !$0.isEmpty }.joined(separator: ": ")
    }
  }
}

/// Draws what is wrong, so that it shows without any colour: a double dashed ring around a gate, a dashed frame around a
/// gradient, a word, the numbers.
extension DiagramWriter {
  func markAttributes(_ mark: Diagram.Mark) -> [(name: String, value: String)] {
    [
      ("color", theme.failure), ("penwidth", "2.5"), ("peripheries", "2"), ("style", "filled,dashed"),
      ("fillcolor", theme.failurePaper), ("fontcolor", theme.failure), ("data_verdict", mark.verdict),
    ]
  }

  /// Writes the note on a gate or a wire of the given name.
  mutating func writeNote(_ mark: Diagram.Mark, on owner: String) {
    let name = note(of: owner)
    let word = mark.verdict == "disagree" ? "FAIL" : mark.verdict.uppercased()
    let subject = drawn(mark.subject, limit: 34)
    let lines = wrapped(mark.text, width: 34)
    let numbers = mark.numbers.map { (name: drawn($0.name), value: drawn($0.value)) }
    func widest(_ texts: [String], size: Int = 12) -> Int {
      (texts.map { TextWidth.cell($0, size: size) }.max() ?? 0) + 12
    }
    let columns = numbers.isEmpty ? 0 : widest(numbers.map(\.name)) + widest(numbers.map(\.value))
    let width = max(columns, widest(lines + [subject]), widest([word], size: 14))
    // Both columns have a share of what a wider line leaves.
    let first = numbers.isEmpty ? width : widest(numbers.map(\.name)) + (width - columns) / 2
    func text(_ text: String) -> String { font(text, theme.ink, size: 12) }
    func line(_ content: String, height: Int = 16) -> String {
      "<TR>\(cell(width, height, "COLSPAN=\"2\"", text: content))</TR>"
    }
    var rows = [
      line("<FONT COLOR=\"\(theme.failure)\"><B>\(DOTText.html(word))</B></FONT>", height: 24)
    ]
    if !subject.isEmpty { rows.append(line(text(subject))) }
    rows += numbers.map { number, value in
      "<TR>\(cell(first, 16, text: text(number)))\(cell(width - first, 16, text: text(value)))</TR>"
    }
    rows += lines.map { line(text($0)) } + [line("", height: 6)]
    let border = "BORDER=\"2\" COLOR=\"\(theme.failure)\" BGCOLOR=\"\(theme.failurePaper)\" STYLE=\"ROUNDED\""
    add(name, [("id", name), ("class", "note"), ("label", "<\(table(rows, border))>")])
    add(
      "\(owner) -> \(name)",
      [
        ("class", "note"), ("style", "dotted"), ("arrowhead", "none"), ("color", theme.failure),
        ("penwidth", "1.5"), ("weight", "0"),
      ])
    say(mark.sentence, of: name)
  }

  /// The name of the note on a gate or a wire.
  func note(of owner: String) -> String { "\(owner)_note" }

  /// The statement that puts a wire beside the note on it; nil without one.
  func placedNote(ofWire node: NodeID) -> String? {
    marks.values[node].map { _ in "{rank=same; \(wire(node)); \(note(of: wire(node)));}" }
  }

  /// Lines of at most so many characters, where there are spaces to break at; the rest of a very long text is left
  /// out.
  private func wrapped(_ text: String, width: Int) -> [String] {
    guard !text.isEmpty else { return [] }
    var lines = [""]
    for word in drawn(text, limit: 200).split(whereSeparator: \.isWhitespace) {
      if !lines[lines.count - 1].isEmpty, lines[lines.count - 1].count + word.count >= width {
        lines.append("")
      }
      lines[lines.count - 1] +=
        (lines[lines.count - 1].isEmpty ? "" : " ") + drawn(String(word), limit: width)
    }
    return lines
  }
}
