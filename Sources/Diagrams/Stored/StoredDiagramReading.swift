/// A file or a text that no stored diagram can be read from.
public struct StoredDiagramError: Error, Equatable, CustomStringConvertible {
  /// What is wrong with it, as the rest of a sentence that begins with its name.
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}

extension StoredDiagram {
  /// Whether an attribute of DOT text is read.
  public static func reads(_ attribute: String) -> Bool {
    attribute.hasPrefix("data_") || attribute == "label"
  }

  /// Reads the tables of a diagram's DOT text.
  ///
  /// - Parameters:
  ///   - attributes: those of the graph; of all objects, those that ``reads(_:)`` tells.
  ///   - nodes: the nodes with their attributes.
  ///   - edges: the edges with their attributes.
  /// - Throws: `StoredDiagramError` when they are no diagram of this program, or of a newer version of it, or damaged.
  public init(
    attributes: [String: String], nodes: [(name: String, attributes: [String: String])],
    edges: [(tail: String, head: String, attributes: [String: String])]
  ) throws(StoredDiagramError) {
    guard let schema = attributes["data_schema"].flatMap({ Int($0) }) else {
      throw StoredDiagramError(
        attributes["data_formula"] == nil
          ? "is a graph, but no diagram of gradcheck: it carries no formula"
          : "was drawn by a gradcheck that did not number its data yet; draw it again")
    }
    guard schema <= Self.schema else {
      throw StoredDiagramError(
        "was drawn by a newer gradcheck: its data have schema \(schema), and this version reads up to \(Self.schema)")
    }
    var digest = DiagramDigest()
    func decode(_ element: String, _ raw: [String: String]) -> [String: String] {
      let decoded = raw.mapValues { $0.hasPrefix("<<") ? $0 : DOTText.unquoted($0) }
      // The digest is a sum, so the order of a dictionary does not reach it.
      for (name, value) in decoded { digest.add(element, [(name, value)]) }
      return decoded
    }
    let graph = decode("graph", attributes)
    var reading = Reading(output: graph["data_output"] ?? "")
    for (name, raw) in nodes { reading.add(name, decode(name, raw)) }
    reading.sort()
    for (tail, head, raw) in edges {
      try reading.connect(tail, head, decode("\(tail) -> \(head)", raw))
    }
    self.nodes = try reading.ordered()
    formula = graph["data_formula"] ?? ""
    origin = Diagram.Origin { graph[$0] }
    style = graph.filter { Self.styleAttributes.contains($0.key) }
    isUnedited = graph["data_digest"] == digest.text
  }

  /// What a diagram can say of its style, in the order in which people are told.
  static let styleAttributes = [
    "data_style", "data_closeup", "data_theme", "data_decimals", "data_captions", "data_heatmap", "data_unfold",
    "data_fold", "data_depth", "data_step",
  ]

  /// Puts nodes and wires together.
  private struct Reading {
    let output: String
    var nodes: [Node] = []
    /// Which node a name in the DOT text belongs to: its own, its wire's, or a branch's.
    var positions: [String: Int] = [:]
    private var wires: [String: [String: String]] = [:]
    private var branches: [(name: String, wire: String)] = []

    init(output: String) {
      self.output = output
    }

    mutating func add(_ name: String, _ attributes: [String: String]) {
      if let gate = attributes["data_gate"] {
        append(name, .gate(gate), attributes)
      } else if let kind = attributes["data_kind"] {
        append(name, kind == "input" ? .input : .constant, attributes)
      } else if let wire = attributes["data_branch"] {
        branches.append((name, wire))
      } else {
        wires[name] = attributes
      }
    }

    private mutating func append(_ name: String, _ kind: Node.Kind, _ attributes: [String: String]) {
      func numbers(_ name: String) -> StoredNumbers? { attributes[name].map(StoredNumbers.init) }
      nodes.append(
        Node(
          id: name, kind: kind, name: attributes["data_name"] ?? "", label: attributes["data_label"] ?? "",
          place: attributes["data_place"] ?? "", shape: attributes["data_shape"] ?? "",
          value: numbers("data_value"), gradient: numbers("data_gradient"), upstream: numbers("data_upstream"),
          constants: (attributes["data_constants"] ?? "").split(separator: " ").map(String.init),
          isOutput: name == output))
    }

    /// Brings the nodes into the order of the graph, which other tools change, and gives each gate its wire.
    mutating func sort() {
      nodes.sort { a, b in
        let (x, y) = (Int(a.id.dropFirst()) ?? .max, Int(b.id.dropFirst()) ?? .max)
        return x != y ? x < y : a.id < b.id
      }
      for (position, node) in nodes.enumerated() {
        positions[node.id] = position
        guard let wire = wires["\(node.id)_out"] else { continue }
        positions["\(node.id)_out"] = position
        nodes[position].take(wire)
      }
      for (name, wire) in branches { positions[name] = positions[wire] }
    }

    mutating func connect(
      _ tail: String, _ head: String, _ attributes: [String: String]
    ) throws(StoredDiagramError) {
      guard let text = attributes["data_operand"] else { return }
      guard let operand = Int(text), let source = positions[tail], let gate = positions[head], source < gate else {
        throw StoredDiagramError("is damaged: the wire from \(tail) to \(head) leads nowhere")
      }
      nodes[gate].operands.append(
        Operand(
          position: operand, source: source, local: attributes["data_local"].map(StoredNumbers.init),
          downstream: attributes["data_downstream"].map(StoredNumbers.init)))
    }

    func ordered() throws(StoredDiagramError) -> [Node] {
      guard nodes.contains(where: \.isOutput) else {
        throw StoredDiagramError("is damaged: its output '\(output)' is not in it")
      }
      return nodes.map { node in
        var node = node
        node.operands.sort { $0.position < $1.position }
        return node
      }
    }
  }
}

extension StoredDiagram.Node {
  /// Takes the numbers of the wire that leaves a gate.
  fileprivate mutating func take(_ wire: [String: String]) {
    shape = wire["data_shape"] ?? ""
    value = wire["data_value"].map(StoredNumbers.init)
    gradient = wire["data_gradient"].map(StoredNumbers.init)
  }
}
