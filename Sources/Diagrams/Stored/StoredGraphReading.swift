/// Puts the graph of a diagram together from what is drawn of it: gates, boxes, wires, branches, lines.
///
/// The order of the nodes in the text is not trusted, since other tools change it.
struct StoredGraphReading {
  private let output: String
  private var nodes: [StoredDiagram.Node] = []
  /// Which node a name in the DOT text belongs to: its own, its wire's, or a branch's.
  private var positions: [String: Int] = [:]
  private var wires: [(name: String, attributes: [String: String])] = []
  private var branches: [(name: String, wire: String)] = []

  init(output: String) {
    self.output = output
  }

  /// Takes in something that is drawn as a node.
  mutating func add(_ name: String, _ attributes: [String: String]) {
    if let gate = attributes["data_gate"] {
      append(name, .gate(gate), attributes)
    } else if let box = attributes["data_box"] {
      append(name, .box(box), attributes)
    } else if name.hasSuffix("_out") {
      wires.append((name, attributes))
    } else if let kind = attributes["data_kind"] {
      append(name, kind == "input" ? .input : kind == "constant" ? .constant : .part, attributes)
    } else if let wire = attributes["data_branch"] {
      branches.append((name, wire))
    } else if name.hasSuffix("_branch") {
      branches.append((name, String(name.dropLast("_branch".count)) + "_out"))
      branches.append((name, String(name.dropLast("_branch".count))))
    }
  }

  private mutating func append(
    _ name: String, _ kind: StoredDiagram.Node.Kind, _ attributes: [String: String]
  ) {
    positions[name] = nodes.count
    nodes.append(
      StoredDiagram.Node(
        id: name, kind: kind, name: attributes["data_name"] ?? "", place: attributes["data_place"] ?? "",
        gates: attributes["data_gates"] ?? attributes["data_bundle"] ?? "",
        shape: attributes["data_shape"] ?? "",
        value: attributes["data_value"].map(StoredNumbers.init),
        gradient: (attributes["data_gradient"] ?? attributes["data_upstream"]).map(StoredNumbers.init),
        constants: (attributes["data_constants"] ?? "").split(separator: " ").map(String.init),
        isOutput: name == output))
  }

  /// Gives each gate its wire; what else leaves a box is a node of its own.
  mutating func finishNodes() {
    for (name, attributes) in wires {
      let id = String(name.dropLast("_out".count))
      if let position = positions[id] {
        nodes[position].take(attributes)
        positions[name] = position
      } else {
        append(id, .part, attributes)
        nodes[nodes.count - 1].take(attributes)
        positions[name] = nodes.count - 1
      }
    }
    for (name, wire) in branches {
      if let position = positions[wire], positions[name] == nil { positions[name] = position }
    }
  }

  /// Takes in a line between two of the nodes, if it is one into a gate.
  mutating func connect(
    _ tail: String, _ head: String, _ attributes: [String: String]
  ) throws(StoredDiagramError) {
    guard let source = positions[tail], let gate = positions[head], source != gate else {
      guard attributes["data_operand"] == nil else {
        throw StoredDiagramError("is damaged: the wire from \(tail) to \(head) leads nowhere")
      }
      return
    }
    // What keeps inputs in order is no wire. Wires of boxes, and of the close-up of a gate, are not numbered.
    guard
      attributes["data_operand"] != nil || nodes[gate].kind.isUnnumbered || nodes[source].kind.isUnnumbered
    else {
      return
    }
    let position = attributes["data_operand"].flatMap { Int($0) } ?? nodes[gate].operands.count
    nodes[gate].operands.append(
      StoredDiagram.Operand(
        position: position, source: source, local: attributes["data_local"].map(StoredNumbers.init),
        downstream: attributes["data_downstream"].map(StoredNumbers.init)))
  }

  /// The nodes, each after its operands, and otherwise in the order of their numbers.
  func inOrder() throws(StoredDiagramError) -> [StoredDiagram.Node] {
    guard !nodes.isEmpty else { throw StoredDiagramError("is damaged: there is no graph in it") }
    func number(_ position: Int) -> Int { Int(nodes[position].id.dropFirst()) ?? .max }
    let sorted = nodes.indices.sorted { a, b in
      let (x, y) = (number(a), number(b))
      return x != y ? x < y : nodes[a].id < nodes[b].id
    }
    var order: [Int] = []
    var places: [Int?] = Array(repeating: nil, count: nodes.count)
    var isOpen = Array(repeating: false, count: nodes.count)
    for first in sorted where places[first] == nil {
      var path = [first]
      while let position = path.last {
        let waiting = nodes[position].operands.map(\.source).filter { places[$0] == nil }
        if places[position] != nil {
          path.removeLast()
        } else if waiting.isEmpty {
          places[position] = order.count
          order.append(position)
          path.removeLast()
        } else if isOpen[position] {
          throw StoredDiagramError("is damaged: \(nodes[position].id) is computed from itself")
        } else {
          isOpen[position] = true
          path += waiting.reversed()
        }
      }
    }
    return order.map { position in
      var node = nodes[position]
      node.operands = node.operands.sorted { $0.position < $1.position }.map { operand in
        StoredDiagram.Operand(
          position: operand.position, source: places[operand.source] ?? 0, local: operand.local,
          downstream: operand.downstream)
      }
      return node
    }
  }
}

extension StoredDiagram.Node {
  /// Takes the numbers of the wire that leaves a gate.
  fileprivate mutating func take(_ wire: [String: String]) {
    shape = wire["data_shape"] ?? ""
    value = wire["data_value"].map(StoredNumbers.init)
    if let numbers = wire["data_gradient"] { gradient = StoredNumbers(numbers) }
  }
}

extension StoredDiagram.Node.Kind {
  fileprivate var isUnnumbered: Bool {
    switch self {
    case .box, .part: true
    case .input, .constant, .gate: false
    }
  }
}
