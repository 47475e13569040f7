internal import Gradients

extension CheckReport {
  /// The report as JUnit XML: a test case for each input, each claim and each gate.
  ///
  /// - Parameter name: of the formula, for the test suite.
  /// - Returns: the text of an XML document.
  public func junit(name: String) -> String {
    let cases = findings
    let failures = cases.count { $0.verdict == .disagree }
    let skipped = cases.count { $0.verdict == .undecided }
    var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"]
    lines.append(
      "<testsuite name=\"\(CIText.xml(name))\" tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"0\" skipped=\"\(skipped)\" time=\"\(NumberText.fixed(seconds, decimals: 3))\">"
    )
    for finding in cases {
      let head = "  <testcase classname=\"\(CIText.xml(name))\" name=\"\(CIText.xml(finding.title))\""
      switch finding.verdict {
      case .agree: lines.append(head + "/>")
      case .undecided:
        lines += [head + ">", "    <skipped message=\"\(CIText.xml(finding.message))\"/>", "  </testcase>"]
      case .disagree:
        lines += [
          head + ">", "    <failure type=\"disagree\" message=\"\(CIText.xml(finding.message))\"/>",
          "  </testcase>",
        ]
      }
    }
    return (lines + ["</testsuite>", ""]).joined(separator: "\n")
  }

  /// The report as annotations of GitHub Actions: an error for what disagrees, a warning for what is undecided.
  ///
  /// - Parameter file: of the formula; nil when it is in no file.
  /// - Returns: a line for each annotation.
  public func github(file: String?) -> String {
    findings.filter { $0.verdict != .agree && !$0.isConsequence }.map { finding in
      let command = finding.verdict == .disagree ? "error" : "warning"
      var properties: [String] = []
      if let file { properties.append("file=\(CIText.githubProperty(file))") }
      if file != nil, let place = finding.place {
        properties += ["line=\(place.line)", "col=\(place.column)"]
      }
      properties.append("title=\(CIText.githubProperty("gradcheck: \(finding.title)"))")
      return "::\(command) \(properties.joined(separator: ","))::\(CIText.githubData(finding.message))\n"
    }.joined()
  }

  /// One thing that was checked, in words.
  private struct Finding {
    let title: String
    let verdict: Verdict
    let place: Graph.Place?
    let message: String
    /// Whether it says no more than that the backward pass of a gate fails, which is a finding of its own.
    var isConsequence = false
  }

  private var findings: [Finding] {
    var findings = inputs.map { input in
      if input.hasNoGradient {
        return Finding(
          title: "d\(output.name)/d\(input.name)", verdict: input.verdict, place: nil,
          message: "the gradient of \(input.name) is \(textOfNoGradient)", isConsequence: !blame.isEmpty)
      }
      let worst = input.worstFirst.first.map { position in
        let (row, element) = input.position(of: position)
        let ofRow = rows.count > 1 ? " of \(rows[row].text(output.name, output.value.shape))" : ""
        return input.comparisons[position].sentence(
          input.name + input.value.shape.index(of: element).bracketed + ofRow)
          + input.comparisons.restText
      }
      return Finding(
        title: "d\(output.name)/d\(input.name)", verdict: input.verdict, place: nil,
        message: worst ?? "there is no element to check")
    }
    findings += joints.filter { $0.verdict != .agree }.map { joint in
      Finding(
        title: "direction \(joint.name)", verdict: joint.verdict, place: nil,
        message: joint.comparisons.worstFirst.first.map {
          joint.comparisons[$0].sentence("all inputs at once")
        } ?? "")
    }
    findings += claims.map { claim in
      let worst = claim.comparisons.worstFirst.first.map {
        claim.comparisons[$0].sentence(
          claim.withRespectTo + claim.shape.index(of: $0).bracketed, given: "claimed")
          + claim.comparisons.restText
      }
      let message = [claim.message ?? worst, claim.diagnosis?.message].compactMap(\.self).joined(
        separator: "; ")
      return Finding(
        title: "claim d\(claim.of)/d\(claim.withRespectTo)", verdict: claim.verdict, place: claim.place,
        message: message)
    }
    findings += gates.filter { $0.verdict != .agree }.map { gate in
      Finding(
        title: "gate \(gate.name)", verdict: gate.verdict, place: gate.place,
        message: ["\(gate.label)", gate.message, gate.diagnosis?.message].compactMap(\.self).joined(
          separator: "; "))
    }
    if let discord {
      findings.append(
        Finding(title: "the whole", verdict: .disagree, place: nil, message: discord))
    }
    if isPartial {
      findings.append(
        Finding(
          title: "the whole", verdict: .undecided, place: nil, message: "the check was stopped before its end"
        ))
    }
    return findings
  }
}

extension [Comparison] {
  /// How many are as bad as the worst one, beside it: `, and 6 more`.
  fileprivate var restText: String {
    let worst = lazy.map(\.verdict).worst
    let count = count { $0.verdict == worst } - 1
    return worst == .agree || count < 1 ? "" : ", and \(count) more"
  }
}

extension Comparison {
  /// The comparison of the element `subject` as a sentence.
  fileprivate func sentence(_ subject: String, given: String = "analytic") -> String {
    let reason = reason.map { " (\($0.rawValue))" } ?? ""
    return """
      \(subject): \(given) \(NumberText.short(analytic)), numerical \(numericalText), \
      \(verdict.rawValue)\(reason)
      """
  }
}
