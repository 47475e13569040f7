/// A rectangle on the canvas; y grows downward.
struct Box: Sendable, Equatable {
  var left, top, right, bottom: Double

  var width: Double { right - left }
  var height: Double { bottom - top }
  var center: (x: Double, y: Double) { ((left + right) / 2, (top + bottom) / 2) }

  func intersects(_ other: Box) -> Bool {
    left < other.right && other.left < right && top < other.bottom && other.top < bottom
  }

  func grown(by margin: Double) -> Box {
    Box(left: left - margin, top: top - margin, right: right + margin, bottom: bottom + margin)
  }

  func union(_ other: Box) -> Box {
    Box(
      left: min(left, other.left), top: min(top, other.top), right: max(right, other.right),
      bottom: max(bottom, other.bottom))
  }

  init(left: Double, top: Double, right: Double, bottom: Double) {
    (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
  }

  /// The smallest box around some points; nil without any.
  init?(around points: [(x: Double, y: Double)]) {
    guard let first = points.first else { return nil }
    self.init(left: first.x, top: first.y, right: first.x, bottom: first.y)
    for point in points {
      self = union(Box(left: point.x, top: point.y, right: point.x, bottom: point.y))
    }
  }
}

extension SVGLayout.Group {
  /// The boxes that what is drawn fills: of a text its own, of a line many small ones along it.
  var boxes: [Box] {
    lines.flatMap { line -> [Box] in
      if line.hasPrefix("<text") { return Self.box(ofText: line).map { [$0] } ?? [] }
      if line.hasPrefix("<path") { return Self.boxes(along: Self.points(ofPath: line)) }
      if line.hasPrefix("<ellipse") {
        let numbers = ["cx", "cy", "rx", "ry"].compactMap { Double(SVGLayout.attribute($0, of: line)) }
        guard numbers.count == 4 else { return [] }
        return [
          Box(
            left: numbers[0] - numbers[2], top: numbers[1] - numbers[3], right: numbers[0] + numbers[2],
            bottom: numbers[1] + numbers[3])
        ]
      }
      if line.hasPrefix("<poly") {
        return Box(around: Self.points(SVGLayout.attribute("points", of: line))).map { [$0] } ?? []
      }
      return []
    }
  }

  /// The box that Graphviz has drawn for a node.
  var polygon: Box? {
    lines.first { $0.hasPrefix("<polygon") }.flatMap { line in
      Box(around: Self.points(SVGLayout.attribute("points", of: line)))
    }
  }

  /// The box around all of it.
  var box: Box? {
    boxes.reduce(nil) { box, other in box.map { $0.union(other) } ?? other }
  }

  private static func box(ofText line: String) -> Box? {
    guard let x = Double(SVGLayout.attribute("x", of: line)),
      let y = Double(SVGLayout.attribute("y", of: line)),
      let size = Double(SVGLayout.attribute("font-size", of: line)), let text = SVGLayout.content(of: line)
    else { return nil }
    let width = TextWidth.measured(text, size: size) ?? Double(text.count) * size
    let left = SVGLayout.attribute("text-anchor", of: line) == "middle" ? x - width / 2 : x
    return Box(left: left, top: y - size * 0.8, right: left + width, bottom: y + size / 4)
  }

  /// The corners of a path; the lines of a picture are straight between them.
  static func points(ofPath line: String) -> [(x: Double, y: Double)] {
    let corners = points(SVGLayout.attribute("d", of: line))
    return corners.indices.filter { $0 == 0 || corners[$0] != corners[$0 - 1] }.map { corners[$0] }
  }

  /// Pairs of numbers with a comma, between spaces and the letters of a path.
  static func points(_ text: String) -> [(x: Double, y: Double)] {
    var points: [(x: Double, y: Double)] = []
    var x: Double?
    var number = DecimalReader()
    func close(_ number: inout DecimalReader) {
      if let x, let y = number.value { points.append((x, y)) }
      x = nil
      number = DecimalReader()
    }
    for byte in text.utf8 {
      if number.takes(byte) { continue }
      if byte == UInt8(ascii: ",") {
        x = number.value
        number = DecimalReader()
      } else {
        close(&number)
      }
    }
    close(&number)
    return points
  }

  /// Boxes a few points apart on the lines between the points.
  static func boxes(along points: [(x: Double, y: Double)]) -> [Box] {
    zip(points, points.dropFirst()).flatMap { a, b -> [Box] in
      let (dx, dy) = (b.x - a.x, b.y - a.y)
      let count = Int(((dx * dx + dy * dy).squareRoot() / 4).rounded(.up))
      return (0...max(count, 1)).map { i in
        let part = Double(i) / Double(max(count, 1))
        let (x, y) = (a.x + part * dx, a.y + part * dy)
        return Box(left: x - 0.5, top: y - 0.5, right: x + 0.5, bottom: y + 0.5)
      }
    }
  }
}

/// Reads a number with a few decimals, byte by byte: a picture has thousands of them.
private struct DecimalReader {
  private var digits = 0.0
  private var unit = 1.0
  private var (count, isNegative, hasPoint) = (0, false, false)

  /// Whether a byte is part of the number.
  mutating func takes(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      digits = 10 * digits + Double(byte - UInt8(ascii: "0"))
      if hasPoint { unit *= 10 }
      count += 1
    case UInt8(ascii: "-"): isNegative = true
    case UInt8(ascii: "."): hasPoint = true
    default: return false
    }
    return true
  }

  /// The number; nil when it has no digits.
  ///
  /// It is exact: both parts are whole numbers that a `Double` can hold.
  var value: Double? {
    guard count > 0 else { return nil }
    return isNegative ? -(digits / unit) : digits / unit
  }
}
