/// Turns what Graphviz gives into the picture that is stored.
extension Diagram {
  /// The picture, from its layout as Graphviz writes it: with a title, a sentence for each node, and the DOT text inside
  /// as metadata; without what changes between versions of Graphviz.
  public func svg(fromLayout layout: String) -> String {
    var words: [String: String] = [:]
    for (name, text) in sentences { words[name] = text }
    var lines: [String] = []
    var isComment = false
    for line in layout.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("<!--") { isComment = true }
      defer { if line.hasSuffix("-->") { isComment = false } }
      if isComment || line.hasPrefix("<!DOCTYPE") || line.hasPrefix(" \"http") { continue }
      if line.hasPrefix("<title>"), line.hasSuffix("</title>") {
        let name = String(line.dropFirst(7).dropLast(8))
        if let text = words[name] { lines.append("<title>\(DOTText.escaped(text))</title>") }
        continue
      }
      lines.append(
        line.hasPrefix("<svg ")
          ? String(line) + " role=\"graphics-document document\" aria-labelledby=\"title desc\""
          : String(line))
      // The root element ends on its second line.
      if line.hasPrefix(" viewBox=") { lines += header }
    }
    return lines.joined(separator: "\n")
  }

  private var header: [String] {
    [
      "<title id=\"title\">\(DOTText.escaped(title)) as a computational graph</title>",
      "<desc id=\"desc\">Values stand above the wires, gradients below them. "
        + DOTText.escaped(sentences.map(\.text).joined(separator: ". ")) + ".</desc>",
      "<metadata>\(DOTText.escaped(dotText))</metadata>",
    ]
  }
}
