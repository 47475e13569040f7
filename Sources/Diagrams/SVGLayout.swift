/// The picture as Graphviz laid it out, taken apart into groups: gates, wires, lines, frames.
struct SVGLayout {
  /// One node, edge or cluster.
  struct Group {
    let id: String
    let classes: String
    var lines: [String]
  }

  /// The size of the canvas in points.
  var width = 0.0
  var height = 0.0
  /// What stands before the first group: the transformation that all coordinates go through, and the paper.
  var opening: [String] = []
  var groups: [Group] = []

  /// Reads what Graphviz writes: a tag a line; comments, and what differs between versions, are left out.
  init(_ text: String) {
    var isComment = false
    var isInside = false
    for line in text.split(separator: "\n") {
      if line.hasPrefix("<!--") { isComment = true }
      defer { if line.hasSuffix("-->") { isComment = false } }
      if isComment { continue }
      if line.hasPrefix(" viewBox=") {
        let numbers = Self.attribute("viewBox", of: line).split(separator: " ").compactMap { Double($0) }
        if numbers.count == 4 { (width, height) = (numbers[2], numbers[3]) }
      } else if line.hasPrefix("<g id=\"graph0\"") {
        opening.append(String(line))
      } else if line.hasPrefix("<g ") {
        isInside = true
        groups.append(
          Group(id: Self.attribute("id", of: line), classes: Self.attribute("class", of: line), lines: []))
      } else if line == "</g>" {
        isInside = false
      } else if isInside {
        if !line.hasPrefix("<title>") { groups[groups.count - 1].lines.append(String(line)) }
      } else if line.hasPrefix("<polygon"), groups.isEmpty {
        opening.append(String(line))
      }
    }
    orderFrames()
  }

  /// Brings the boxes of functions into an order of their own, the outer ones first.
  ///
  /// Graphviz draws them in the order of their names' addresses, which depends on what a program has done before.
  private mutating func orderFrames() {
    let positions = groups.indices.filter { groups[$0].classes.hasPrefix("cluster") }
    let frames = positions.map { groups[$0] }.map { (group: $0, box: $0.box) }.sorted { a, b in
      let (x, y) = ((a.box?.width ?? 0) * (a.box?.height ?? 0), (b.box?.width ?? 0) * (b.box?.height ?? 0))
      return x != y ? x > y : a.group.lines.lexicographicallyPrecedes(b.group.lines)
    }
    for (position, frame) in zip(positions, frames) { groups[position] = frame.group }
  }

  /// The value of an attribute in a tag; empty where it has none.
  static func attribute(_ name: String, of line: some StringProtocol) -> String {
    guard let start = line.firstRange(of: " \(name)=\"") else { return "" }
    let rest = line[start.upperBound...]
    return String(rest[..<(rest.firstIndex(of: "\"") ?? rest.endIndex)])
  }

  /// The line with another value of an attribute.
  static func setting(_ name: String, to value: String, in line: String) -> String {
    guard let start = line.firstRange(of: " \(name)=\"") else { return line }
    let end = line[start.upperBound...].firstIndex(of: "\"") ?? line.endIndex
    return line[..<start.upperBound] + value + line[end...]
  }
}
