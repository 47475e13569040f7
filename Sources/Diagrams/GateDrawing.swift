internal import Gradients

/// Draws gates: circles, and boxes for what is more than one gate.
extension DiagramWriter {
  mutating func writeGate(_ element: DrawnGraph.Element) {
    let node = element.node
    guard case .gate(let gate) = run.graph.kind(of: node) else { return }
    let annotation = run.graph.annotation(of: node)
    var attributes: [(name: String, value: String)]
    var classes = "gate"
    switch element.content {
    case .leaf: return
    case .gate(let symbol):
      attributes = gate is any CompositeGate ? boxAttributes(symbol) : circleAttributes(symbol)
      attributes += [
        ("data_gate", gate.card.name), ("data_name", annotation.name ?? ""),
        ("data_label", annotation.label ?? ""), ("data_place", annotation.place?.description ?? ""),
      ]
      let constants = run.drawn.constants(of: element, run.graph)
      if !constants.isEmpty {
        attributes.append(("data_constants", constants.map { "\($0)=\($1)" }.joined(separator: " ")))
      }
    case .box(let name, let gates):
      classes += " box"
      attributes = boxAttributes(name)
      attributes += [
        ("data_box", name), ("data_gates", gates.map(\.description).joined(separator: " ")),
        ("data_name", annotation.name ?? ""),
      ]
    }
    if let mark = marks[node] {
      classes += " " + mark.verdict
      attributes += markAttributes(mark)
      writeNote(mark, on: node)
    }
    if let upstream = run.gradient(of: node) {
      attributes.append(("data_upstream", TensorText.exact(upstream)))
    }
    add(circle(node), [("id", circle(node)), ("class", classes)] + attributes)
    say(sentence(of: element, gate.card), of: circle(node))
  }

  private func circleAttributes(_ symbol: String) -> [(name: String, value: String)] {
    let text = drawn(symbol, limit: 16)
    let size = text.count == 1 ? 18 : 13
    let width = max(36, TextWidth.cell(text, size: size) + 8)
    var attributes = [
      (name: "label", value: text), ("shape", width > 44 ? "ellipse" : "circle"), ("style", "filled"),
      ("fillcolor", theme.gate), ("fixedsize", "true"),
      ("width", NumberText.fixed(Double(width) / 72, decimals: 3)), ("fontsize", "\(size)"),
    ]
    if width > 44 { attributes.append(("height", "0.5")) }
    return attributes
  }

  private func boxAttributes(_ name: String) -> [(name: String, value: String)] {
    let text = drawn(name)
    let width = max(50, TextWidth.cell(text, size: 13) + 16)
    return [
      (name: "label", value: text), ("shape", "box"), ("style", "rounded,filled"),
      ("fillcolor", theme.gate), ("fixedsize", "true"),
      ("width", NumberText.fixed(Double(width) / 72, decimals: 3)), ("height", "0.5"), ("fontsize", "13"),
    ]
  }

  // MARK: What stands below a gate

  /// The statement that puts a gate among others, with what stands below it.
  func placed(_ element: DrawnGraph.Element) -> String {
    let name = circle(element.node)
    guard let footer = footer(of: element) else { return "\(name);" }
    return """
      subgraph cluster_\(name) { id=\(DOTText.quoted("\(name)_footer")); peripheries=0; margin=3; labelloc=b; \
      labeljust=c; label=\(footer); \(name); }
      """
  }

  /// What stands below a gate: its caption, and in the full style its chain rule.
  func footer(of element: DrawnGraph.Element) -> String? {
    guard case .gate = element.content else { return nil }
    var rows: [String] = []
    if options.hasCaptions, let caption = caption(of: element) {
      let text = "<FONT POINT-SIZE=\"11\" COLOR=\"\(theme.secondary)\"><I>\(DOTText.escaped(caption))</I></FONT>"
      rows.append(cell(TextWidth.cell(caption, size: 11) + 8, 15, text: text))
    }
    if options.style == .full, let rule = ruleTable(of: element, showsMatrices: true) {
      rows.append("<TD>\(rule.html(theme))</TD>")
    }
    return rows.isEmpty ? nil : "<\(table(rows.map { "<TR>\($0)</TR>" }))>"
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

  private func sentence(of element: DrawnGraph.Element, _ card: GateCard) -> String {
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
    let mark = marks[element.node].map { ". \($0.text)" } ?? ""
    return "\(name): \(parts.joined(separator: ", "))\(mark)"
  }
}
