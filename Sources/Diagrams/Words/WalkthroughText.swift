extension Walkthrough {
  /// The walkthrough as plain text, in lines of at most 80 characters.
  public var text: String {
    var lines = ["The backward pass of \(title)", "", "Forward:"]
    lines += forward.flatMap { Self.wrapped($0, first: "  ", rest: "      ") }
    lines += ["", "Backward:"]
    for (number, paragraph) in backward.enumerated() {
      let mark = "\(number + 1)."
      let indent = String(repeating: " ", count: max(0, 4 - mark.count))
      lines += Self.wrapped(
        Self.joined(paragraph) { $0 }, first: indent + mark + " ", rest: "     ")
    }
    lines += ["", "The gradients:"]
    lines += gradients.flatMap { Self.wrapped($0, first: "  ", rest: "      ") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The walkthrough as Markdown, with both passes as code at its end.
  public var markdown: String {
    var text = "# The backward pass of \(Self.escapedMarkdown(title))\n\n"
    text += Self.fenced(source) + "\n## Forward\n\n"
    text += forward.map { "- \(Self.codeSpan($0))\n" }.joined()
    text += "\n## Backward\n\n"
    for (number, paragraph) in backward.enumerated() {
      text += "\(number + 1). \(Self.joined(paragraph, Self.codeSpan, words: Self.escapedMarkdown))\n"
    }
    text += "\n## The gradients\n\n"
    text += gradients.map { "- \(Self.codeSpan($0))\n" }.joined()
    text += "\n## As code\n\n" + Self.fenced(code.joined(separator: "\n"), "python")
    return text
  }

  /// One run of text: equations as `maths` writes them, with no space before punctuation.
  static func joined(
    _ pieces: [Piece], _ maths: (String) -> String, elementwise: ((String) -> String)? = nil,
    words: (String) -> String = { $0 }
  ) -> String {
    var text = ""
    for piece in pieces {
      let next =
        switch piece {
        case .words(let run): words(run)
        case .maths(let equation): maths(equation)
        case .elementwise(let equation): elementwise.map { $0(equation) } ?? maths(equation)
        }
      let isAttached = text.isEmpty || next.hasPrefix(",") || next.hasPrefix(".")
      text += (isAttached ? "" : " ") + next
    }
    return text
  }

  private static func wrapped(_ text: String, first: String, rest: String) -> [String] {
    var lines = [first]
    var isEmpty = true
    for word in text.split(separator: " ") {
      if !isEmpty, lines[lines.count - 1].count + 1 + word.count > 80 {
        lines.append(rest)
        isEmpty = true
      }
      lines[lines.count - 1] += (isEmpty ? "" : " ") + word
      isEmpty = false
    }
    return lines
  }

  /// A span or a block of code is fenced by more backticks than it holds in a row.
  private static func fence(_ text: String, atLeast count: Int) -> String {
    let longest = text.split { $0 != "`" }.map(\.count).max() ?? 0
    return String(repeating: "`", count: max(count, longest + 1))
  }

  private static func codeSpan(_ text: String) -> String {
    let fence = fence(text, atLeast: 1)
    return fence.count == 1 ? "`\(text)`" : "\(fence) \(text) \(fence)"
  }

  private static func fenced(_ text: String, _ language: String = "") -> String {
    let fence = fence(text, atLeast: 3)
    return "\(fence)\(language)\n\(text.hasSuffix("\n") ? String(text.dropLast()) : text)\n\(fence)\n"
  }

  private static func escapedMarkdown(_ text: String) -> String {
    var result = ""
    for character in text {
      if "\\`*_[]<>#&|".contains(character) { result += "\\" }
      result.append(character)
    }
    return result
  }
}
