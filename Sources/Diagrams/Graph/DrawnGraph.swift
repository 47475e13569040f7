internal import Gradients

/// The part of a graph that a picture shows: what the output is computed from, with constants folded into the gates
/// that use them, as the lecture draws `+1`, `*-1` and `1/x`.
struct DrawnGraph {
  /// Something that is drawn: a leaf, a gate, or several of them as one.
  struct Element {
    /// What stands for it: for several gates the last of them.
    let node: NodeID
    let content: Content
    var wires: [Wire]
    /// The nodes whose values leave it.
    var outputs: [NodeID]

    /// More outputs than these are one wire.
    static let largestOutputCount = 3
    var isBundle: Bool { outputs.count > Self.largestOutputCount }

    var isLeaf: Bool {
      if case .leaf = content { return true }
      return false
    }

    /// The gates in it.
    var gates: [NodeID] {
      switch content {
      case .leaf: []
      case .gate: [node]
      case .box(_, let gates): gates
      }
    }
  }

  enum Content {
    case leaf
    /// A gate, with the text in its circle.
    case gate(symbol: String)
    /// Gates that are drawn as one, in order.
    case box(name: String, gates: [NodeID])
  }

  /// What an element reads.
  struct Wire {
    /// The node it comes from: for a bundle, the one that stands for the element.
    let source: NodeID
    /// What is read over it: more than one operand only when the element holds several gates.
    var uses: [Use]
  }

  /// One operand of a gate.
  struct Use {
    let gate: NodeID
    let position: Int
    /// The node that is read.
    let operand: NodeID
  }

  var elements: [Element]

  init(_ graph: Graph, output: NodeID) {
    let reached = graph.ancestors(of: output)
    // A broadcast constant is the constant, drawn once for each use.
    var numbers: [NodeID: Double] = [:]
    for node in graph.nodes where node != output && reached[node.index] {
      numbers[node] = graph.number(at: node)
    }
    var drawnConstants: Set<NodeID> = []
    var elements: [Element] = []
    for node in graph.nodes where reached[node.index] && numbers[node] == nil {
      guard case .gate(let gate) = graph.kind(of: node) else {
        elements.append(Element(node: node, content: .leaf, wires: [], outputs: [node]))
        continue
      }
      let operands = graph.operands(of: node)
      let folded = Self.symbol(gate.card, operands.map { numbers[$0] })
      var wires: [Wire] = []
      for (position, operand) in operands.enumerated() {
        if numbers[operand] != nil {
          if folded != nil { continue }
          drawnConstants.insert(operand)
        }
        let use = Use(gate: node, position: position, operand: operand)
        wires.append(Wire(source: operand, uses: [use]))
      }
      let symbol = folded ?? gate.card.symbol
      elements.append(Element(node: node, content: .gate(symbol: symbol), wires: wires, outputs: [node]))
    }
    elements += drawnConstants.map { Element(node: $0, content: .leaf, wires: [], outputs: [$0]) }
    self.elements = elements.sorted { $0.node < $1.node }
  }

  init(elements: [Element]) {
    self.elements = elements
  }

  /// How many gates and boxes are drawn.
  var gateCount: Int { elements.count { !$0.isLeaf } }

  /// The numbers that a gate has taken in, each with the position of the operand that it stands for.
  func constants(of element: Element, _ graph: Graph) -> [(position: Int, number: String)] {
    guard case .gate = element.content else { return [] }
    let wired = element.wires.flatMap(\.uses).map(\.position)
    return graph.operands(of: element.node).enumerated().compactMap { position, operand in
      guard !wired.contains(position), let number = graph.number(at: operand) else { return nil }
      return (position, NumberText.exact(number))
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
