internal import Gradients

/// Draws a large picture of numbers: one tile for each element, one line for each wire.
extension DiagramWriter {
  /// Whether a run is drawn in tiles: it has many gates, all of them on numbers, and nothing stands beside one.
  static func drawsTiles(_ run: DrawnRun, _ options: DiagramOptions, _ marks: Diagram.Marks) -> Bool {
    run.drawn.gateCount > largestCarefulCount && options.style != .full && marks.isEmpty
      && run.drawn.elements.allSatisfy { element in
        element.outputs == [element.node] && run.graph.shape(of: element.node) == .scalar
      }
  }

  /// How Graphviz is told to lay tiles out: columns far enough apart for the many lines between them to be told apart.
  var tileLayout: [(name: String, value: String)] {
    var depths: [NodeID: Int] = [:]
    for element in run.drawn.elements {
      depths[element.node] = (element.wires.map { depths[$0.source, default: 0] }.max() ?? -1) + 1
    }
    let lineCount = run.drawn.elements.reduce(0) { $0 + $1.wires.count }
    let gap = 3 * lineCount / max(depths.values.max() ?? 1, 1)
    return [
      ("splines", "polyline"), ("nodesep", "0.15"), ("ranksep", Self.inches(min(max(gap, 36), 500))),
    ]
  }

  /// What holds for the box of every tile.
  static let tileBox = [
    (name: "shape", value: "box"), ("fixedsize", "true"), ("margin", "0"), ("fontsize", "\(Tile.fontSize)"),
    ("height", inches(Tile.height)),
  ]

  mutating func writeTiles() {
    var drawn = run.drawn.elements.map(tile)
    let room = drawn.map(\.numberWidth).max() ?? 0
    let usual = Tile.width(room: room)
    add("node", [("width", Self.inches(usual))])
    // A box is as large with its texts as without.
    statements.add(layoutLine: "  node [label=\"\"];")
    for (position, element) in run.drawn.elements.enumerated() {
      drawn[position].room = room
      write(drawn[position], of: element, usualWidth: usual)
    }
    for element in run.drawn.elements {
      for (position, wire) in element.wires.enumerated() {
        let head = circle(element.node)
        add(
          ofTiles: "\(self.wire(wire.source)) -> \(head)",
          [("id", "\(head)_\(position)_edge"), ("class", "line")] + data(of: wire, into: element))
      }
    }
  }

  private func tile(of element: DrawnGraph.Element) -> Tile {
    let node = element.node
    // A line break would make two lines of the box's text.
    func line(_ text: String) -> String { drawn(text).replacing("\n", with: " ") }
    let head: Tile.Head
    switch element.content {
    case .leaf: head = .leaf
    case .gate(let symbol):
      head = run.isComposite(node) ? .box(line(symbol)) : .circle(line(drawn(symbol, limit: 16)))
    case .box(let name, _): head = .box(line(name))
    }
    var classes = element.isLeaf ? "wire \(kind(of: element))" : "gate"
    if case .box = head { classes += " box" }
    if node == run.output { classes += " output" }
    return Tile(
      head: head, classes: classes, name: name(of: node, in: element).map(line),
      value: run.value(of: node).map { run.format(of: node).text($0.elements[0]) },
      gradient: run.gradient(of: node).map { run.format.text($0.elements[0]) },
      branches: run.readers[node, default: []].count > 1)
  }

  private mutating func write(_ tile: Tile, of element: DrawnGraph.Element, usualWidth: Int) {
    let node = element.node
    let label = DOTText.label(tile.lines.joined(separator: "\n"))
    var attributes = [(name: "id", value: circle(node)), ("class", tile.classes), ("label", label)]
    if tile.width != usualWidth { attributes.append(("width", Self.inches(tile.width))) }
    let data = element.isLeaf ? leafData(of: element) : gateData(of: element)
    add(ofTiles: circle(node), attributes + (data + wireData(of: node)).filter { !$0.value.isEmpty })
    tiles[circle(node)] = tile
    if case .gate(let gate) = run.graph.kind(of: node) {
      let name = tile.name.map { "\($0), " } ?? ""
      say(name + sentence(of: element, gate.card), of: circle(node))
    } else {
      say(sentence(of: node, in: element, run.value(of: node), run.gradient(of: node)), of: circle(node))
    }
  }
}
