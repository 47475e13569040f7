internal import Gradients

/// What the lines of a plot are, in rows above its frame.
struct PlotLegend {
  /// How a line is drawn.
  enum Kind {
    case curve, hollow
    case distance(Int)
  }

  /// One line of the plot.
  struct Entry {
    let text: String
    let kind: Kind

    init(text: String, _ kind: Kind) { (self.text, self.kind) = (text, kind) }

    /// A letter is some six units wide.
    fileprivate var width: Double { 30 + 6.2 * Double(text.count) }
  }

  private static let (rowHeight, gap) = (18.0, 22.0)

  private var places: [(entry: Entry, x: Double, y: Double)] = []
  /// The base line of the last row.
  let bottom: Double

  init(_ entries: [Entry], left: Double, right: Double, top: Double) {
    var (x, y) = (left, top)
    for entry in entries {
      if x > left, x + entry.width > right { (x, y) = (left, y + Self.rowHeight) }
      places.append((entry, x, y))
      x += entry.width + Self.gap
    }
    bottom = y
  }

  /// The color of a line of distance.
  static func color(_ number: Int) -> String {
    let colors = ["#b02a2a", "#7a3fa0", "#0f7f7a", "#8a6d00"]
    return colors[number % colors.count]
  }

  var lines: [String] {
    places.flatMap { entry, x, y in
      let (start, middle, end, height) = (
        Self.number(x), Self.number(x + 11), Self.number(x + 22), Self.number(y - 4)
      )
      let sample =
        switch entry.kind {
        case .curve:
          "<path d=\"M\(start) \(height)H\(end)\" stroke=\"#333\" stroke-width=\"1.5\"/><circle cx=\"\(middle)\" cy=\"\(height)\" r=\"2.5\" fill=\"#333\"/>"
        case .hollow:
          "<circle cx=\"\(middle)\" cy=\"\(height)\" r=\"2.5\" fill=\"white\" stroke=\"#333\"/>"
        case .distance(let number):
          "<path d=\"M\(start) \(height)H\(end)\" stroke=\"\(Self.color(number))\" stroke-width=\"1.5\" stroke-dasharray=\"8 4\"/>"
        }
      return [
        sample,
        "<text x=\"\(Self.number(x + 30))\" y=\"\(Self.number(y))\" fill=\"#333\">\(Self.escaped(entry.text))</text>",
      ]
    }
  }

  static func number(_ value: Double) -> String { NumberText.fixed(value, decimals: 2) }

  static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
