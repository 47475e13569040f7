internal import Gradients

extension CheckReport {
  /// The report for people: a table of inputs, the claims, the gates that are wrong, and one line of verdict.
  ///
  /// With `colors`, verdicts carry the colour codes of a terminal.
  public func text(colors: Bool = false) -> String {
    var lines = [header, ""]
    lines += inputTable(colors)
    let maps = inputs.flatMap(errorMap)
    if !maps.isEmpty { lines += [""] + maps.dropLast() }
    if !jointLines.isEmpty { lines += [""] + jointLines }
    if !claims.isEmpty { lines += [""] + claimTable(colors) }
    let findings = gates.filter { $0.verdict != .agree || $0.message != nil }
    if !findings.isEmpty { lines += [""] + findings.map { $0.line(colors) } }
    if let discord { lines += ["", discord] }
    return (lines + ["", summary(colors), ""]).joined(separator: "\n")
  }

  /// How many elements of one input stand in the table; the rest is counted.
  private static let shownElements = 6
  /// How wide the name of an input may be beside its numbers.
  private static let longestName = 16

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
      if input.hasNoGradient {
        table.add(
          [input.name, "shape \(input.value.shape)", textOfNoGradient, "", ""]
            + [Verdict.disagree.text(colors) + " (\(Comparison.Reason.gradientNotFinite.rawValue))"])
        continue
      }
      let worst = input.worstOfEachElement
      // Beside what is wrong, a large input that is right has one line: the rest would hide it.
      let isBesides = verdict != .agree && input.verdict == .agree && worst.count > Self.shownElements
      let shown = worst.prefix(isBesides ? 1 : Self.shownElements)
      // A long name would push the numbers off a narrow screen.
      let hasHeading = input.name.columns > Self.longestName && worst.count > 1
      if hasHeading { table.add(heading: "\(input.name), shape \(input.value.shape)") }
      let name = hasHeading ? "  " : input.name
      for position in shown {
        let (row, element) = input.position(of: position)
        table.add(
          [
            name + input.value.shape.index(of: element).bracketed,
            NumberText.short(input.value.elements[element]),
          ] + input.comparisons[position].cells(colors))
        if rows.count > 1 {
          notes[table.count - 1] = "of \(rows[row].text(output.name, output.value.shape))"
        }
      }
      table.add(
        restOf: hasHeading ? " " : name, worst.map { input.comparisons[$0] }, after: shown.count, colors)
      if rows.isEmpty || input.value.shape.count == 0 {
        table.add([input.name, "shape \(input.value.shape)", "", "", "no element", "agree"])
      } else if input.isSampled {
        table.add([
          hasHeading ? "  ..." : name, hasHeading ? "" : "shape \(input.value.shape)", "", "",
          "\(input.elements.count) of \(input.value.shape.count) checked", "",
        ])
      }
    }
    return table.lines(notes: notes)
  }

  /// What stands for a gradient without a number: a gate whose backward pass fails gives none.
  var textOfNoGradient: String { blame.contains { $0.analytic == nil } ? "not known" : "NaN everywhere" }

  /// Where the wrong elements of an input sit, when they are some of a tensor of two axes.
  private func errorMap(_ input: Input) -> [String] {
    let shape = input.value.shape
    let isWrong = input.wrongElements
    guard shape.rank == 2, isWrong.contains(true), isWrong.contains(false), shape.count > Self.shownElements
    else {
      return []
    }
    let (height, width) = (shape.extents[0], shape.extents[1])
    let (tall, wide) = (
      (height + Self.mapHeight - 1) / Self.mapHeight, (width + Self.mapWidth - 1) / Self.mapWidth
    )
    var lines = [
      "wrong elements of \(input.name), shape \(shape)\(tall * wide > 1 ? ", a mark for each \(tall) by \(wide)" : ""):"
    ]
    for top in stride(from: 0, to: height, by: tall) {
      let marks = stride(from: 0, to: width, by: wide).map { left in
        (top..<min(top + tall, height)).contains { row in
          (left..<min(left + wide, width)).contains { isWrong[row * width + $0] }
        }
      }
      lines.append("  " + marks.map { $0 ? "x" : "." }.joined())
    }
    return lines + [""]
  }

  private static let (mapHeight, mapWidth) = (12, 48)

  private var jointLines: [String] {
    joints.filter { $0.verdict != .agree }.map { joint in
      let worst = joint.comparisons.worstFirst.first.map { joint.comparisons[$0] }
      let numbers = worst.map {
        "analytic \(NumberText.short($0.analytic)), numerical \($0.numericalText)\($0.reason.map { " (\($0.rawValue))" } ?? "")"
      }
      return "all inputs at once, direction \(joint.name): \(joint.verdict.rawValue); \(numbers ?? "")"
    }
  }

  private func claimTable(_ colors: Bool) -> [String] {
    var table = TextTable(["claim", "claimed", "numerical", "error", "verdict"])
    var notes: [Int: String] = [:]
    var explanations: [String] = []
    for claim in claims {
      let name = "d\(claim.of)/d\(claim.withRespectTo)"
      if let message = claim.message {
        table.add([name, "", "", "", claim.verdict.text(colors)])
        notes[table.count - 1] = message
      }
      for position in claim.comparisons.worstFirst.prefix(Self.shownElements) {
        table.add(
          [name + claim.shape.index(of: position).bracketed] + claim.comparisons[position].cells(colors))
      }
      table.add(restOf: name, claim.comparisons, after: Self.shownElements, colors)
      if let diagnosis = claim.diagnosis {
        explanations.append("claim \(name)\(claim.place.map { " at \($0)" } ?? ""): \(diagnosis.message)")
      }
    }
    return table.lines(notes: notes) + (explanations.isEmpty ? [] : [""] + explanations)
  }

  /// The parts that were not among those that were joined.
  private var missingParts: String {
    guard shards.count > 1 else { return "" }
    let known = Set(shards.map(\.number))
    let missing = (1...shards[0].count).filter { !known.contains($0) }
    let shown = missing.prefix(8).map(String.init) + (missing.count > 8 ? ["more"] : [])
    return missing.isEmpty
      ? "" : "; \(shown.joined(separator: ", ")) \(missing.count == 1 ? "is" : "are") missing"
  }

  private func summary(_ colors: Bool) -> String {
    let elements = inputs.map(\.elements.count).reduce(0, +)
    let subject =
      "\(count(inputs.count, "input")), \(count(elements, "element"))"
      + (rows.count > 1 ? ", \(rows.count) rows of \(output.name)" : "")
    let numbers = shards.map { String($0.number) }.joined(separator: ", ")
    let parts = shards.first.map { "\(shards.count > 1 ? "parts" : "part") \(numbers) of \($0.count)" }
    let partText =
      switch (parts, isPartial) {
      case (let parts?, true): ", not all of it: \(parts)\(missingParts)"
      case (let parts?, false): ", \(parts)\(missingParts)"
      case (nil, true): ", stopped before its end"
      case (nil, false): ""
      }
    let rowText = rows.contains { if case .direction = $0 { true } else { false } } ? ", seed \(seed)" : ""
    let sampledCount = gates.count(where: \.isSampled)
    let gateText = count(gates.count, "gate") + (sampledCount > 0 ? " (\(sampledCount) sampled)" : "")
    let claimText = claims.isEmpty ? "" : ", \(count(claims.count, "claim"))"
    let verdict = verdict.text(colors)
    switch self.verdict {
    case .agree:
      return "\(verdict): \(subject)\(claimText), \(gateText)\(rowText)\(partText)"
    case .undecided, .disagree:
      let bad = inputs.map { $0.elementCount(self.verdict) }.reduce(0, +)
      let badRowCount = rows.indices.count { row in
        inputs.contains { $0.comparisons(of: row).contains { $0.verdict == self.verdict } }
      }
      let badRows = rows.count > 1 ? " in \(badRowCount) of \(rows.count) rows of \(output.name)" : ""
      let badClaims = claims.filter { $0.verdict == self.verdict }.count
      let badJoints = joints.filter { $0.verdict == self.verdict }.count
      let badGates = gates.filter { $0.verdict == self.verdict }.count
      var parts: [String] = []
      if bad > 0 { parts.append("\(bad) of \(count(elements, "element"))\(badRows)") }
      if badClaims > 0 { parts.append("\(badClaims) of \(count(claims.count, "claim"))") }
      if badJoints > 0 { parts.append("\(badJoints) of \(count(joints.count, "direction"))") }
      if badGates > 0 { parts.append("\(badGates) of \(gateText)") }
      if parts.isEmpty { parts.append(subject) }
      return "\(verdict): \(parts.joined(separator: ", "))\(rowText)\(partText)"
    }
  }
}

extension TextTable {
  /// Counts the comparisons that are not shown, the worst of which say their verdict.
  fileprivate mutating func add(
    restOf name: String, _ comparisons: [Comparison], after shownCount: Int, _ colors: Bool
  ) {
    let verdicts = comparisons.worstFirst.dropFirst(shownCount).map { comparisons[$0].verdict }
    guard !verdicts.isEmpty else { return }
    let bad = verdicts.count { $0 == verdicts.worst }
    let note = bad < verdicts.count ? "\(bad) of them " : ""
    let blanks = Array(repeating: "", count: columnCount - 3)
    add(["\(name) ...", "\(verdicts.count) more"] + blanks + [note + verdicts.worst.text(colors)])
  }
}

extension CheckReport.Gate {
  fileprivate func line(_ colors: Bool) -> String {
    let place = place.map { " at \($0)" } ?? ""
    return
      "gate \(name)\(place), \(label): \(verdict.text(colors))\(message.map { "; " + $0 } ?? "")\(diagnosis.map { "; " + $0.message } ?? "")"
  }
}

extension Comparison {
  fileprivate func cells(_ colors: Bool) -> [String] {
    [
      NumberText.short(analytic), numericalText, NumberText.short(relativeError, digits: 2),
      verdict.text(colors) + (reason.map { " (\($0.rawValue))" } ?? ""),
    ]
  }
}

extension Comparison {
  /// The numerical gradient; on a kink the slopes on its two sides, as in `0 … 1`.
  var numericalText: String { numericalText() }

  /// The same in so many digits.
  func numericalText(digits: Int = 6) -> String {
    guard let slopes else { return NumberText.short(numerical, digits: digits) }
    let (low, high) = (
      NumberText.short(slopes.lowerBound, digits: digits), NumberText.short(slopes.upperBound, digits: digits)
    )
    return low == high ? low : "\(low) … \(high)"
  }
}

extension CheckReport.Input {
  /// Whether the backward pass gave nothing for any of its several elements, as one that fails does.
  var hasNoGradient: Bool {
    comparisons.count > 1 && comparisons.allSatisfy { $0.verdict == .disagree && $0.analytic.isNaN }
  }

  /// The comparisons of one row.
  fileprivate func comparisons(of row: Int) -> ArraySlice<Comparison> {
    comparisons[(row * elements.count)..<((row + 1) * elements.count)]
  }

  /// How many elements have a given verdict as their worst.
  fileprivate func elementCount(_ verdict: Verdict) -> Int {
    worstOfEachElement.count { comparisons[$0].verdict == verdict }
  }

  /// For each element of the input, whether some row disagrees there.
  fileprivate var wrongElements: [Bool] {
    var isWrong = Array(repeating: false, count: value.shape.count)
    for (position, comparison) in comparisons.enumerated() where comparison.verdict == .disagree {
      isWrong[self.position(of: position).element] = true
    }
    return isWrong
  }
}

extension Verdict {
  func text(_ colors: Bool) -> String {
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

private func count(_ number: Int, _ noun: String) -> String {
  "\(number) \(noun)\(number == 1 ? "" : "s")"
}
