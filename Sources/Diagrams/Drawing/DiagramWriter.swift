internal import Gradients

/// Writes a picture in the style of the lecture: gates are circles, values stand above the wires, gradients below.
///
/// What is drawn is written part by part: gates and wires, the boxes of functions, edges.
struct DiagramWriter {
  let run: DrawnRun
  let options: DiagramOptions
  let theme: Theme
  let subject: Diagram.Subject
  let marks: Diagram.Marks
  var statements = DOTStatements()
  private(set) var sentences: [(name: String, text: String)] = []
  /// What is drawn in place of the boxes of a large picture, by their names.
  var tiles: [String: Tile] = [:]
  /// Whether gates and their wires are drawn as one.
  private let isTiled: Bool

  /// A picture of more gates than this is laid out by the quicker ways of Graphviz, which do not go together with boxes
  /// around functions.
  static let largestCarefulCount = 200

  init(
    _ run: DrawnRun, _ subject: Diagram.Subject, _ options: DiagramOptions, marks: Diagram.Marks
  ) {
    self.run = run
    self.subject = subject
    self.options = options
    self.marks = marks
    theme = Theme(options.theme)
    isTiled = Self.drawsTiles(run, options, marks)
  }

  mutating func write() {
    writeDefaults()
    if isTiled { return writeTiles() }
    for element in run.drawn.elements { write(element) }
    if isCareful {
      writeScopes()
      writeInputOrder()
    }
    for element in run.drawn.elements { writeEdges(element) }
  }

  /// Whether boxes are drawn around functions, and inputs put in order.
  private var isCareful: Bool { run.drawn.gateCount <= Self.largestCarefulCount }

  private mutating func writeDefaults() {
    var attributes = [
      ("rankdir", "LR"), ("splines", "polyline"), ("ordering", "in"), ("nodesep", "0.28"),
      ("ranksep", "0.3"), ("pad", "0.15"), ("bgcolor", theme.paper), ("outputorder", "edgesfirst"),
      ("fontname", Theme.font), ("fontsize", "12"), ("fontcolor", theme.secondary),
    ]
    if !isCareful {
      attributes[1].1 = "line"
      for (name, value) in isTiled ? tileLayout : [] {
        for position in attributes.indices where attributes[position].0 == name {
          attributes[position].1 = value
        }
      }
      attributes += [
        ("newrank", "true"), ("nslimit", "0.02"), ("nslimit1", "0.3"), ("mclimit", "0.1"),
      ]
    }
    // Else Graphviz gives the gates of each box columns of their own, and wires run backward between boxes.
    if isCareful, hasScopes { attributes.append(("newrank", "true")) }
    add("graph", attributes + subject.attributes(run, options))
    add(
      "edge",
      [("color", theme.ink), ("penwidth", "1"), ("arrowsize", "0.6")]
        + (isTiled ? [("tailport", "e"), ("headport", "w")] : []))
    add(
      "node",
      [
        ("penwidth", "1.2"), ("color", theme.ink), ("fontcolor", theme.ink), ("fontname", Theme.font),
      ] + (isTiled ? Self.tileBox : [("fontsize", "14"), ("shape", "plain")]))
  }

  /// Inputs stand one below the other, in the order of the text; one that is read far from the others stands where
  /// it is read.
  private mutating func writeInputOrder() {
    var depths: [NodeID: Int] = [:]
    var firstReader: [NodeID: Int] = [:]
    for element in run.drawn.elements {
      let depth = (element.wires.map { depths[$0.source, default: 0] }.max() ?? -1) + 1
      for node in element.outputs + [element.node] { depths[node] = depth }
      for wire in element.wires {
        firstReader[wire.source] = min(firstReader[wire.source] ?? depth, depth)
      }
    }
    let inputs = run.drawn.elements.filter { element in
      element.isLeaf && (element.isBundle || run.graph.isDifferentiated(element.node))
        && (1...3).contains(firstReader[element.node] ?? 0)
    }
    guard inputs.count > 1 else { return }
    let names = inputs.flatMap { input in
      [wire(input.node)] + (marks.values[input.node] == nil ? [] : [note(of: wire(input.node))])
    }
    add(line: "  {rank=same; \(names.joined(separator: " -> ")) [style=invis];}")
  }

  // MARK: Names

  /// The name of a gate or a box.
  func circle(_ node: NodeID) -> String { node.description }

  /// The name of the wire that leaves a node: the node itself, for a leaf.
  func wire(_ node: NodeID) -> String {
    if case .gate = run.graph.kind(of: node), !isTiled { return "\(node)_out" }
    return node.description
  }

  /// The name of the dot where a wire branches.
  func branch(_ node: NodeID) -> String { "\(node)_branch" }

  /// Whether there is such a dot.
  func branches(_ node: NodeID) -> Bool { !isTiled && run.readers[node, default: []].count > 1 }

  // MARK: Lines

  /// A length in points as Graphviz reads it.
  static func inches(_ points: Int) -> String { NumberText.fixed(Double(points) / 72, decimals: 3) }

  mutating func add(_ name: String, _ attributes: [(name: String, value: String)]) {
    statements.add(name, attributes)
  }

  mutating func add(line: String) { statements.add(line: line) }

  /// Adds the box of a tile, or a line between two.
  mutating func add(ofTiles name: String, _ attributes: [(name: String, value: String)]) {
    // Nothing else decides where it stands.
    statements.add(name, attributes) { $0 == "id" || $0 == "width" }
  }

  /// Says what is drawn as `name` to a reader who does not see it.
  mutating func say(_ text: String, of name: String) { sentences.append((name, text)) }
}
