internal import Gradients

/// The part of a graph that a picture shows: what the output is computed from, with constants folded into the gates
/// that use them, as the lecture draws `+1`, `*-1` and `1/x`.
struct DrawnGraph {
  /// A gate or a leaf that is drawn.
  struct Element {
    let node: NodeID
    /// The text in the circle; nil for a leaf.
    let symbol: String?
    /// What the gate reads over a wire: the position among its operands, and the node drawn there.
    let wires: [(position: Int, source: NodeID)]
  }

  let elements: [Element]
  /// How many wires leave each node.
  let uses: [NodeID: Int]

  init(_ graph: Graph, output: NodeID) {
    let reached = graph.ancestors(of: output)
    var elements: [Element] = []
    var uses: [NodeID: Int] = [:]
    // A broadcast constant is the constant, drawn once for each use.
    let folded = Set(
      graph.nodes.filter { $0 != output && reached[$0.index] && Self.number(of: $0, graph) != nil })
    var drawsConstant: Set<NodeID> = []
    var pending: [(NodeID, String?, [(position: Int, source: NodeID)])] = []
    for node in graph.nodes where reached[node.index] && !folded.contains(node) {
      guard case .gate(let gate) = graph.kind(of: node) else {
        pending.append((node, nil, []))
        continue
      }
      let operands = graph.operands(of: node)
      let numbers = operands.map { folded.contains($0) ? Self.number(of: $0, graph) : nil }
      if let symbol = Self.symbol(gate.card, numbers) {
        let wires = operands.enumerated().filter { numbers[$0.offset] == nil }
        pending.append((node, symbol, wires.map { (position: $0.offset, source: $0.element) }))
      } else {
        for operand in operands where folded.contains(operand) { drawsConstant.insert(operand) }
        pending.append(
          (node, gate.card.symbol, operands.enumerated().map { (position: $0.offset, source: $0.element) }))
      }
    }
    for node in drawsConstant.sorted() { elements.append(Element(node: node, symbol: nil, wires: [])) }
    for (node, symbol, wires) in pending {
      elements.append(Element(node: node, symbol: symbol, wires: wires))
      for wire in wires { uses[wire.source, default: 0] += 1 }
    }
    self.elements = elements.sorted { $0.node < $1.node }
    self.uses = uses
  }

  /// The numbers that a gate has taken in, each with the position of the operand that it stands for.
  func constants(of element: Element, _ graph: Graph) -> [(position: Int, number: String)] {
    graph.operands(of: element.node).enumerated().compactMap { position, operand in
      guard !element.wires.contains(where: { $0.position == position }),
        let number = Self.number(of: operand, graph)
      else { return nil }
      return (position, NumberText.exact(number))
    }
  }

  /// The number that an unnamed constant holds everywhere, also after it was broadcast.
  private static func number(of node: NodeID, _ graph: Graph) -> Double? {
    switch graph.kind(of: node) {
    case .input: return nil
    case .constant(let tensor):
      return tensor.shape == .scalar && graph.annotation(of: node).name == nil ? tensor.elements[0] : nil
    case .gate(let gate):
      guard gate.card.name == "broadcast_to", let source = graph.operands(of: node).first,
        case .constant = graph.kind(of: source)
      else { return nil }
      return number(of: source, graph)
    }
  }

  /// The text of a gate with numbers in place of some operands; nil when it cannot take them in.
  private static func symbol(_ card: GateCard, _ numbers: [Double?]) -> String? {
    guard numbers.contains(where: { $0 != nil }) else { return card.symbol }
    guard let infix = card.infix, numbers.count == 2 else { return nil }
    switch (numbers[0], numbers[1]) {
    case (nil, let right?): return infix + NumberText.short(right)
    case (let left?, nil):
      let commutes = card.name == "add" || card.name == "multiply"
      return commutes ? infix + NumberText.short(left) : NumberText.short(left) + infix + "x"
    default: return nil
    }
  }
}
