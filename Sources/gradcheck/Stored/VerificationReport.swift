internal import ArgumentParser
internal import Diagrams
internal import GradientChecking
internal import Gradients

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What a verification found, for people and for machines.
struct VerificationReport {
  let outcomes: [Outcome]
  /// Files in the folders that are no diagrams.
  var foreignCount = 0

  /// The worst of all findings; nil when everything agrees.
  var severity: Finding.Severity? {
    outcomes.flatMap(\.findings).map(\.severity).max()
  }

  var exitStatus: ExitCode {
    switch severity {
    case nil: .success
    case .undecided: ExitStatus.undecided
    case .differs: ExitStatus.disagree
    case .broken: ExitStatus.badFormula
    case .failed: ExitStatus.badProgram
    case .unreadable: ExitStatus.badFile
    }
  }

  private var verdict: String {
    switch severity {
    case nil: "agree"
    case .undecided: "undecided"
    case .differs: "differ"
    case .broken, .failed, .unreadable: "unreadable"
    }
  }

  /// A line for each finding, and one for all.
  func text(colors: Bool) -> String {
    var lines: [String] = []
    for outcome in outcomes {
      lines += outcome.findings.prefix(Self.longestList).map { "\(outcome.path): \($0.message)" }
      let rest = outcome.findings.count - Self.longestList
      if rest > 0 { lines.append("\(outcome.path): and \(rest) more") }
    }
    let bad = outcomes.count { !$0.findings.isEmpty }
    var summary =
      bad > 0
      ? "\(bad) of \(outcomes.count) files" : "\(outcomes.count) diagram\(outcomes.count == 1 ? "" : "s")"
    if foreignCount > 0 { summary += "; \(foreignCount) without data left out" }
    let word = colors ? "\u{1B}[\(severity == nil ? 32 : 31)m\(verdict)\u{1B}[0m" : verdict
    return (lines + ["\(word): \(summary)", ""]).joined(separator: "\n")
  }

  /// More findings about one file are counted, not printed.
  private static let longestList = 20

  /// A test case for each file.
  func junit() -> String {
    let bad = outcomes.count { !$0.findings.isEmpty }
    var lines = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
      "<testsuite name=\"gradcheck verify\" tests=\"\(outcomes.count)\" failures=\"\(bad)\" errors=\"0\">",
    ]
    for outcome in outcomes {
      let head =
        "  <testcase classname=\"\(CIText.xml(outcome.formula ?? outcome.path))\" name=\"\(CIText.xml(outcome.path))\""
      guard !outcome.findings.isEmpty else {
        lines.append(head + "/>")
        continue
      }
      lines.append(head + ">")
      for finding in outcome.findings {
        lines.append("    <failure type=\"\(finding.kind)\" message=\"\(CIText.xml(finding.message))\"/>")
      }
      lines.append("  </testcase>")
    }
    return (lines + ["</testsuite>", ""]).joined(separator: "\n")
  }

  /// An annotation for each finding, at the line of the formula that it is about.
  func github() -> String {
    outcomes.flatMap { outcome in
      outcome.findings.map { finding in
        let command = finding.severity == .undecided ? "warning" : "error"
        var properties = ["file=\(CIText.githubProperty(outcome.formula ?? outcome.path))"]
        if outcome.formula != nil, let place = finding.place {
          properties += ["line=\(place.line)", "col=\(place.column)"]
        }
        properties.append("title=\(CIText.githubProperty("gradcheck: \(outcome.path)"))")
        return "::\(command) \(properties.joined(separator: ","))::\(CIText.githubData(finding.message))\n"
      }
    }.joined()
  }

  // MARK: JSON

  private struct Document: Encodable {
    struct File: Encodable {
      let file: String
      let formula: String?
      let findings: [Item]
    }

    struct Item: Encodable {
      let kind: String
      let severity: String
      let message: String
      let node: String?
      let stored_node: String?
      let place: String?
      let values: Int?
      let gradients: Int?
    }

    let schema = 1
    let tool: String
    let verdict: String
    let files: [File]
  }

  /// The report for machines: schema 1, keys in alphabetical order; docs/verification.schema.json describes it.
  func json(version: String) throws -> String {
    let files = outcomes.map { outcome in
      Document.File(
        file: outcome.path, formula: outcome.formula,
        findings: outcome.findings.map { finding in
          Document.Item(
            kind: finding.kind, severity: "\(finding.severity)", message: finding.message,
            node: finding.difference?.node, stored_node: finding.difference?.storedNode,
            place: finding.place?.description, values: finding.difference?.values,
            gradients: finding.difference?.gradients)
        })
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let document = Document(tool: "gradcheck \(version)", verdict: verdict, files: files)
    return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
  }
}
