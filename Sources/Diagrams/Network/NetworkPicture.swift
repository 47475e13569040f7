internal import Gradients

extension Network {
  /// The picture: a column of circles for each layer, a line for each weight, and the count of both below.
  public func svg(theme: DiagramTheme = .lecture) -> String {
    NetworkPicture(network: self, theme: theme).text
  }
}

private struct NetworkPicture {
  let network: Network
  let theme: DiagramTheme

  private static let radius = 15.0
  private static let gap = 44.0
  private static let columnGap = 170.0
  private static let (left, top) = (86.0, 64.0)
  /// A layer of more neurons is drawn by its first and its last ones.
  private static let mostShown = 10
  private static let shownAtEnds = 4

  /// The places of the neurons of a layer; nil stands for those that are left out.
  private func slots(_ layer: Network.Layer) -> [Bool] {
    guard layer.count > Self.mostShown else { return Array(repeating: true, count: layer.count) }
    let end = Array(repeating: true, count: Self.shownAtEnds)
    return end + [false] + end
  }

  private var height: Double { Double(network.layers.map { slots($0).count }.max() ?? 1) * Self.gap }

  private func x(_ column: Int) -> Double { Self.left + Double(column) * Self.columnGap }

  private func ys(_ column: Int) -> [Double] {
    let count = slots(network.layers[column]).count
    let first = Self.top + (height - Double(count - 1) * Self.gap) / 2
    return (0..<count).map { first + Double($0) * Self.gap }
  }

  private func color(_ column: Int, _ theme: Theme) -> String {
    column == 0 ? theme.gradient : column == network.layers.count - 1 ? theme.forward : theme.local
  }

  private func label(_ column: Int) -> String {
    if column == 0 { return "input layer" }
    if column == network.layers.count - 1 { return "output layer" }
    return network.layers.count == 3 ? "hidden layer" : "hidden layer \(column)"
  }

  var text: String {
    let bottom = Self.top + height
    let caption = "\(network.name): \(network.parameters)"
    let columns = x(network.layers.count - 1) + Self.left
    let width = max(columns, (TextWidth.measured(caption, size: 15) ?? 0) + 48)
    var canvas = SVGCanvas(width: width, height: bottom + 104, theme: theme)
    let colors = Theme(theme)
    let shift = (width - columns) / 2
    for column in network.layers.indices.dropLast() { drawWeights(column, shift, colors, &canvas) }
    for column in network.layers.indices { drawLayer(column, shift, colors, &canvas) }
    canvas.text(
      caption, width / 2, bottom + 74, size: 15, color: colors.ink, anchor: .middle)
    canvas.text(
      "\(network.neurons) \(network.neurons == 1 ? "neuron" : "neurons"), the inputs not counted", width / 2,
      bottom + 94,
      size: 12, color: colors.secondary, anchor: .middle)
    return canvas.document(
      title: "A network of layers \(network.name)",
      description: network.layers.indices.map { column in
        "\(label(column)): \(network.layers[column].count)\(network.layers[column].activation.map { ", \($0)" } ?? "")"
      }.joined(separator: "; ") + ". \(network.parameters).")
  }

  private func drawWeights(_ column: Int, _ shift: Double, _ colors: Theme, _ canvas: inout SVGCanvas) {
    let ink = SVGCanvas.Ink(stroke: colors.secondary, width: 0.8, opacity: 0.55)
    var data = ""
    for (y1, isShown) in zip(ys(column), slots(network.layers[column])) where isShown {
      for (y2, isShown) in zip(ys(column + 1), slots(network.layers[column + 1])) where isShown {
        let start = "\(SVGCanvas.number(x(column) + shift)) \(SVGCanvas.number(y1))"
        data += "M\(start)L\(SVGCanvas.number(x(column + 1) + shift)) \(SVGCanvas.number(y2))"
      }
    }
    canvas.path(data, ink)
  }

  private func drawLayer(_ column: Int, _ shift: Double, _ colors: Theme, _ canvas: inout SVGCanvas) {
    let layer = network.layers[column]
    let color = color(column, colors)
    let x = x(column) + shift
    for (y, isShown) in zip(ys(column), slots(layer)) {
      if isShown {
        canvas.circle(x, y, radius: Self.radius, SVGCanvas.Ink(stroke: color, width: 2, fill: colors.gate))
      } else {
        for offset in [-9.0, 0, 9] {
          canvas.circle(x, y + offset, radius: 2.2, SVGCanvas.Ink(fill: colors.ink))
        }
      }
    }
    canvas.text("\(layer.count)", x, Self.top - 22, size: 15, color: colors.ink, anchor: .middle)
    let bottom = Self.top + height
    canvas.text(label(column), x, bottom + 22, size: 13, color: colors.ink, anchor: .middle)
    if let activation = layer.activation {
      canvas.text(
        drawn(activation), x, bottom + 39, size: 12, color: colors.secondary, anchor: .middle, isItalic: true)
    }
  }
}
