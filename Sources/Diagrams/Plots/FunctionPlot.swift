public import Gradients

/// The plot of a function of one number with its derivative: the analytic one as a line, the numerical one as dots.
public struct FunctionPlot: Sendable {
  /// The picture.
  public let svg: String

  /// Plots `output` along a range of `input`; the other inputs keep their values.
  ///
  /// - Parameters:
  ///   - graph: the function.
  ///   - output: what is plotted, a number.
  ///   - input: what it is plotted against, a number.
  ///   - inputs: the values of all inputs, by name.
  ///   - range: how far.
  ///   - title: the function as it is written.
  ///   - theme: the colours.
  /// - Throws: `DiagramError` when the input or the output is no single number, or nothing can be plotted; `GateError`
  ///   when the function cannot be run.
  public init(
    _ graph: Graph, output: NodeID, input: NodeID, inputs: [String: Tensor], range: ClosedRange<Double>,
    title: String, theme: DiagramTheme = .lecture
  ) throws {
    let name = graph.annotation(of: input).name ?? "x"
    for (node, role) in [(input, "the input '\(name)'"), (output, "the output")]
    where graph.shape(of: node) != .scalar {
      throw DiagramError("a plot needs single numbers, and \(role) has shape \(graph.shape(of: node))")
    }
    let function = try SampledFunction(
      graph, output: output, input: input, inputs: inputs, range: range, dotCount: 25)
    guard let window = PlotWindow.range(of: function) else {
      throw DiagramError("the function has no finite value from \(name) = \(Self.text(range))")
    }
    var canvas = SVGCanvas(width: 660, height: 430, theme: theme)
    let colors = Theme(theme)
    let panel = PlotPanel(x: 58, y: 74, width: 582, height: 300, xRange: range, yRange: window)
    canvas.text(drawn(title, limit: 80), panel.x, 26, size: 17, color: colors.ink)
    Legend(hasKinks: function.kinks.contains { !$0.isJump }, hasJumps: function.kinks.contains { $0.isJump })
      .draw(at: panel.x, 52, function: "the function", on: &canvas)
    panel.draw(function, on: &canvas)
    canvas.text(
      name, panel.x + panel.width / 2, 418, size: 14, color: colors.ink, anchor: .middle, isItalic: true)
    let kinks = function.kinks.map {
      "\($0.isJump ? "a jump" : "a kink") at \(name) = \(NumberText.short($0.x))"
    }
    svg = canvas.document(
      title: "\(title) and its derivative",
      description: """
        The function and its derivative for \(name) from \(Self.text(range)); dots are the numerical derivative\
        \(kinks.isEmpty ? "" : "; there is \(kinks.joined(separator: ", "))").
        """)
  }

  private static func text(_ range: ClosedRange<Double>) -> String {
    "\(NumberText.short(range.lowerBound)) to \(NumberText.short(range.upperBound))"
  }
}

/// Which part of the vertical axis is shown.
enum PlotWindow {
  /// All of a function and its derivative, or where a pole leads away, what surrounds the middle of each; nil when there
  /// is nothing to show.
  static func range(of function: SampledFunction) -> ClosedRange<Double>? {
    let windows = [function.values, function.slopes].compactMap { lines in
      window(lines.joined().map(\.y).sorted(), hasPole: function.hasPole)
    }
    guard var low = windows.map(\.lowerBound).min(), var high = windows.map(\.upperBound).max() else {
      return nil
    }
    if high - low < 1e-12 * max(1, high.magnitude) { (low, high) = (low - 1, high + 1) }
    let margin = (high - low) * 0.06
    return margin.isFinite ? low - margin...high + margin : nil
  }

  private static func window(_ heights: [Double], hasPole: Bool) -> ClosedRange<Double>? {
    guard let first = heights.first, let last = heights.last else { return nil }
    let inner = (heights[heights.count / 4], heights[heights.count * 3 / 4])
    let margin = 1.2 * (inner.1 - inner.0)
    return hasPole && margin > 0 ? max(first, inner.0 - margin)...min(last, inner.1 + margin) : first...last
  }
}

/// What the lines and marks of a plot mean, in one row.
struct Legend {
  var hasKinks = false
  var hasJumps = false

  func draw(at x: Double, _ y: Double, function: String, on canvas: inout SVGCanvas) {
    let theme = Theme(canvas.theme)
    var x = x
    func label(_ text: String, _ canvas: inout SVGCanvas) {
      canvas.text(text, x + 30, y + 4, color: theme.ink)
      x += 30 + (TextWidth.measured(text, size: 12) ?? 100) + 22
    }
    canvas.line(x, y, x + 24, y, SVGCanvas.Ink(stroke: theme.forward, width: 2.4))
    label(function, &canvas)
    canvas.line(
      x, y, x + 24, y,
      SVGCanvas.Ink(stroke: theme.gradient, width: 2, dash: theme.slantsGradients ? "7 3" : nil))
    label("its derivative, by the chain rule", &canvas)
    canvas.circle(
      x + 12, y, radius: 2.8, SVGCanvas.Ink(stroke: theme.gradient, width: 1.3, fill: theme.paper))
    label("by central differences", &canvas)
    guard hasKinks || hasJumps else { return }
    canvas.path(
      PlotPanel.diamond(x + 12, y), SVGCanvas.Ink(stroke: theme.focus, width: 1.6, fill: theme.paper))
    label(hasKinks && hasJumps ? "kink or jump" : hasKinks ? "kink" : "jump", &canvas)
  }
}
