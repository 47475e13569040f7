internal import Gradients

extension Diagram {
  /// A gate that stands out.
  public struct Mark: Sendable {
    /// What is wrong with it, in a word: it is kept in the picture's data.
    public let verdict: String
    /// What is wrong with it, in words.
    public let text: String
    /// The numbers that show it, each with its name.
    public let numbers: [(name: String, value: String)]

    /// Makes a mark.
    public init(verdict: String, text: String, numbers: [(name: String, value: String)] = []) {
      self.verdict = verdict
      self.text = text
      self.numbers = numbers
    }
  }
}

/// Draws what is wrong with a gate, so that it shows without any colour: a double dashed ring, a word, the numbers.
extension DiagramWriter {
  func markAttributes(_ mark: Diagram.Mark) -> [(name: String, value: String)] {
    [
      ("color", theme.failure), ("penwidth", "2.5"), ("peripheries", "2"), ("style", "filled,dashed"),
      ("fillcolor", theme.failurePaper), ("fontcolor", theme.failure), ("data_verdict", mark.verdict),
    ]
  }

  mutating func writeNote(_ mark: Diagram.Mark, on node: NodeID) {
    let name = "\(circle(node))_note"
    let word = mark.verdict == "disagree" ? "FAIL" : mark.verdict.uppercased()
    let lines = wrapped(mark.text, width: 34)
    let longest = lines.map { TextWidth.cell($0, size: 12) }.max() ?? 0
    let numbers = mark.numbers.map { (name: drawn($0.name), value: drawn($0.value)) }
    let first = max(78, numbers.map { TextWidth.cell($0.name, size: 12) + 6 }.max() ?? 0)
    let second = numbers.map { TextWidth.cell($0.value, size: 12) + 6 }.max() ?? 0
    let width = max(longest + 8, first + second, TextWidth.cell(word, size: 13) + 16)
    func row(_ cells: [String]) -> String { "<TR>\(cells.joined())</TR>" }
    func text(_ text: String) -> String { font(text, theme.ink, size: 12) }
    var rows = [
      row([
        cell(
          width, 20, "COLSPAN=\"2\"",
          text: "<FONT COLOR=\"\(theme.failure)\"><B>\(DOTText.html(word))</B></FONT>")
      ])
    ]
    for line in lines { rows.append(row([cell(width, 16, "COLSPAN=\"2\"", text: text(line))])) }
    for (number, value) in numbers {
      rows.append(
        row([
          cell(width - second, 16, text: text(number)), cell(second, 16, text: text(value)),
        ]))
    }
    let border = "BORDER=\"2\" COLOR=\"\(theme.failure)\" BGCOLOR=\"\(theme.failurePaper)\" STYLE=\"ROUNDED\""
    add(name, [("id", name), ("class", "note"), ("label", "<\(table(rows, border))>")])
    add(
      "\(circle(node)) -> \(name)",
      [
        ("class", "note"), ("style", "dotted"), ("arrowhead", "none"), ("color", theme.failure),
        ("penwidth", "1.5"), ("weight", "0"),
      ])
    say(mark.text, of: name)
  }

  /// Lines of at most so many characters, where there are spaces to break at; the rest of a very long text is left
  /// out.
  private func wrapped(_ text: String, width: Int) -> [String] {
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
