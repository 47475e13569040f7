internal import Gradients

/// Draws wires: what an element gives, with its value and its gradient, and the lines to what reads it.
extension DiagramWriter {
  mutating func write(_ element: DrawnGraph.Element) {
    if !element.isLeaf { writeGate(element) }
    for output in element.isBundle ? [element.node] : element.outputs { writeWire(output, of: element) }
  }

  private mutating func writeWire(_ node: NodeID, of element: DrawnGraph.Element) {
    let value = run.value(of: node)
    let gradient = run.gradient(of: node)
    var label = WireLabel()
    label.name = name(of: node, in: element)
    label.shape = value?.shape ?? run.graph.shape(of: node)
    label.hasSource = !element.isLeaf
    label.value = value.map { content($0, theme.forward, run.format(of: node)) }
    label.gradient =
      branchSum(node).map { .line($0) } ?? gradient.map { content($0, theme.gradient, run.format) }
    let mark = marks.values[node]
    label.isMarked = mark != nil
    var classes = ["wire"]
    if element.isLeaf { classes.append(kind(of: element)) }
    if node == run.output { classes.append("output") }
    var attributes = [
      ("id", wire(node)), ("class", classes.joined(separator: " ")), ("label", label.html(theme)),
    ]
    attributes += wireData(of: node)
    if let mark { attributes.append(("data_verdict", mark.verdict)) }
    if element.isLeaf { attributes += leafData(of: element) }
    if element.isBundle {
      attributes.append(("data_bundle", element.outputs.map(\.description).joined(separator: " ")))
    }
    add(wire(node), attributes)
    if let mark { writeNote(mark, on: wire(node)) }
    say(sentence(of: node, in: element, value, gradient), of: wire(node))
    let count = run.readers[node, default: []].count
    guard count > 1 else { return }
    add(
      branch(node),
      [("id", branch(node)), ("class", "branch"), ("shape", "point"), ("width", "0.09"), ("label", "")])
    say("\(count) wires branch off; their gradients add", of: branch(node))
  }

  /// What kind of leaf an element is.
  func kind(of leaf: DrawnGraph.Element) -> String {
    run.graph.isDifferentiated(leaf.outputs[0]) ? "input" : "constant"
  }

  /// What is carried of a leaf, beside what every wire carries.
  func leafData(of leaf: DrawnGraph.Element) -> [(name: String, value: String)] {
    let annotation = run.graph.annotation(of: leaf.node)
    var data = [(name: "data_kind", value: kind(of: leaf)), ("data_name", annotation.name ?? "")]
    if let place = annotation.place { data.append(("data_place", place.description)) }
    return data
  }

  /// What is carried of every value.
  func wireData(of node: NodeID) -> [(name: String, value: String)] {
    let value = run.value(of: node)
    let shape = value?.shape ?? run.graph.shape(of: node)
    var data = [(name: "data_shape", value: TensorText.shape(shape))]
    if let value { data.append(("data_value", TensorText.exact(value))) }
    if let gradient = run.gradient(of: node) { data.append(("data_gradient", TensorText.exact(gradient))) }
    return data
  }

  func content(_ tensor: Tensor, _ color: String, _ format: NumberFormat) -> WireLabel.Content {
    WireLabel.Content(tensor, format, heatMap: options.hasHeatMaps ? (theme.paper, color) : nil)
  }

  /// The name before a wire: what the formula calls it, and nothing for what it does not name; a constant without a
  /// name is its own number.
  func name(of node: NodeID, in element: DrawnGraph.Element) -> String? {
    if element.isBundle {
      return "\(element.outputs.count) \(element.isLeaf ? "inputs" : "values")"
    }
    if let name = run.graph.annotation(of: node).name { return name }
    return node == run.output ? subject.title : element.isLeaf ? "" : nil
  }

  /// The gradients of the branches of a number, and their sum.
  private func branchSum(_ node: NodeID) -> String? {
    guard let total = run.gradient(of: node), total.shape == .scalar else { return nil }
    let parts = run.readers[node, default: []].compactMap { run.downstream(of: $0)?.elements[0] }
    guard parts.count > 1, parts.count <= 3 else { return nil }
    return run.format.sum(parts, total.elements[0])
  }

  func sentence(
    of node: NodeID, in element: DrawnGraph.Element, _ value: Tensor?, _ gradient: Tensor?
  ) -> String {
    let annotation = run.graph.annotation(of: node)
    let subject =
      element.isBundle
      ? name(of: node, in: element) ?? "" : annotation.name ?? annotation.label ?? subject.title
    func words(_ tensor: Tensor) -> String {
      tensor.shape == .scalar ? run.format.text(tensor.elements[0]) : "of shape \(tensor.shape)"
    }
    var text = "\(subject): value \(value.map(words) ?? "unknown")"
    if let gradient { text += ", gradient \(words(gradient))" }
    return text
  }

  // MARK: Edges

  mutating func writeEdges(_ element: DrawnGraph.Element) {
    for node in element.isBundle ? [element.node] : element.outputs {
      if !element.isLeaf {
        edge(
          "\(circle(element.node)):e", "\(wire(node)):i:s", id: "\(wire(node))_edge",
          [("arrowhead", "none"), ("weight", "20")])
      }
      if branches(node) {
        edge(
          "\(wire(node)):o:s", branch(node), id: "\(branch(node))_edge",
          [("arrowhead", "none"), ("weight", "20")])
      }
    }
    for (position, wire) in element.wires.enumerated() { write(wire, position, into: element) }
  }

  private mutating func write(_ wire: DrawnGraph.Wire, _ position: Int, into element: DrawnGraph.Element) {
    let reader = circle(element.node)
    let attributes = data(of: wire, into: element)
    let own = "\(reader)_\(position)"
    let source = self.wire(wire.source)
    guard branches(wire.source) else {
      edge("\(source):o:s", "\(reader):w", id: "\(own)_edge", attributes)
      return
    }
    guard let value = run.value(of: wire.source), wire.uses.allSatisfy({ $0.operand == wire.source }) else {
      edge(branch(wire.source), "\(reader):w", id: "\(own)_edge", attributes)
      return
    }
    // A branch has a wire of its own, with the gradient that comes back over it.
    var label = WireLabel()
    label.value = content(value, theme.forward, run.format)
    label.gradient = run.downstream(of: wire).map { content($0, theme.gradient, run.format) }
    add(
      own, [("id", own), ("class", "wire branch"), ("label", label.html(theme)), ("data_branch", source)])
    say("a branch of \(run.graph.annotation(of: wire.source).name ?? source)", of: own)
    edge(branch(wire.source), "\(own):i:s", id: "\(own)_branch_edge", [("arrowhead", "none")])
    edge("\(own):o:s", "\(reader):w", id: "\(own)_edge", attributes)
  }

  /// What is carried of a wire into an element.
  func data(of wire: DrawnGraph.Wire, into element: DrawnGraph.Element) -> [(name: String, value: String)] {
    var data: [(name: String, value: String)] = []
    if case .gate = element.content, let use = wire.uses.first {
      data.append(("data_operand", "\(use.position)"))
      if let jacobian = run.hasGradients ? run.jacobian(of: use.gate, use.position) : nil {
        data.append(("data_local", jacobian.map(TensorText.exact).joined(separator: "; ")))
      }
    }
    if let downstream = run.downstream(of: wire) {
      data.append(("data_downstream", TensorText.exact(downstream)))
    }
    return data
  }

  mutating func edge(
    _ from: String, _ to: String, id: String, _ attributes: [(name: String, value: String)]
  ) {
    add("\(from) -> \(to)", [("id", id), ("class", "line")] + attributes)
  }
}
