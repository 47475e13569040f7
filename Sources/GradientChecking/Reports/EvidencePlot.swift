internal import Gradients
internal import RealModule

extension Explanation {
  /// The classic V: the error of the central quotient against the step, on logarithmic axes.
  ///
  /// Truncation makes the right arm, rounding the left one; between them lies the step that is right for this function.
  public var svg: String { EvidencePlot(self).text }
}

/// The drawing of one explanation.
private struct EvidencePlot {
  private static let (width, height) = (720.0, 440.0)
  private static let (left, right, top, bottom) = (76.0, 24.0, 56.0, 60.0)

  let explanation: Explanation
  /// Exponents of ten of the step and of the error.
  private let points: [(x: Double, y: Double)]
  private let xRange: ClosedRange<Int>
  private let yRange: ClosedRange<Int>

  init(_ explanation: Explanation) {
    self.explanation = explanation
    points = explanation.steps.compactMap { step in
      let error = explanation.relativeError(step)
      guard error.isFinite, step.step > 0 else { return nil }
      // Nothing is closer than the rounding of the quotient itself.
      return (.log10(step.step), .log10(max(error, 1e-17)))
    }
    func range(_ values: [Double], _ empty: ClosedRange<Int>) -> ClosedRange<Int> {
      guard let low = values.min(), let high = values.max() else { return empty }
      return Int(low.rounded(.down))...max(Int(high.rounded(.up)), Int(low.rounded(.down)) + 1)
    }
    xRange = range(points.map(\.x), -10...0)
    // Below the lowest point there is room for what is written about it.
    let errors = range(points.map(\.y), -12...0)
    yRange = errors.lowerBound - 1...errors.upperBound
  }

  private func x(_ exponent: Double) -> Double {
    Self.left + (exponent - Double(xRange.lowerBound)) / Double(xRange.count - 1)
      * (Self.width - Self.left - Self.right)
  }

  private func y(_ exponent: Double) -> Double {
    Self.height - Self.bottom
      - (exponent - Double(yRange.lowerBound)) / Double(yRange.count - 1)
      * (Self.height - Self.top - Self.bottom)
  }

  var text: String {
    var lines = [
      """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(Self.width)) \(number(Self.height))" \
      width="\(number(Self.width))" height="\(number(Self.height))" font-family="Helvetica, Arial, sans-serif" font-size="12">
      """,
      "<title>\(escaped(title))</title>",
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
      "<text x=\"\(number(Self.left))\" y=\"24\" font-size=\"15\">\(escaped(title))</text>",
      "<text x=\"\(number(Self.left))\" y=\"42\" fill=\"#555\">\(escaped(subtitle))</text>",
    ]
    lines += sides + axes + marks + curve
    return (lines + ["</svg>", ""]).joined(separator: "\n")
  }

  private var title: String {
    "error of the central difference, d\(explanation.output)/d\(explanation.subject)"
  }

  private var subtitle: String {
    let comparison = explanation.comparison
    let reason = comparison.reason.map { " (\($0.rawValue))" } ?? ""
    return """
      \(comparison.verdict.rawValue)\(reason): analytic \(NumberText.short(comparison.analytic)), \
      numerical \(NumberText.short(comparison.numerical)) ± \(NumberText.short(comparison.errorBound, digits: 2))
      """
  }

  private var axes: [String] {
    var lines: [String] = []
    let (x0, x1) = (x(Double(xRange.lowerBound)), x(Double(xRange.upperBound)))
    let (y0, y1) = (y(Double(yRange.lowerBound)), y(Double(yRange.upperBound)))
    for exponent in ticks(xRange) {
      let at = number(x(Double(exponent)))
      lines.append("<path d=\"M\(at) \(number(y0))V\(number(y1))\" stroke=\"#ddd\"/>")
      lines.append(
        "<text x=\"\(at)\" y=\"\(number(y0 + 18))\" text-anchor=\"middle\">\(power(exponent))</text>")
    }
    for exponent in ticks(yRange) {
      let at = y(Double(exponent))
      lines.append("<path d=\"M\(number(x0)) \(number(at))H\(number(x1))\" stroke=\"#ddd\"/>")
      lines.append(
        "<text x=\"\(number(x0 - 8))\" y=\"\(number(at + 4))\" text-anchor=\"end\">\(power(exponent))</text>")
    }
    lines.append(
      "<path d=\"M\(number(x0)) \(number(y1))V\(number(y0))H\(number(x1))\" fill=\"none\" stroke=\"#444\"/>")
    lines.append(
      "<text x=\"\(number((x0 + x1) / 2))\" y=\"\(number(Self.height - 16))\" text-anchor=\"middle\">step h</text>"
    )
    lines.append(
      "<text transform=\"translate(20 \(number((y0 + y1) / 2))) rotate(-90)\" text-anchor=\"middle\">\(explanation.comparison.analytic == 0 ? "error" : "relative error")</text>"
    )
    return lines
  }

  private var best: (x: Double, y: Double)? { points.min { $0.y < $1.y } }

  /// The two arms of the V, each with its cause and the power of the step that it goes with.
  private var sides: [String] {
    guard let best else { return [] }
    let (x0, x1) = (x(Double(xRange.lowerBound)), x(Double(xRange.upperBound)))
    let (top, bottom) = (Self.top, Self.height - Self.bottom)
    let middle = x(best.x)
    let arms = [
      (from: x0, to: middle, fill: "#eef3fb", color: "#2f5fa8", name: "rounding", law: "1/h", slope: -1.0),
      (from: middle, to: x1, fill: "#fdf3e6", color: "#b06010", name: "truncation", law: "h²", slope: 2.0),
    ]
    return arms.flatMap { arm in
      var lines = [
        """
        <rect x="\(number(arm.from))" y="\(number(top))" width="\(number(arm.to - arm.from))" \
        height="\(number(bottom - top))" fill="\(arm.fill)"/>
        """
      ]
      guard arm.to - arm.from > 110 else { return lines }
      let side = points.filter { arm.slope < 0 ? $0.x < best.x : $0.x > best.x }
      guard let line = asymptote(side, slope: arm.slope, arm.color) else { return lines }
      lines.append(line)
      lines.append(
        text("\(arm.name), as \(arm.law)", x: (arm.from + arm.to) / 2, y: top + 20, arm.color, size: 13))
      return lines
    }
  }

  /// A dashed line of the given slope through most of the points; nil where they do not follow one.
  private func asymptote(
    _ side: [(x: Double, y: Double)], slope: Double, _ color: String
  ) -> String? {
    let levels = side.map { $0.y - slope * $0.x }.sorted()
    guard levels.count >= 3 else { return nil }
    let level = levels[levels.count / 2]
    guard levels.count(where: { ($0 - level).magnitude < 1 }) * 2 > levels.count else { return nil }
    let (low, high) = (Double(yRange.lowerBound), Double(yRange.upperBound))
    // Where the line enters and leaves the frame.
    let bounds = [(low - level) / slope, (high - level) / slope].sorted()
    let from = max(bounds[0], Double(xRange.lowerBound))
    let to = min(bounds[1], Double(xRange.upperBound))
    guard from < to else { return nil }
    return """
      <path d="M\(number(x(from))) \(number(y(level + slope * from)))L\(number(x(to))) \
      \(number(y(level + slope * to)))" fill="none" stroke="\(color)" stroke-dasharray="5 4" opacity="0.7"/>
      """
  }

  /// The quotients, with the best one marked.
  private var curve: [String] {
    let path = points.enumerated().map {
      "\($0.offset == 0 ? "M" : "L")\(number(x($0.element.x))) \(number(y($0.element.y)))"
    }
    var lines = [
      "<path d=\"\(path.joined(separator: " "))\" fill=\"none\" stroke=\"#333\" stroke-width=\"1.5\"/>"
    ]
    for point in points {
      lines.append(
        "<circle cx=\"\(number(x(point.x)))\" cy=\"\(number(y(point.y)))\" r=\"2.5\" fill=\"#333\"/>")
    }
    if let best {
      lines.append(
        """
        <circle cx="\(number(x(best.x)))" cy="\(number(y(best.y)))" r="6" fill="white" stroke="#2a8a3c" \
        stroke-width="2.5"/>
        """)
      lines.append(
        text(
          "best, h = \(NumberText.short(.pow(10, best.x), digits: 1))",
          x: min(max(x(best.x), Self.left + 60), Self.width - Self.right - 60), y: y(best.y) + 22, "#2a8a3c"))
    }
    return lines
  }

  /// The step of the course's loop.
  private var marks: [String] {
    let exponent = -5.0
    guard Double(xRange.lowerBound) < exponent, exponent < Double(xRange.upperBound) else { return [] }
    let at = x(exponent)
    return [
      """
      <path d="M\(number(at)) \(number(Self.height - Self.bottom))V\(number(Self.top))" stroke="#888" \
      stroke-dasharray="2 3"/>
      """,
      text("h = 1e-5", x: at + 6, y: Self.top + 40, "#666", anchor: "start"),
    ]
  }

  /// A line of text with a halo, so that it can stand on lines.
  private func text(
    _ text: String, x: Double, y: Double, _ color: String, anchor: String = "middle", size: Double = 12
  ) -> String {
    """
    <text x="\(number(x))" y="\(number(y))" text-anchor="\(anchor)" font-size="\(number(size))" fill="\(color)" \
    stroke="white" stroke-width="3" stroke-linejoin="round" paint-order="stroke">\(escaped(text))</text>
    """
  }

  private func ticks(_ range: ClosedRange<Int>) -> [Int] {
    let stride = max(1, (range.count + 9) / 10)
    return range.filter { $0 % stride == 0 }
  }

  private func power(_ exponent: Int) -> String {
    "10<tspan dy=\"-5\" font-size=\"9\">\(exponent < 0 ? "−" : "")\(exponent.magnitude)</tspan>"
  }

  private func number(_ value: Double) -> String { NumberText.fixed(value, decimals: 2) }

  private func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
