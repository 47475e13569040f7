internal import Gradients

/// Writes a picture in the style of the lecture: gates are circles, values stand above the wires, gradients below.
struct DiagramWriter {
  private let run: DrawnRun
  private let title: String
  private let source: String
  private let origin: Diagram.Origin
  private let marks: [NodeID: Diagram.Mark]
  private let theme = Theme.lecture
  private var lines: [String] = []
  private var digest = DiagramDigest()
  private(set) var sentences: [(name: String, text: String)] = []

  init(
    _ run: DrawnRun, title: String, source: String, origin: Diagram.Origin, marks: [NodeID: Diagram.Mark] = [:]
  ) {
    self.run = run
    self.title = title
    self.source = source
    self.origin = origin
    self.marks = marks
  }

  mutating func text() -> String {
    // An unnamed graph would be named by a counter, which differs from one picture to the next.
    lines = ["digraph chainrule {"]
    writeDefaults()
    for element in run.drawn.elements { write(element) }
    writeScopes()
    writeInputOrder()
    for element in run.drawn.elements { writeEdges(element) }
    lines.append("  graph [data_digest=\(DOTText.quoted(digest.text))];")
    lines.append("}")
    return lines.joined(separator: "\n") + "\n"
  }

  private mutating func writeDefaults() {
    let inputs = run.drawn.elements.filter { $0.symbol == nil }.compactMap { element in
      run.graph.annotation(of: element.node).name.map { name in
        "\(name)=\(run.value(of: element.node).map(TensorText.exact) ?? "")"
      }
    }
    var attributes = [
      ("rankdir", "LR"), ("splines", "polyline"), ("ordering", "in"), ("nodesep", "0.28"),
      ("ranksep", "0.3"), ("pad", "0.15"),
      ("bgcolor", theme.paper), ("outputorder", "edgesfirst"), ("fontname", theme.font), ("fontsize", "12"),
      ("fontcolor", theme.secondary), ("data_schema", "\(StoredDiagram.schema)"), ("data_formula", source),
      ("data_inputs", inputs.joined(separator: "; ")),
      ("data_output", run.output.description), ("data_style", "lecture"),
    ]
    attributes += origin.attributes
    if !marks.isEmpty {
      attributes += [
        ("label", markText), ("labelloc", "b"), ("labeljust", "l"), ("fontsize", "13"),
        ("fontcolor", theme.gradient),
      ]
    }
    add("graph", attributes)
    add("edge", [("color", theme.ink), ("penwidth", "1"), ("arrowsize", "0.6")])
    add(
      "node",
      [
        ("penwidth", "1.2"), ("color", theme.ink), ("fontcolor", theme.ink), ("fontname", theme.font),
        ("fontsize", "14"), ("shape", "plain"),
      ])
  }

  /// What is wrong with the marked gates, in lines that are no wider than a small picture.
  private var markText: String {
    let texts = run.drawn.elements.compactMap { marks[$0.node]?.text }
    let lines = texts.flatMap { text in
      var lines = [""]
      for word in text.split(separator: " ") {
        if lines[lines.count - 1].count + word.count > 76 { lines.append("   ") }
        lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
      }
      return lines
    }.map { DOTText.escaped(drawn($0, limit: 90)) + "<BR ALIGN=\"LEFT\"/>" }
    return "<<FONT COLOR=\"\(theme.gradient)\">\(lines.joined())</FONT>>"
  }

  // MARK: Nodes

  private mutating func write(_ element: DrawnGraph.Element) {
    let node = element.node
    let annotation = run.graph.annotation(of: node)
    let value = run.value(of: node)
    let gradient = run.gradient(of: node)
    if let symbol = element.symbol { writeGate(element, symbol) }
    var label = WireLabel()
    label.name = name(of: element)
    label.shape = run.graph.shape(of: node)
    label.hasSource = element.symbol != nil
    label.value = value.map { WireLabel.Content($0, run.format) }
    label.gradient = gradient.map { WireLabel.Content($0, run.format) }
    if let sum = branchSum(node) { label.gradient = .line(sum) }
    var attributes = [("label", label.html(theme))]
    attributes.append(("data_shape", TensorText.shape(label.shape)))
    if let value { attributes.append(("data_value", TensorText.exact(value))) }
    if let gradient { attributes.append(("data_gradient", TensorText.exact(gradient))) }
    if element.symbol == nil {
      let kind = run.graph.isDifferentiated(node) ? "input" : "constant"
      attributes += [("data_kind", kind), ("data_name", annotation.name ?? "")]
      if let place = annotation.place { attributes.append(("data_place", place.description)) }
    }
    add(wire(node), attributes)
    sentences.append((wire(node), sentence(element, value, gradient)))
    guard let count = run.drawn.uses[node], count > 1 else { return }
    add(branch(node), [("shape", "point"), ("width", "0.09"), ("label", "")])
    sentences.append((branch(node), "\(count) wires branch off; their gradients add"))
  }

  private mutating func writeGate(_ element: DrawnGraph.Element, _ symbol: String) {
    guard case .gate(let gate) = run.graph.kind(of: element.node) else { return }
    let annotation = run.graph.annotation(of: element.node)
    let text = drawn(symbol, limit: 16)
    let size = text.count == 1 ? 18 : 13
    let width = max(36, textWidth(text, size: size) + 12)
    var attributes = [
      ("label", text), ("shape", width > 44 ? "ellipse" : "circle"), ("style", "filled"),
      ("fillcolor", "white"),
      ("fixedsize", "true"), ("width", NumberText.fixed(Double(width) / 72, decimals: 3)),
      ("fontsize", "\(size)"),
    ]
    if width > 44 { attributes.append(("height", "0.5")) }
    attributes += [
      ("data_gate", gate.card.name), ("data_name", annotation.name ?? ""),
      ("data_label", annotation.label ?? ""),
      ("data_place", annotation.place?.description ?? ""),
    ]
    let constants = run.drawn.constants(of: element, run.graph)
    if !constants.isEmpty {
      attributes.append(("data_constants", constants.map { "\($0)=\($1)" }.joined(separator: " ")))
    }
    if let mark = marks[element.node] {
      attributes += [
        ("color", theme.gradient), ("penwidth", "3"), ("fontcolor", theme.gradient),
        ("data_verdict", mark.verdict),
      ]
    }
    if let upstream = run.gradient(of: element.node) {
      attributes.append(("data_upstream", TensorText.exact(upstream)))
    }
    add(circle(element.node), attributes)
    sentences.append(
      (circle(element.node), "\(gate.card.name) gate: \(marks[element.node]?.text ?? gate.card.summary)"))
  }

  /// The name before a wire: what the formula calls it, and nothing for what it does not name; a constant without a
  /// name is its own number.
  private func name(of element: DrawnGraph.Element) -> String? {
    if let name = run.graph.annotation(of: element.node).name { return name }
    return element.node == run.output ? title : element.symbol == nil ? "" : nil
  }

  /// The gradients of the branches of a number, and their sum.
  private func branchSum(_ node: NodeID) -> String? {
    guard let total = run.gradient(of: node), total.shape == .scalar else { return nil }
    let parts = run.drawn.elements.flatMap { element in
      element.wires.filter { $0.source == node }.compactMap {
        run.downstream(of: element.node, $0.position)?.elements[0]
      }
    }
    guard parts.count > 1, parts.count <= 3 else { return nil }
    return run.format.sum(parts, total.elements[0])
  }

  private func sentence(_ element: DrawnGraph.Element, _ value: Tensor?, _ gradient: Tensor?) -> String {
    let annotation = run.graph.annotation(of: element.node)
    let subject = annotation.name ?? annotation.label ?? title
    func words(_ tensor: Tensor) -> String {
      tensor.shape == .scalar ? run.format.text(tensor.elements[0]) : "of shape \(tensor.shape)"
    }
    var text = "\(subject): value \(value.map(words) ?? "unknown")"
    if let gradient { text += ", gradient \(words(gradient))" }
    return text
  }

  // MARK: Order and clusters

  /// Inputs stand one below the other, in the order of the text.
  private mutating func writeInputOrder() {
    let inputs = run.drawn.elements.filter {
      $0.symbol == nil && run.graph.isDifferentiated($0.node) && (run.drawn.uses[$0.node] ?? 0) > 0
    }
    guard inputs.count > 1 else { return }
    lines.append("  {rank=same; \(inputs.map { wire($0.node) }.joined(separator: " -> ")) [style=invis];}")
  }

  /// The expansions of functions, as boxes inside one another.
  private mutating func writeScopes() {
    let scopes = run.graph.scopes
    var members: [[NodeID]] = scopes.map { _ in [] }
    var isUsed = scopes.map { _ in false }
    for element in run.drawn.elements {
      guard element.symbol != nil, var scope = run.graph.annotation(of: element.node).scope else { continue }
      members[scope].append(element.node)
      isUsed[scope] = true
      while let parent = scopes[scope].parent {
        isUsed[parent] = true
        scope = parent
      }
    }
    // A scope stands after its parent in the list, so the boxes open in order; each closes when what follows is
    // not inside it.
    var open: [Graph.ScopeID] = []
    for (scope, contents) in members.enumerated() where isUsed[scope] {
      while let last = open.last, last != scopes[scope].parent {
        lines.append(String(repeating: "  ", count: open.count) + "}")
        open.removeLast()
      }
      open.append(scope)
      let indent = String(repeating: "  ", count: open.count)
      let label = DOTText.quoted(drawn(scopes[scope].name))
      lines.append(
        """
        \(indent)subgraph cluster_s\(scope) { label=\(label); labeljust=l; style=rounded; \
        color=\(DOTText.quoted(theme.secondary)); margin=8;
        """)
      for node in contents {
        let names = [circle(node), wire(node)] + ((run.drawn.uses[node] ?? 0) > 1 ? [branch(node)] : [])
        lines.append("\(indent)  \(names.joined(separator: "; "));")
      }
    }
    while !open.isEmpty {
      lines.append(String(repeating: "  ", count: open.count) + "}")
      open.removeLast()
    }
  }

  // MARK: Edges

  private mutating func writeEdges(_ element: DrawnGraph.Element) {
    let node = element.node
    if let count = run.drawn.uses[node], count > 1 {
      addEdge("\(wire(node)):o:s", "\(branch(node))", [("arrowhead", "none"), ("weight", "20")])
    }
    guard element.symbol != nil else { return }
    for (position, source) in element.wires {
      var attributes: [(name: String, value: String)] = [("data_operand", "\(position)")]
      let downstream = run.downstream(of: node, position)
      if let downstream { attributes.append(("data_downstream", TensorText.exact(downstream))) }
      if let local = local(node, position) { attributes.append(("data_local", local)) }
      guard (run.drawn.uses[source] ?? 0) > 1 else {
        addEdge("\(wire(source)):o:s", "\(circle(node)):w", attributes)
        continue
      }
      // A branch has a wire of its own, with the gradient that comes back over it.
      let own = "\(circle(node))_\(position)"
      var label = WireLabel()
      label.value = run.value(of: source).map { WireLabel.Content($0, run.format) }
      label.gradient = downstream.map { WireLabel.Content($0, run.format) }
      add(own, [("label", label.html(theme)), ("data_branch", wire(source))])
      sentences.append((own, "a branch of \(run.graph.annotation(of: source).name ?? wire(source))"))
      addEdge(branch(source), "\(own):i:s", [("arrowhead", "none")])
      addEdge("\(own):o:s", "\(circle(node)):w", attributes)
    }
    addEdge("\(circle(node)):e", "\(wire(node)):i:s", [("arrowhead", "none"), ("weight", "20")])
  }

  /// The local gradient of one operand: the Jacobian, row after row, while it is small.
  private func local(_ node: NodeID, _ position: Int) -> String? {
    guard case .gate(let gate) = run.graph.kind(of: node), !gate.card.isLabel(position) else { return nil }
    let operands = run.graph.operands(of: node)
    let values = operands.compactMap { operand -> Tensor? in
      if let value = run.value(of: operand) { return value }
      // A constant that was folded into the gate.
      var leaf = operand
      while let source = run.graph.operands(of: leaf).first { leaf = source }
      guard case .constant(let tensor) = run.graph.kind(of: leaf) else { return nil }
      return Tensor(repeating: tensor.elements[0], shape: run.graph.shape(of: operand))
    }
    let rows = run.graph.shape(of: node).count
    guard values.count == operands.count, rows * values[position].shape.count <= 64 else { return nil }
    let jacobian = (0..<rows).compactMap { try? gate.localGradients(of: $0, at: values)[position] }
    return jacobian.map(TensorText.exact).joined(separator: "; ")
  }

  // MARK: Lines

  private func circle(_ node: NodeID) -> String { node.description }

  /// The wire that leaves a node: the node itself, for a leaf.
  private func wire(_ node: NodeID) -> String {
    if case .gate = run.graph.kind(of: node) { return "\(node)_out" }
    return node.description
  }

  private func branch(_ node: NodeID) -> String { "\(node)_branch" }

  private mutating func add(_ name: String, _ attributes: [(name: String, value: String)]) {
    digest.add(name, attributes)
    lines.append("  \(name) [\(DOTText.attributes(attributes))];")
  }

  private mutating func addEdge(_ from: String, _ to: String, _ attributes: [(name: String, value: String)]) {
    digest.add("\(from.prefix { $0 != ":" })>\(to.prefix { $0 != ":" })", attributes)
    lines.append("  \(from) -> \(to) [\(DOTText.attributes(attributes))];")
  }
}
