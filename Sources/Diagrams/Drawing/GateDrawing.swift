internal import Gradients

/// Draws gates: circles, and boxes for what is more than one gate.
extension DiagramWriter {
  mutating func writeGate(_ element: DrawnGraph.Element) {
    let node = element.node
    guard case .gate(let gate) = run.graph.kind(of: node) else { return }
    var attributes: [(name: String, value: String)]
    var classes = "gate"
    switch element.content {
    case .leaf: return
    case .gate(let symbol):
      attributes = run.isComposite(node) ? boxAttributes(symbol) : circleAttributes(symbol)
    case .box(let name, _):
      classes += " box"
      attributes = boxAttributes(name)
    }
    attributes += gateData(of: element)
    if let mark = marks.gates[node] {
      classes += " " + mark.verdict
      attributes += markAttributes(mark)
    }
    if let upstream = run.gradient(of: node) {
      attributes.append(("data_upstream", TensorText.exact(upstream)))
    }
    add(circle(node), [("id", circle(node)), ("class", classes)] + attributes)
    say(sentence(of: element, gate.card), of: circle(node))
    if let mark = marks.gates[node] { writeNote(mark, on: circle(node)) }
    writeRule(of: element)
  }

  /// What is carried of a gate or a box, beside its numbers.
  func gateData(of element: DrawnGraph.Element) -> [(name: String, value: String)] {
    let annotation = run.graph.annotation(of: element.node)
    switch element.content {
    case .leaf: return []
    case .gate:
      var data = [
        (name: "data_gate", value: run.card(of: element.node)?.name ?? ""),
        ("data_name", annotation.name ?? ""), ("data_label", annotation.label ?? ""),
        ("data_place", annotation.place?.description ?? ""),
      ]
      let constants = run.drawn.constants(of: element, run.graph)
      if !constants.isEmpty {
        data.append(("data_constants", constants.map { "\($0)=\($1)" }.joined(separator: " ")))
      }
      return data
    case .box(let name, let gates):
      return [
        ("data_box", name), ("data_gates", gates.map(\.description).joined(separator: " ")),
        ("data_name", annotation.name ?? ""),
      ]
    }
  }

  private func circleAttributes(_ symbol: String) -> [(name: String, value: String)] {
    let text = drawn(symbol, limit: 16)
    let size = text.count == 1 ? 18 : 13
    let width = max(36, TextWidth.cell(text, size: size) + 8)
    var attributes = [
      (name: "label", value: DOTText.label(text)), ("shape", width > 44 ? "ellipse" : "circle"),
      ("style", "filled"),
      ("fillcolor", theme.gate), ("fixedsize", "true"),
      ("width", Self.inches(width)), ("fontsize", "\(size)"),
    ]
    if width > 44 { attributes.append(("height", "0.5")) }
    return attributes
  }

  private func boxAttributes(_ name: String) -> [(name: String, value: String)] {
    let text = drawn(name)
    let width = max(50, TextWidth.cell(text, size: 13) + 16)
    return [
      (name: "label", value: DOTText.label(text)), ("shape", "box"), ("style", "rounded,filled"),
      ("fillcolor", theme.gate), ("fixedsize", "true"),
      ("width", Self.inches(width)), ("height", "0.5"), ("fontsize", "13"),
    ]
  }

  // MARK: What stands below a gate

  /// The statement that puts a gate among others, with what stands below and above it.
  func placed(_ element: DrawnGraph.Element) -> String {
    let name = circle(element.node)
    // Nodes of their own, in the same column: wires go round a node, but not round the label of a cluster.
    var others: [String] = []
    if rule(below: element) != nil { others.append("\(name)_rule -> \(name) [style=invis];") }
    if marks.gates[element.node] != nil { others.append("\(name); \(note(of: name));") }
    let isAlone = others.isEmpty
    let contents = isAlone ? "\(name);" : "{rank=same; \(others.joined(separator: " "))}"
    let caption = options.hasCaptions && isAlone ? caption(of: element).map { captionHTML($0) } : nil
    guard caption != nil || !isAlone else { return contents }
    let label = caption.map {
      "id=\"\(name)_caption\"; class=\"caption\"; labelloc=b; labeljust=c; label=\($0)"
    }
    return """
      subgraph cluster_\(name) { peripheries=0; margin=3; \(label ?? "label=\"\""); \(contents) }
      """
  }

  /// Whether a gate needs ``placed(_:)`` outside any function.
  func needsPlace(_ element: DrawnGraph.Element) -> Bool {
    rule(below: element) != nil || marks.gates[element.node] != nil
      || options.hasCaptions && caption(of: element) != nil
  }

  /// The statement that puts the dot where a wire branches, with its caption above it.
  func placedBranch(_ node: NodeID) -> String {
    let name = branch(node)
    guard options.hasCaptions, run.gradient(of: node) != nil else { return "\(name);" }
    return """
      subgraph cluster_\(name) { peripheries=0; margin=3; id="\(name)_caption"; class="caption"; labelloc=t; \
      labeljust=c; label=\(captionHTML("adder")); \(name); }
      """
  }

  private func captionHTML(_ text: String) -> String {
    "<\(font(text, theme.secondary, size: 11, isItalic: true))>"
  }

  /// The chain rule that the full style writes below a gate.
  private func rule(below element: DrawnGraph.Element) -> RuleTable? {
    options.style == .full ? ruleTable(of: element, showsMatrices: true) : nil
  }

  private mutating func writeRule(of element: DrawnGraph.Element) {
    guard let rule = rule(below: element) else { return }
    let name = "\(circle(element.node))_rule"
    let caption = options.hasCaptions ? caption(of: element) : nil
    add(name, [("id", name), ("class", "rule"), ("label", "<\(rule.html(theme, caption: caption))>")])
    say("the chain rule at the gate above", of: name)
  }

  /// The chain rule at a gate; nil for a box, and before the backward pass.
  func ruleTable(of element: DrawnGraph.Element, showsMatrices: Bool) -> RuleTable? {
    guard case .gate = element.content, let rules = run.rules else { return nil }
    let positions = element.wires.flatMap(\.uses).map(\.position)
    let shown = rules[element.node].filter { positions.contains($0.position) }
    return shown.isEmpty ? nil : RuleTable(shown, run.format, showsMatrices: showsMatrices)
  }

  /// What the lecture calls the gate, for what it does to a gradient.
  func caption(of element: DrawnGraph.Element) -> String? {
    guard case .gate(let gate) = run.graph.kind(of: element.node), element.wires.count > 1 else { return nil }
    return gate.card.pattern?.rawValue
  }

  // MARK: In words

  func sentence(of element: DrawnGraph.Element, _ card: GateCard) -> String {
    func words(_ tensor: Tensor?) -> String? {
      guard let tensor else { return nil }
      return tensor.shape == .scalar
        ? run.format.text(tensor.elements[0]) : "a tensor of shape \(tensor.shape)"
    }
    var parts: [String] = []
    let inputs = element.wires.compactMap { words(run.value(of: $0.source)) }
    if !inputs.isEmpty {
      parts.append("\(inputs.count == 1 ? "input" : "inputs") \(inputs.joined(separator: " and "))")
    }
    if let output = words(run.value(of: element.node)) { parts.append("output \(output)") }
    if let upstream = words(run.gradient(of: element.node)) { parts.append("upstream \(upstream)") }
    if case .gate = element.content, run.hasGradients {
      let locals = element.wires.compactMap { wire -> String? in
        guard let use = wire.uses.first, let rows = run.jacobian(of: use.gate, use.position), rows.count == 1
        else { return nil }
        return words(rows[0])
      }
      if !locals.isEmpty { parts.append("local \(locals.joined(separator: " and "))") }
    }
    let downstream = element.wires.compactMap { words(run.downstream(of: $0)) }
    if !downstream.isEmpty { parts.append("downstream \(downstream.joined(separator: " and "))") }
    let name =
      switch element.content {
      case .box(let name, let gates): "\(name), \(gates.count) gates drawn as one"
      default: "\(card.name) gate"
      }
    let mark = marks.gates[element.node].map { ". \($0.sentence)" } ?? ""
    return "\(name): \(parts.joined(separator: ", "))\(mark)"
  }
}
