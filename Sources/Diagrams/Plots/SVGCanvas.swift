internal import Gradients

/// A picture of lines and text, drawn element by element: what plots and networks are made of.
struct SVGCanvas {
  /// How a line or an area looks.
  struct Ink {
    var stroke: String?
    var width = 1.0
    var dash: String?
    var fill: String?
    var opacity: Double?
  }

  enum Anchor: String {
    case start, middle, end
  }

  let theme: DiagramTheme
  let width, height: Double
  private var lines: [String] = []
  private var clips = 0

  init(width: Double, height: Double, theme: DiagramTheme) {
    (self.width, self.height, self.theme) = (width, height, theme)
  }

  mutating func path(_ data: String, _ ink: Ink, clip: String? = nil) {
    lines.append(
      "<path d=\"\(data)\"\(clip.map { " clip-path=\"url(#\($0))\"" } ?? "")\(Self.attributes(ink))/>")
  }

  mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ ink: Ink) {
    path("M\(Self.number(x1)) \(Self.number(y1))L\(Self.number(x2)) \(Self.number(y2))", ink)
  }

  mutating func circle(_ x: Double, _ y: Double, radius: Double, _ ink: Ink) {
    lines.append(
      "<circle cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" r=\"\(Self.number(radius))\"\(Self.attributes(ink))/>"
    )
  }

  mutating func text(
    _ text: String, _ x: Double, _ y: Double, size: Double = 12, color: String, anchor: Anchor = .start,
    isItalic: Bool = false
  ) {
    let style = isItalic ? " font-style=\"italic\"" : ""
    lines.append(
      """
      <text x="\(Self.number(x))" y="\(Self.number(y))" font-size="\(Self.number(size))" fill="\(color.lowercased())" \
      text-anchor="\(anchor.rawValue)"\(style)>\(DOTText.escaped(text))</text>
      """)
  }

  /// A rectangle that nothing drawn with its name leaves.
  mutating func clip(x: Double, y: Double, width: Double, height: Double) -> String {
    clips += 1
    let rectangle =
      "x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(width))\" height=\"\(Self.number(height))\""
    lines.append("<clipPath id=\"clip\(clips)\"><rect \(rectangle)/></clipPath>")
    return "clip\(clips)"
  }

  /// The whole picture, with what it shows in words.
  func document(title: String, description: String) -> String {
    let size = "width=\"\(Self.number(width))\" height=\"\(Self.number(height))\""
    let paper = Theme(theme).paper.lowercased()
    let head = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>",
      """
      <svg \(size) viewBox="0 0 \(Self.number(width)) \(Self.number(height))" class="chainrule" \
      role="graphics-document document" aria-labelledby="title desc" font-family="\(Theme.font)" \
      xmlns="http://www.w3.org/2000/svg">
      """,
      "<title id=\"title\">\(DOTText.escaped(title))</title>",
      "<desc id=\"desc\">\(DOTText.escaped(description))</desc>",
    ]
    let sheet = theme == .auto ? ["<style>\(Theme.styleSheet)</style>"] : []
    let background = "<rect class=\"paper\" \(size) fill=\"\(paper)\"/>"
    return (head + sheet + [background] + lines + ["</svg>", ""]).joined(separator: "\n")
  }

  /// A coordinate.
  static func number(_ value: Double) -> String {
    let text = NumberText.fixed(value, decimals: 2)
    return text.hasSuffix(".00")
      ? String(text.dropLast(3)) : text.hasSuffix("0") ? String(text.dropLast()) : text
  }

  private static func attributes(_ ink: Ink) -> String {
    var text = " fill=\"\(ink.fill?.lowercased() ?? "none")\""
    if let stroke = ink.stroke {
      text += " stroke=\"\(stroke.lowercased())\" stroke-width=\"\(number(ink.width))\""
    }
    if let dash = ink.dash { text += " stroke-dasharray=\"\(dash)\"" }
    if let opacity = ink.opacity { text += " opacity=\"\(number(opacity))\"" }
    return text
  }
}
