extension Walkthrough {
  /// The walkthrough as a LaTeX document, which needs amsmath alone.
  public var latex: String {
    var lines = [
      #"\documentclass{article}"#, #"\usepackage{amsmath}"#, #"\allowdisplaybreaks"#, #"\sloppy"#,
      #"\begin{document}"#,
      #"\section*{The backward pass of $\#(LaTeXMaths(title).text)$}"#, "", #"\subsection*{Forward}"#,
    ]
    lines += Self.aligned(forward)
    lines += ["", #"\subsection*{Backward}"#, #"\begin{enumerate}"#]
    for paragraph in backward {
      let text = Self.joined(
        paragraph, { "$\(LaTeXMaths($0).text)$" },
        elementwise: { "$\(LaTeXMaths($0, product: #"\odot"#).text)$" },
        words: LaTeXMaths.escaped)
      lines.append(#"  \item "# + text)
    }
    lines += [#"\end{enumerate}"#, "", #"\subsection*{The gradients}"#]
    lines += Self.aligned(gradients)
    lines += [#"\end{document}"#, ""]
    return lines.joined(separator: "\n")
  }

  /// Equations below one another, joined at their first sign of equality.
  private static func aligned(_ equations: [String]) -> [String] {
    guard !equations.isEmpty else { return ["Nothing."] }
    let rows = equations.map { equation -> String in
      guard let sign = equation.firstRange(of: " = ") else { return "  & " + LaTeXMaths(equation).text }
      let right = LaTeXMaths(String(equation[sign.upperBound...])).text
      return "  \(LaTeXMaths(String(equation[..<sign.lowerBound])).text) &= \(right)"
    }
    return [#"\begin{align*}"#, rows.joined(separator: " \\\\\n"), #"\end{align*}"#]
  }
}
