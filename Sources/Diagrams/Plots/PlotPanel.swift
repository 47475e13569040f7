internal import Gradients

/// A frame with axes, in which a function and its derivative are drawn.
struct PlotPanel {
  /// Where the frame stands on the canvas.
  let x, y, width, height: Double
  let xRange: ClosedRange<Double>
  let yRange: ClosedRange<Double>
  /// About how many marks an axis has.
  var tickCount = 8
  var labelSize = 12.0

  func draw(_ function: SampledFunction, on canvas: inout SVGCanvas) {
    let theme = Theme(canvas.theme)
    drawAxes(theme, &canvas)
    let clip = canvas.clip(x: x, y: y, width: width, height: height)
    let derivative = SVGCanvas.Ink(
      stroke: theme.gradient, width: 2, dash: theme.slantsGradients ? "7 3" : nil)
    for line in function.slopes where line.count > 1 { canvas.path(data(line), derivative, clip: clip) }
    for line in function.values where line.count > 1 {
      canvas.path(data(line), SVGCanvas.Ink(stroke: theme.forward, width: 2.4), clip: clip)
    }
    for dot in function.dots where yRange.contains(dot.y) {
      canvas.circle(
        place(x: dot.x), place(y: dot.y), radius: 2.8,
        SVGCanvas.Ink(stroke: theme.gradient, width: 1.3, fill: theme.paper))
    }
    for kink in function.kinks {
      let ends = kink.isJump ? [kink.values.0, kink.values.1] : [kink.values.0]
      for value in ends where yRange.contains(value) {
        let corner = (place(x: kink.x), place(y: value))
        canvas.path(
          Self.diamond(corner.0, corner.1), SVGCanvas.Ink(stroke: theme.focus, width: 1.6, fill: theme.paper))
      }
    }
  }

  /// The mark of a kink.
  static func diamond(_ x: Double, _ y: Double) -> String {
    let points = [(x, y - 5.5), (x + 5.5, y), (x, y + 5.5), (x - 5.5, y)]
    let texts = points.map { "\(SVGCanvas.number($0.0)) \(SVGCanvas.number($0.1))" }
    return "M\(texts.joined(separator: "L"))Z"
  }

  // MARK: Axes

  private func drawAxes(_ theme: Theme, _ canvas: inout SVGCanvas) {
    let grid = SVGCanvas.Ink(stroke: theme.secondary, width: 0.6, opacity: 0.28)
    let axis = SVGCanvas.Ink(stroke: theme.secondary, width: 1.1)
    for tick in Self.ticks(xRange, count: tickCount) {
      let at = place(x: tick)
      canvas.line(at, y, at, y + height, tick == 0 ? axis : grid)
      canvas.text(
        NumberText.short(tick), at, y + height + labelSize + 5, size: labelSize, color: theme.secondary,
        anchor: .middle)
    }
    for tick in Self.ticks(yRange, count: max(4, tickCount * 3 / 4)) {
      let at = place(y: tick)
      canvas.line(x, at, x + width, at, tick == 0 ? axis : grid)
      canvas.text(
        NumberText.short(tick), x - 7, at + labelSize * 0.35, size: labelSize, color: theme.secondary,
        anchor: .end)
    }
  }

  /// Round numbers inside a range: multiples of 1, 2 or 5 times a power of ten.
  static func ticks(_ range: ClosedRange<Double>, count: Int) -> [Double] {
    let rough = (range.upperBound - range.lowerBound) / Double(count)
    guard rough > 0, rough.isFinite else { return [] }
    var power = 1.0
    while power * 10 <= rough { power *= 10 }
    while power > rough { power /= 10 }
    let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? power * 10
    let first = (range.lowerBound / step - 1e-9).rounded(.up)
    let last = (range.upperBound / step + 1e-9).rounded(.down)
    guard first <= last, last - first < 100 else { return [] }
    return (0...Int(last - first)).map { i in
      let tick = (first + Double(i)) * step
      // A multiple of 0.1 is written with one decimal, whatever it is in binary.
      return tick == 0 ? 0 : Double(NumberText.short(tick, digits: 12)) ?? tick
    }
  }

  // MARK: Places

  func place(x value: Double) -> Double {
    x + (value - xRange.lowerBound) / (xRange.upperBound - xRange.lowerBound) * width
  }

  /// Kept near the frame: what leaves it is clipped, however far it goes.
  func place(y value: Double) -> Double {
    let share = (value - yRange.lowerBound) / (yRange.upperBound - yRange.lowerBound)
    return y + (1 - min(max(share, -2), 3)) * height
  }

  private func data(_ line: SampledFunction.Line) -> String {
    line.enumerated().map { i, point in
      "\(i == 0 ? "M" : "L")\(SVGCanvas.number(place(x: point.x))) \(SVGCanvas.number(place(y: point.y)))"
    }.joined()
  }
}
