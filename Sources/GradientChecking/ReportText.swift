internal import Gradients

extension CheckReport {
  /// The report for people: a table of inputs, the claims, the gates that are wrong, and one line of verdict.
  ///
  /// With `colors`, verdicts carry the colour codes of a terminal.
  public func text(colors: Bool = false) -> String {
    var lines = [header, ""]
    lines += inputTable(colors)
    if !claims.isEmpty { lines += [""] + claimTable(colors) }
    let findings = gates.filter { $0.verdict != .agree }
    if !findings.isEmpty { lines += [""] + findings.map { $0.line(colors) } }
    return (lines + ["", summary(colors), ""]).joined(separator: "\n")
  }

  /// How many elements of one input stand in the table; the rest is counted.
  private static let shownElements = 6

  private var header: String {
    let name = output.name
    guard output.value.shape != .scalar else {
      return "\(name) = \(NumberText.short(output.value.elements[0]))"
    }
    let shown = output.value.elements.prefix(Self.shownElements).map { NumberText.short($0) }
    let rest = output.value.shape.count > shown.count ? ", ..." : ""
    return "\(name) = [\(shown.joined(separator: ", "))\(rest)]  shape \(output.value.shape)"
  }

  private func inputTable(_ colors: Bool) -> [String] {
    var table = TextTable(["input", "value", "analytic", "numerical", "error", "verdict"])
    var notes: [Int: String] = [:]
    for input in inputs {
      let shown = input.worstFirst.prefix(Self.shownElements)
      for position in shown {
        let (row, element) = input.index(of: position)
        let comparison = input.comparisons[position]
        table.add(
          [
            input.name + bracketed(element),
            NumberText.short(input.value.elements[position % input.value.shape.count]),
          ] + comparison.cells(colors))
        if let row {
          notes[table.count - 1] = "of \(output.name)\(bracketed(output.value.shape.index(of: row)))"
        }
      }
      let rest = input.comparisons.count - shown.count
      if rest > 0 {
        let worst = input.worstFirst.dropFirst(shown.count).lazy.map { input.comparisons[$0].verdict }.worst
        table.add(["\(input.name) ...", "\(rest) more", "", "", "", worst.text(colors)])
      }
      if input.value.shape.count == 0 {
        table.add([input.name, "shape \(input.value.shape)", "", "", "", "agree"])
      }
    }
    return table.lines(notes: notes)
  }

  private func claimTable(_ colors: Bool) -> [String] {
    var table = TextTable(["claim", "", "claimed", "numerical", "error", "verdict"])
    for claim in claims {
      let name = "d\(claim.of)/d\(claim.withRespectTo)"
      if let message = claim.message {
        table.add([name, message, "", "", "", claim.verdict.text(colors)])
      }
      for position in claim.comparisons.worstFirst.prefix(Self.shownElements) {
        table.add(
          [name + bracketed(claim.shape.index(of: position)), ""] + claim.comparisons[position].cells(colors))
      }
    }
    return table.lines()
  }

  private func summary(_ colors: Bool) -> String {
    let elements = inputs.map(\.comparisons.count).reduce(0, +)
    let subject = "\(count(inputs.count, "input")), \(count(elements, "element"))"
    let claimText = claims.isEmpty ? "" : ", \(count(claims.count, "claim"))"
    let verdict = verdict.text(colors)
    switch self.verdict {
    case .agree:
      return "\(verdict): \(subject)\(claimText), \(count(gates.count, "gate"))"
    case .undecided, .disagree:
      let bad = inputs.flatMap(\.comparisons).filter { $0.verdict == self.verdict }.count
      let badClaims = claims.filter { $0.verdict == self.verdict }.count
      let badGates = gates.filter { $0.verdict == self.verdict }.count
      var parts: [String] = []
      if bad > 0 { parts.append("\(bad) of \(count(elements, "element"))") }
      if badClaims > 0 { parts.append("\(badClaims) of \(count(claims.count, "claim"))") }
      if badGates > 0 { parts.append("\(badGates) of \(count(gates.count, "gate"))") }
      return "\(verdict): \(parts.joined(separator: ", "))"
    }
  }
}

extension CheckReport.Gate {
  fileprivate func line(_ colors: Bool) -> String {
    let place = place.map { " at \($0)" } ?? ""
    return "gate \(name)\(place), \(label): \(verdict.text(colors))\(message.map { "; " + $0 } ?? "")"
  }
}

extension Comparison {
  fileprivate func cells(_ colors: Bool) -> [String] {
    [
      NumberText.short(analytic), NumberText.short(numerical), NumberText.short(relativeError, digits: 2),
      verdict.text(colors) + (reason.map { " (\($0.rawValue))" } ?? ""),
    ]
  }
}

extension Verdict {
  fileprivate func text(_ colors: Bool) -> String {
    guard colors else { return rawValue }
    let code =
      switch self {
      case .agree: 32
      case .undecided: 33
      case .disagree: 31
      }
    return "\u{1B}[\(code)m\(rawValue)\u{1B}[0m"
  }
}

private func bracketed(_ index: [Int]) -> String {
  index.isEmpty ? "" : "[\(index.map(String.init).joined(separator: ", "))]"
}

private func count(_ number: Int, _ noun: String) -> String {
  "\(number) \(noun)\(number == 1 ? "" : "s")"
}
