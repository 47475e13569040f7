internal import Gradients

/// A gate and the wire that leaves it, or a leaf and its wire, as one: how a large picture draws them.
///
/// Graphviz lays out a plain box with the same texts, which takes it a fraction of the time that circles, tables and
/// twice the lines do; here the lecture's drawing is put in place of the box.
struct Tile: Sendable {
  enum Head: Sendable {
    /// A gate with its symbol, in a circle or, where that is wide, an ellipse.
    case circle(String)
    /// Several gates drawn as one.
    case box(String)
    /// A leaf, whose wire begins behind its name.
    case leaf
  }

  let head: Head
  /// What it is, for the style of a page.
  let classes: String
  /// What the value is called; nil where it has no name.
  let name: String?
  let value, gradient: String?
  /// Whether several lines leave the wire.
  var branches = false
  /// The room for the numbers, in points: the same in all tiles of a picture, so that their gates stand in columns.
  var room = 0

  /// The height of all tiles, in points; it has room for four lines of the box's text.
  static let height = 44
  /// The size of the box's text.
  static let fontSize = 9

  /// The room that its own numbers need.
  var numberWidth: Int {
    max(50, [value, gradient].map { TextWidth.cell($0 ?? "", size: 14) + 8 }.max() ?? 0)
  }

  /// The width of a gate without a name, in points.
  static func width(room: Int) -> Int { narrowestHead + room + 2 * stub }

  /// The width, in points.
  var width: Int { headWidth + nameWidth + room + 2 * Self.stub }

  /// The lines of the box's text.
  var lines: [String] {
    let symbol: String? =
      switch head {
      case .circle(let text), .box(let text): text
      case .leaf: nil
      }
    return [symbol, name, value, gradient].compactMap(\.self).filter { !$0.isEmpty }
  }

  // MARK: Sizes

  /// A piece of wire before and behind the numbers.
  private static let stub = 4
  /// The diameter of a circle.
  private static let narrowestHead = 36

  private var headWidth: Int {
    switch head {
    case .circle(let text): max(Self.narrowestHead, TextWidth.cell(text, size: Self.symbolSize(text)) + 8)
    case .box(let text): max(50, TextWidth.cell(text, size: 13) + 16)
    case .leaf: 0
    }
  }

  private static func symbolSize(_ text: String) -> Int { text.count == 1 ? 18 : 13 }

  private var nameWidth: Int { name.map { TextWidth.cell($0, size: 14) + 8 } ?? 0 }

  // MARK: Drawing

  /// Draws in place of the box: tags, a line each.
  func draw(in box: Box, _ theme: Theme, into text: inout String) {
    let (left, y) = (box.center.x - Double(width) / 2, box.center.y)
    var drawing = Drawing(theme: theme, y: y, tags: text)
    text = ""
    var x = left + Double(headWidth)
    switch head {
    case .circle(let symbol):
      let middle = left + Double(headWidth) / 2
      drawing.ellipse(middle, Double(headWidth) / 2, 18, fill: theme.gate)
      drawing.symbol(symbol, middle, size: Self.symbolSize(symbol))
    case .box(let text):
      drawing.box(left, Double(headWidth))
      drawing.symbol(text, left + Double(headWidth) / 2, size: 13)
    case .leaf: break
    }
    if let name {
      let middle = x + Double(nameWidth) / 2
      drawing.text("name", name, middle, above: true, theme.ink)
      // Where no wire comes in, it begins behind the name; else it runs under it.
      if case .leaf = head {} else { drawing.line(x, x + Double(nameWidth)) }
      x += Double(nameWidth)
    }
    let end = x + Double(room + 2 * Self.stub)
    drawing.line(x, end)
    let middle = (x + end) / 2
    if let value { drawing.text("value", value, middle, above: true, theme.forward) }
    if let gradient {
      drawing.text(
        "gradient", gradient, middle, above: false, theme.gradient, isItalic: theme.slantsGradients)
    }
    if branches {
      drawing.ellipse(end, 3.24, 3.24, fill: theme.ink)
    }
    text = drawing.tags
  }
}

/// The tags of a tile, whose wire lies at `y`.
private struct Drawing {
  let theme: Theme
  let y: Double
  private(set) var tags: String
  private let ink: String
  private let height: String

  init(theme: Theme, y: Double, tags: String) {
    (self.theme, self.y, self.tags) = (theme, y, tags)
    (ink, height) = (theme.ink, Self.text(y))
  }

  mutating func line(_ start: Double, _ end: Double) {
    open("polyline", [("fill", "none"), ("stroke", ink)])
    add("points", "\(Self.text(start)),\(height) \(Self.text(end)),\(height) ")
    tags += "/>\n"
  }

  mutating func ellipse(_ x: Double, _ rx: Double, _ ry: Double, fill: String) {
    open("ellipse", [("fill", fill), ("stroke", ink), ("stroke-width", "1.2")])
    add("cx", Self.text(x))
    add("cy", height)
    add("rx", Self.text(rx))
    add("ry", Self.text(ry))
    tags += "/>\n"
  }

  mutating func box(_ left: Double, _ width: Double) {
    open("rect", [("fill", theme.gate), ("stroke", ink), ("stroke-width", "1.2")])
    add("rx", "8")
    add("x", Self.text(left))
    add("y", Self.text(y - 18))
    add("width", Self.text(width))
    add("height", "36")
    tags += "/>\n"
  }

  mutating func symbol(_ symbol: String, _ x: Double, size: Int) {
    add("symbol", symbol, x, y + 0.3 * Double(size), size: size, ink)
  }

  mutating func text(
    _ role: String, _ words: String, _ x: Double, above: Bool, _ color: String, isItalic: Bool = false
  ) {
    guard !words.isEmpty else { return }
    add(role, words, x, above ? y - 5.2 : y + 12.6, size: 14, color, isItalic: isItalic)
  }

  private mutating func add(
    _ role: String, _ words: String, _ x: Double, _ y: Double, size: Int, _ color: String,
    isItalic: Bool = false
  ) {
    open("text", [("class", role), ("text-anchor", "middle")])
    add("x", Self.text(x))
    add("y", Self.text(y))
    add("font-family", Theme.font)
    if isItalic { add("font-style", "italic") }
    add("font-size", size == 14 ? "14.00" : "\(size).00")
    add("fill", color)
    tags += ">"
    tags += DOTText.escaped(words)
    tags += "</text>\n"
  }

  // Piece by piece, since a large picture has ten thousands of tags.

  private mutating func open(_ name: String, _ attributes: [(name: String, value: String)]) {
    tags += "<"
    tags += name
    for (name, value) in attributes { add(name, value) }
  }

  private mutating func add(_ name: String, _ value: String) {
    tags += " "
    tags += name
    tags += "=\""
    tags += value
    tags += "\""
  }

  private static func text(_ number: Double) -> String { NumberText.fixed(number, decimals: 2) }
}
