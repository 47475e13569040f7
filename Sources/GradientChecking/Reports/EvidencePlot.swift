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
  private static let (width, frameHeight) = (720.0, 330.0)
  private static let (left, right, bottom) = (76.0, 24.0, 76.0)
  /// What lies so near is the rounding of the derivative itself.
  private static let floor = 1e-17

  private let explanation: Explanation
  /// Exponents of ten of the step and of the error.
  private let points: [(x: Double, y: Double, keepsBranches: Bool)]
  /// How far other numbers are from the derivative: the analytic one, and those that are claimed.
  private let distances: [(name: String, y: Double)]
  private let xRange: ClosedRange<Int>
  private let yRange: ClosedRange<Int>
  private let legend: PlotLegend
  private let top: Double

  init(_ explanation: Explanation) {
    self.explanation = explanation
    points = explanation.steps.compactMap { step in
      let error = explanation.plottedError(step)
      guard error.isFinite, step.step > 0 else { return nil }
      return (.log10(step.step), .log10(max(error, Self.floor)), step.keepsBranches)
    }
    distances = explanation.plottedDistances.compactMap { name, error in
      error.isFinite && error > Self.floor ? (name, .log10(error)) : nil
    }
    func range(_ values: [Double], _ empty: ClosedRange<Int>) -> ClosedRange<Int> {
      guard let low = values.min(), let high = values.max() else { return empty }
      return Int(low.rounded(.down))...max(Int(high.rounded(.up)), Int(low.rounded(.down)) + 1)
    }
    xRange = range(points.map(\.x), -10...0)
    let errors = range(points.map(\.y) + distances.map { $0.y + 0.3 }, -12...0)
    // Below the lowest point there is room for what is written about it.
    yRange = errors.lowerBound - 1 - errors.count / 9...errors.upperBound
    let curve = explanation.isOnKink ? "one-sided slopes" : "central quotient"
    var entries = [PlotLegend.Entry(text: curve, .curve)]
    if points.contains(where: { !$0.keepsBranches }) {
      entries.append(.init(text: "a step to another branch", .hollow))
    }
    entries += distances.enumerated().map { .init(text: $1.name, .distance($0)) }
    legend = PlotLegend(entries, left: Self.left, right: Self.width - Self.right, top: 64)
    top = legend.bottom + 24
  }

  private var height: Double { top + Self.frameHeight + Self.bottom }

  private func x(_ exponent: Double) -> Double {
    Self.left + (exponent - Double(xRange.lowerBound)) / Double(xRange.count - 1)
      * (Self.width - Self.left - Self.right)
  }

  private func y(_ exponent: Double) -> Double {
    top + Self.frameHeight
      - (exponent - Double(yRange.lowerBound)) / Double(yRange.count - 1) * Self.frameHeight
  }

  var text: String {
    var lines = [
      """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(Self.width)) \(number(height))" \
      width="\(number(Self.width))" height="\(number(height))" font-family="Helvetica, Arial, sans-serif" font-size="12">
      """,
      "<title>\(escaped(title))</title>",
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
      "<text x=\"\(number(Self.left))\" y=\"24\" font-size=\"15\">\(escaped(title))</text>",
      "<text x=\"\(number(Self.left))\" y=\"42\" fill=\"#555\">\(escaped(subtitle))</text>",
    ]
    lines += legend.lines + sides + axes + mark + distanceLines + curve
    return (lines + ["</svg>", ""]).joined(separator: "\n")
  }

  private var title: String {
    let derivative = "d\(explanation.output)/d\(explanation.subject)"
    return explanation.isOnKink
      ? "\(derivative): the slopes from both sides do not meet"
      : "error of the central difference, \(derivative)"
  }

  private var subtitle: String { explanation.comparison.decision("analytic", digits: 6) }

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
      "<text x=\"\(number((x0 + x1) / 2))\" y=\"\(number(height - 18))\" text-anchor=\"middle\">step h</text>"
    )
    lines.append(
      "<text transform=\"translate(20 \(number((y0 + y1) / 2))) rotate(-90)\" text-anchor=\"middle\">\(errorName)</text>"
    )
    return lines
  }

  private var errorName: String {
    if explanation.isOnKink { return "distance of the slopes" }
    return explanation.reference == 0 ? "error" : "relative error"
  }

  private var best: (x: Double, y: Double)? {
    guard explanation.hasDerivative, let best = points.min(by: { $0.y < $1.y }) else { return nil }
    return (best.x, best.y)
  }

  /// The two arms of the V, where they are there, each with its cause and the power of the step that it goes with.
  private var sides: [String] {
    guard let best else { return [] }
    let (x0, x1) = (x(Double(xRange.lowerBound)), x(Double(xRange.upperBound)))
    let middle = x(best.x)
    let arms = [
      (from: x0, to: middle, fill: "#eef3fb", color: "#2f5fa8", name: "rounding, as 1/h", slope: -1.0),
      (from: middle, to: x1, fill: "#fdf3e6", color: "#b06010", name: "truncation, as h²", slope: 2.0),
    ]
    return arms.flatMap { arm -> [String] in
      let side = points.filter { arm.slope < 0 ? $0.x < best.x : $0.x > best.x }
      guard let line = asymptote(side.map { ($0.x, $0.y) }, slope: arm.slope, arm.color) else { return [] }
      let field = """
        <rect x="\(number(arm.from))" y="\(number(top))" width="\(number(arm.to - arm.from))" \
        height="\(number(Self.frameHeight))" fill="\(arm.fill)"/>
        """
      // Above the frame nothing is drawn that the words could hide.
      let isWide = arm.to - arm.from > 120
      let words = isWide ? [text(arm.name, x: (arm.from + arm.to) / 2, y: top - 7, arm.color, size: 13)] : []
      return [field, line] + words
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
    guard !points.isEmpty else {
      let middle = (Self.left + Self.width - Self.right) / 2
      return [
        text("no central quotient is finite", x: middle, y: top + Self.frameHeight / 2, "#333", size: 13)
      ]
    }
    let path = points.enumerated().map {
      "\($0.offset == 0 ? "M" : "L")\(number(x($0.element.x))) \(number(y($0.element.y)))"
    }
    var lines = [
      "<path d=\"\(path.joined(separator: " "))\" fill=\"none\" stroke=\"#333\" stroke-width=\"1.5\"/>"
    ]
    lines += points.map { point in
      """
      <circle cx="\(number(x(point.x)))" cy="\(number(y(point.y)))" r="2.5" \
      fill="\(point.keepsBranches ? "#333" : "white")" stroke="#333"/>
      """
    }
    guard let best else { return lines }
    if points.allSatisfy({ $0.y == best.y }) {
      let words = "\(best.y > .log10(Self.floor) ? "the same" : "exact") at every step"
      let middle = (Self.left + Self.width - Self.right) / 2
      return lines + [text(words, x: middle, y: y(best.y) + 22, "#2a8a3c")]
    }
    lines.append(
      """
      <circle cx="\(number(x(best.x)))" cy="\(number(y(best.y)))" r="6" fill="white" stroke="#2a8a3c" \
      stroke-width="2.5"/>
      """)
    lines.append(
      text(
        "best, h = \(NumberText.short(.pow(10, best.x), digits: 1))",
        x: min(max(x(best.x), Self.left + 60), Self.width - Self.right - 60), y: y(best.y) + 22, "#2a8a3c"))
    return lines
  }

  /// How far the numbers that were given are from the derivative.
  private var distanceLines: [String] {
    distances.enumerated().map { number, distance in
      """
      <path d="M\(self.number(Self.left)) \(self.number(y(distance.y)))H\(self.number(Self.width - Self.right))" \
      fill="none" stroke="\(PlotLegend.color(number))" stroke-width="1.5" stroke-dasharray="8 4"/>
      """
    }
  }

  /// The step of the course's loop.
  private var mark: [String] {
    let exponent = -5.0
    guard !points.isEmpty, Double(xRange.lowerBound) < exponent, exponent < Double(xRange.upperBound) else {
      return []
    }
    let at = x(exponent)
    return [
      """
      <path d="M\(number(at)) \(number(top + Self.frameHeight + 22))V\(number(top))" stroke="#888" \
      stroke-dasharray="2 3"/>
      """,
      text("h = 1e-5", x: at, y: top + Self.frameHeight + 35, "#666"),
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

  private func number(_ value: Double) -> String { PlotLegend.number(value) }

  private func escaped(_ text: String) -> String { PlotLegend.escaped(text) }
}

extension Explanation {
  /// Whether the slopes from both sides differ, so that there is no derivative to be near to.
  fileprivate var isOnKink: Bool { comparison.slopes != nil }

  /// Whether the quotients go to a limit.
  fileprivate var hasDerivative: Bool { !isOnKink && comparison.numerical.isFinite }

  /// The error of the central quotient of a step; on a kink the distance of the two others, relative to the larger.
  fileprivate func plottedError(_ step: Step) -> Double {
    guard let slopes = comparison.slopes else { return error(of: step.central) }
    return (step.above - step.below).magnitude / max(slopes.lowerBound.magnitude, slopes.upperBound.magnitude)
  }

  /// How far the analytic and the claimed numbers are from the derivative, each with its name.
  fileprivate var plottedDistances: [(name: String, error: Double)] {
    guard hasDerivative else { return [] }
    let claimed = claims.compactMap { claim in comparison(of: claim).map { (claim, $0) } }
      .filter { claim, _ in claim.of == output }
    return [("the analytic value, \(NumberText.short(comparison.analytic))", error(of: comparison.analytic))]
      + claimed.map { claim, comparison in
        let place = claim.place.map { " at \($0)" } ?? ""
        return ("the claim\(place), \(NumberText.short(comparison.analytic))", error(of: comparison.analytic))
      }
  }
}
