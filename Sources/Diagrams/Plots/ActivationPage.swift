internal import Gradients

/// The lecture's page of six activation functions, each with its derivative.
public struct ActivationPage: Sendable {
  /// The picture.
  public let svg: String

  /// Draws the page.
  ///
  /// - Throws: never, as long as the catalogue has the six gates.
  public init(theme: DiagramTheme = .lecture) throws {
    let colors = Theme(theme)
    let range = -5.0...5.0
    let (width, height, left, top, columnGap, rowGap) = (214.0, 168.0, 44.0, 80.0, 52.0, 58.0)
    var canvas = SVGCanvas(
      width: left + 3 * width + 2 * columnGap + 24, height: top + 2 * height + rowGap + 36, theme: theme)
    canvas.text("Activation functions", left, 28, size: 17, color: colors.ink)
    Legend(hasKinks: true).draw(at: left, 50, function: "the function", on: &canvas)
    for (position, activation) in Activation.all.enumerated() {
      let function = try activation.sampled(range)
      let panel = PlotPanel(
        x: left + Double(position % 3) * (width + columnGap),
        y: top + Double(position / 3) * (height + rowGap) + 22,
        width: width, height: height - 22, xRange: range,
        yRange: PlotWindow.range(of: function) ?? -1...1, tickCount: 5, labelSize: 10)
      canvas.text(activation.name, panel.x, panel.y - 10, size: 14, color: colors.ink)
      canvas.text(
        activation.formula, panel.x + panel.width, panel.y - 10, size: 11, color: colors.secondary,
        anchor: .end)
      panel.draw(function, on: &canvas)
    }
    svg = canvas.document(
      title: "Activation functions and their derivatives",
      description: Activation.all.map { "\($0.name): \($0.formula)" }.joined(separator: "; ") + ".")
  }
}

/// One of the six.
private struct Activation {
  let name: String
  let formula: String
  let gate: String
  var options: [(name: String, value: OptionValue)] = []
  /// Slopes and intercepts of what the gate compares; x itself without them.
  var lines: [(slope: Double, intercept: Double)] = []

  /// CS231n 2016, lecture 5; the leaky rectifier has the slope of the slide.
  static let all = [
    Activation(name: "sigmoid", formula: "1 / (1 + exp(-x))", gate: "sigmoid"),
    Activation(name: "tanh", formula: "tanh(x)", gate: "tanh"),
    Activation(name: "ReLU", formula: "max(0, x)", gate: "relu"),
    Activation(
      name: "leaky ReLU", formula: "max(0.1 x, x)", gate: "leaky_relu", options: [("alpha", .number(0.1))]),
    Activation(
      name: "maxout", formula: "max(-x - 2, x/2 + 1)", gate: "maxout", lines: [(-1, -2), (0.5, 1)]),
    Activation(name: "ELU", formula: "x, or exp(x) - 1 below 0", gate: "elu"),
  ]

  func sampled(_ range: ClosedRange<Double>) throws -> SampledFunction {
    guard let type = GateCatalog.standard[gate] else { throw DiagramError("there is no gate '\(gate)'") }
    var graph = Graph()
    let x = graph.input("x")
    func apply(_ name: String, _ operands: NodeID...) throws -> NodeID {
      guard let type = GateCatalog.standard[name] else { throw DiagramError("there is no gate '\(name)'") }
      return try graph.apply(type.init(GateOptions()), to: operands)
    }
    var operands: [NodeID] = []
    for line in lines {
      let product = try apply("multiply", graph.constant(Tensor(line.slope)), x)
      operands.append(try apply("add", product, graph.constant(Tensor(line.intercept))))
    }
    let output = try graph.apply(type.init(GateOptions(options)), to: lines.isEmpty ? [x] : operands)
    return try SampledFunction(
      graph, output: output, input: x, inputs: ["x": Tensor(0)], range: range, dotCount: 15)
  }
}
