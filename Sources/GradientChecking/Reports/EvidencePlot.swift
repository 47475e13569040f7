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
    yRange = range(points.map(\.y), -12...0)
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
    lines += axes
    let path = points.enumerated().map {
      "\($0.offset == 0 ? "M" : "L")\(number(x($0.element.x))) \(number(y($0.element.y)))"
    }
    lines.append("<path d=\"\(path.joined(separator: " "))\" fill=\"none\" stroke=\"#888\"/>")
    for point in points {
      lines.append(
        "<circle cx=\"\(number(x(point.x)))\" cy=\"\(number(y(point.y)))\" r=\"3\" fill=\"#c33\"/>")
    }
    lines += marks
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
      lines.append("<path d=\"M\(at) \(number(y0))V\(number(y1))\" stroke=\"#eee\"/>")
      lines.append(
        "<text x=\"\(at)\" y=\"\(number(y0 + 18))\" text-anchor=\"middle\">\(power(exponent))</text>")
    }
    for exponent in ticks(yRange) {
      let at = y(Double(exponent))
      lines.append("<path d=\"M\(number(x0)) \(number(at))H\(number(x1))\" stroke=\"#eee\"/>")
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

  /// The step of the course's loop, and the best one.
  private var marks: [String] {
    var lines: [String] = []
    func mark(_ exponent: Double, _ label: String, _ color: String, _ line: Double) {
      guard Double(xRange.lowerBound) <= exponent, exponent <= Double(xRange.upperBound) else { return }
      let isRight = exponent > Double(xRange.lowerBound + xRange.upperBound) / 2
      lines.append(
        "<path d=\"M\(number(x(exponent))) \(number(y(Double(yRange.lowerBound))))V\(number(Self.top))\" stroke=\"\(color)\" stroke-dasharray=\"4 3\"/>"
      )
      lines.append(
        "<text x=\"\(number(x(exponent) + (isRight ? -6 : 6)))\" y=\"\(number(Self.top + line))\" text-anchor=\"\(isRight ? "end" : "start")\" fill=\"\(color)\" stroke=\"white\" stroke-width=\"4\" paint-order=\"stroke\">\(label)</text>"
      )
    }
    mark(-5, "h = 1e-5", "#36c", 14)
    if let best = points.min(by: { $0.y < $1.y }) {
      mark(best.x, "smallest error", "#393", 32)
    }
    return lines
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
