/// A picture with a box behind each node that differs: solid for a cause, dashed for what follows.
struct MarkedPicture {
  let svg: String

  /// Marks the nodes with these IDs in a picture as any version of Graphviz writes it, and leaves out its metadata.
  init(_ picture: String, marks: [(element: String, isCause: Bool)]) {
    let causes = Dictionary(marks.map { ($0.element, $0.isCause) }) { first, _ in first }
    var lines: [String] = []
    var isMetadata = false
    // Where the group of a node that is marked begins, and how many groups are open in it.
    var group: (start: Int, isCause: Bool, depth: Int)?
    for line in picture.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.contains("<metadata>") { isMetadata = true }
      defer { if line.contains("</metadata>") { isMetadata = false } }
      if isMetadata { continue }
      lines.append(line)
      if let open = group {
        let depth = open.depth + (line.hasPrefix("<g ") ? 1 : line.hasPrefix("</g>") ? -1 : 0)
        group = depth == 0 ? nil : (open.start, open.isCause, depth)
        guard depth == 0 else { continue }
        let drawn = SVGLayout.Group(id: "", classes: "", lines: Array(lines[open.start...]))
        if let box = drawn.box {
          lines.insert(Self.rectangle(box.grown(by: 4), open.isCause), at: open.start)
        }
      } else if line.hasPrefix("<g "), let isCause = causes[SVGLayout.attribute("id", of: line)] {
        group = (lines.count, isCause, 1)
      }
    }
    svg = lines.joined(separator: "\n")
  }

  private static func rectangle(_ box: Box, _ isCause: Bool) -> String {
    let style =
      isCause
      ? "fill=\"#F59E0B\" fill-opacity=\"0.3\" stroke=\"#B45309\" stroke-width=\"2\""
      : "fill=\"#3B82F6\" fill-opacity=\"0.12\" stroke=\"#1A56C4\" stroke-dasharray=\"4 3\""
    return """
      <rect x="\(box.left)" y="\(box.top)" width="\(box.width)" height="\(box.height)" rx="5" \(style)/>
      """
  }
}
