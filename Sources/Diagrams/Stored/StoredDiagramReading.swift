/// A file or a text that no stored diagram can be read from.
public struct StoredDiagramError: Error, Equatable, CustomStringConvertible {
  /// What is wrong with it, as the rest of a sentence that begins with its name.
  public let description: String
  /// Whether it has nothing to do with gradcheck, and is none of its business in a folder.
  public let isForeign: Bool

  init(_ description: String, isForeign: Bool = false) {
    self.description = description
    self.isForeign = isForeign
  }
}

extension StoredDiagram {
  /// Whether an attribute of DOT text is read.
  public static func reads(_ attribute: String) -> Bool {
    attribute.hasPrefix("data_") || attribute == "label" || attribute == "id"
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
    header = try StoredHeader(attributes: attributes)
    var digest = DiagramDigest()
    func decode(_ element: String, _ raw: [String: String]) -> [String: String] {
      let decoded = raw.mapValues { $0.hasPrefix("<<") ? $0 : DOTText.unquoted($0) }
      // The digest is a sum, so the order of a dictionary does not reach it.
      for (name, value) in decoded { digest.add(element, [(name, value)]) }
      return decoded
    }
    let graph = decode("graph", attributes)
    var reading = StoredGraphReading(output: graph["data_output"] ?? "")
    for (name, raw) in nodes { reading.add(name, decode(name, raw)) }
    reading.finishNodes()
    for (tail, head, raw) in edges { try reading.connect(tail, head, decode("\(tail) -> \(head)", raw)) }
    self.nodes = try reading.inOrder()
    isUnedited = graph["data_digest"] == digest.text
    elements = Dictionary(
      // Graphviz numbers what has no ID, in the order of the text.
      nodes.enumerated().map { ($0.element.name, $0.element.attributes["id"] ?? "node\($0.offset + 1)") }
    ) { first, _ in first }
    labels = ([graph["label"]] + nodes.map { $0.attributes["label"] }).compactMap(\.self)
  }

  /// The elements of an SVG picture that show nodes: the gate and its wire.
  func elements(_ marks: [(node: String, isCause: Bool)]) -> [(element: String, isCause: Bool)] {
    marks.flatMap { mark in
      [mark.node, "\(mark.node)_out"].compactMap { elements[$0] }.map { ($0, mark.isCause) }
    }
  }
}
