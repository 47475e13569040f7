/// A picture with a box behind each node that differs: solid for a cause, dashed for what follows.
struct MarkedPicture {
  let svg: String

  /// Marks the nodes with these IDs in a picture as any version of Graphviz writes it, and leaves out its metadata.
  init(_ picture: String, marks: [(element: String, isCause: Bool)]) {
    var boxes: [String: Bool] = [:]
    for mark in marks { boxes[mark.element] = mark.isCause }
    var lines: [String] = []
    var isMetadata = false
    var open: (line: Int, isCause: Bool, depth: Int, box: Box)?
    for line in picture.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.contains("<metadata>") { isMetadata = true }
      defer { if line.contains("</metadata>") { isMetadata = false } }
      if isMetadata { continue }
      lines.append(line)
      if var group = open {
        if line.hasPrefix("<g ") { group.depth += 1 }
        if line.hasPrefix("</g>") { group.depth -= 1 }
        group.box.take(line)
        open = group
        guard group.depth == 0 else { continue }
        if let rectangle = group.box.rectangle(isCause: group.isCause) {
          lines.insert(rectangle, at: group.line + 1)
        }
        open = nil
      } else if let id = Self.attribute("id", of: line), let isCause = boxes[id], line.hasPrefix("<g ") {
        open = (lines.count - 1, isCause, 1, Box())
      }
    }
    svg = lines.joined(separator: "\n")
  }

  /// The text of an attribute in a line of SVG.
  fileprivate static func attribute(_ name: String, of line: String) -> String? {
    guard let start = line.firstRange(of: " \(name)=\"") else { return nil }
    return String(line[start.upperBound...].prefix { $0 != "\"" })
  }

  /// The space that the elements of a group take.
  private struct Box {
    private var (left, top, right, bottom) = (Double.infinity, Double.infinity, -Double.infinity, -Double.infinity)

    mutating func take(_ line: String) {
      func number(_ name: String) -> Double? { attribute(name, of: line).flatMap { Double($0) } }
      if let x = number("cx"), let y = number("cy"), let width = number("rx"), let height = number("ry") {
        extend(x - width, y - height)
        extend(x + width, y + height)
      } else if let points = attribute("points", of: line) {
        for point in points.split(separator: " ") {
          let numbers = point.split(separator: ",").compactMap { Double($0) }
          if numbers.count == 2 { extend(numbers[0], numbers[1]) }
        }
      } else if line.hasPrefix("<text"), let x = number("x"), let y = number("y") {
        let size = number("font-size") ?? 14
        extend(x, y - size)
        extend(x, y + 2)
      }
    }

    private mutating func extend(_ x: Double, _ y: Double) {
      (left, top, right, bottom) = (min(left, x), min(top, y), max(right, x), max(bottom, y))
    }

    func rectangle(isCause: Bool) -> String? {
      guard left <= right else { return nil }
      let style =
        isCause
        ? "fill=\"#F59E0B\" fill-opacity=\"0.3\" stroke=\"#B45309\" stroke-width=\"2\""
        : "fill=\"#3B82F6\" fill-opacity=\"0.12\" stroke=\"#1A56C4\" stroke-dasharray=\"4 3\""
      return """
        <rect x="\(left - 4)" y="\(top - 4)" width="\(right - left + 8)" height="\(bottom - top + 8)" rx="5" \(style)/>
        """
    }
  }
}

private func attribute(_ name: String, of line: String) -> String? { MarkedPicture.attribute(name, of: line) }
