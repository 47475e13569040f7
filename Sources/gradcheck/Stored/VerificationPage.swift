internal import Diagrams
internal import GraphvizRendering

extension VerificationReport {
  /// A page with everything that was found, and each diagram that differs beside the present one.
  func page() throws -> String {
    let bad = outcomes.filter { !$0.findings.isEmpty }
    let entries = try bad.map { outcome in
      let words = outcome.findings.map(\.message)
      guard let pair = outcome.pair, let compared = pair.compared, let stored = outcome.storedPicture else {
        return ComparisonPage.Entry(title: outcome.path, formula: outcome.formula, words: words)
      }
      return ComparisonPage.Entry(
        title: outcome.path, formula: outcome.formula, words: words, stored: (compared.stored, stored),
        present: (compared.present, try pair.present.svgText()), comparison: compared.comparison)
    }
    let summary =
      bad.isEmpty
      ? "All \(outcomes.count) agree."
      : "\(bad.count) of \(outcomes.count) files differ, or cannot be compared."
    return ComparisonPage(entries, summary: summary).html
  }
}

extension Outcome {
  /// The stored diagram as SVG: the picture in its file, or its DOT text laid out; nil where Graphviz cannot do that.
  fileprivate var storedPicture: String? {
    guard let pair else { return nil }
    return StoredDiagram.picture(in: pair.storedText) ?? (try? GraphvizRenderer.svg(dot: pair.storedDOT))
  }
}
