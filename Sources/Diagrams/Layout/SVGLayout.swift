/// The picture as Graphviz laid it out, taken apart into groups: gates, wires, lines, frames.
struct SVGLayout {
  /// One node, edge or cluster.
  struct Group {
    let id: String
    var classes: String
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
    let bytes = Array(text.utf8)
    var next = 0
    while next < bytes.count {
      let end = bytes[next...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      let ofLine = bytes[next..<end]
      next = end + 1
      if ofLine.starts(with: "<!--".utf8) { isComment = true }
      defer { if ofLine.suffix(3).elementsEqual("-->".utf8) { isComment = false } }
      if isComment || ofLine.isEmpty || ofLine.starts(with: "<title>".utf8) { continue }
      let line = String(decoding: ofLine, as: UTF8.self)
      if line.hasPrefix(" viewBox=") {
        let numbers = Self.attribute("viewBox", of: line).split(separator: " ").compactMap { Double($0) }
        if numbers.count == 4 { (width, height) = (numbers[2], numbers[3]) }
      } else if line.hasPrefix("<g id=\"graph0\"") {
        opening.append(line)
      } else if line.hasPrefix("<g ") {
        isInside = true
        groups.append(
          Group(id: Self.attribute("id", of: line), classes: Self.attribute("class", of: line), lines: []))
      } else if line == "</g>" {
        isInside = false
      } else if isInside {
        groups[groups.count - 1].lines.append(line)
      } else if line.hasPrefix("<polygon"), groups.isEmpty {
        opening.append(line)
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
    let line = String(line)
    return range(of: name, in: line).map { String(line[$0]) } ?? ""
  }

  /// The line with another value of an attribute.
  static func setting(_ name: String, to value: String, in line: String) -> String {
    guard let range = range(of: name, in: line) else { return line }
    return line[..<range.lowerBound] + value + line[range.upperBound...]
  }

  /// Where the value of an attribute stands in a tag.
  private static func range(of name: String, in line: String) -> Range<String.Index>? {
    // Byte by byte: a picture has thousands of attributes.
    let bytes = line.utf8
    var rest = bytes[...]
    while let space = rest.firstIndex(of: UInt8(ascii: " ")) {
      rest = rest[bytes.index(after: space)...]
      guard rest.starts(with: name.utf8) else { continue }
      rest = rest.dropFirst(name.utf8.count)
      guard rest.starts(with: "=\"".utf8) else { continue }
      rest = rest.dropFirst(2)
      return rest.startIndex..<(rest.firstIndex(of: UInt8(ascii: "\"")) ?? rest.endIndex)
    }
    return nil
  }

  /// What stands between the tags of a text.
  static func content(of line: String) -> String? {
    guard let start = line.utf8.firstIndex(of: UInt8(ascii: ">")),
      let end = line.utf8.lastIndex(of: UInt8(ascii: "<")), start < end
    else { return nil }
    return DOTText.unescaped(line[line.utf8.index(after: start)..<end])
  }
}
