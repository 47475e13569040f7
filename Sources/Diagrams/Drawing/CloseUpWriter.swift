internal import Gradients

/// Writes the lecture's picture of one gate: activations come in and go on, gradients come back, the local gradients
/// stand inside.
struct CloseUpWriter {
  private let run: DrawnRun
  private let subject: Diagram.Subject
  private let options: DiagramOptions
  private let theme: Theme
  private(set) var statements = DOTStatements()
  private(set) var sentences: [(name: String, text: String)] = []

  init(_ run: DrawnRun, _ subject: Diagram.Subject, _ options: DiagramOptions) {
    self.run = run
    self.subject = subject
    self.options = options
    theme = Theme(options.theme)
  }

  mutating func write() throws(DiagramError) {
    let element = try self.element()
    let node = element.node
    let names = NodeNames(run.graph, output: run.output, title: subject.title, longestLabel: 12)
    add(
      "graph",
      [
        ("rankdir", "LR"), ("splines", "line"), ("ordering", "in"), ("nodesep", "0.5"), ("ranksep", "1.2"),
        ("pad", "0.2"), ("bgcolor", theme.paper), ("outputorder", "edgesfirst"), ("fontname", Theme.font),
      ] + subject.attributes(run, options))
    add("edge", [("penwidth", "1.8"), ("arrowsize", "0.8")])
    add("node", [("fontname", Theme.font), ("fontcolor", theme.ink), ("fontsize", "14"), ("shape", "plain")])
    for (position, wire) in element.wires.enumerated() {
      let rule = run.rules?[node, wire.uses[0].position]
      writeEnd(
        "\(node)_\(position)", wire.source, name: names[wire.source], gradient: run.downstream(of: wire),
        rule: rule, role: "downstream gradient\(rule?.jacobian.map(Self.product) ?? "")")
    }
    writeEnd(
      "\(node)_out", node, name: names[node], gradient: run.gradient(of: node),
      derivative: "d\(names[run.output])/d\(names[node])", role: "upstream gradient")
    writeCircle(element, names)
    for position in element.wires.indices {
      let hasGradient = run.downstream(of: element.wires[position]) != nil
      arrows("\(node)_\(position)", node.description, hasGradient)
    }
    arrows(node.description, "\(node)_out", run.gradient(of: node) != nil)
  }

  // MARK: Which gate

  private func element() throws(DiagramError) -> DrawnGraph.Element {
    let gates = run.drawn.elements.filter { element in
      if case .gate = element.content { return true }
      return false
    }
    guard let wanted = options.closeup else {
      guard let last = gates.last(where: { $0.node == run.output }) else {
        throw DiagramError("the function has no gate to draw")
      }
      return last
    }
    let descriptions: [(NodeID) -> String?] = [
      { $0.description }, { run.graph.annotation(of: $0).name },
      { run.graph.annotation(of: $0).label?.filter { $0 != " " } }, { run.card(of: $0)?.name },
    ]
    for description in descriptions {
      let found = gates.filter { description($0.node) == wanted.filter { $0 != " " } }
      if found.count == 1 { return found[0] }
      if found.count > 1 {
        let list = found.prefix(8).map { "\($0.node) (\(text(of: $0.node)))" }.joined(separator: ", ")
        throw DiagramError("the function has \(found.count) gates '\(wanted)'; say which one: \(list)")
      }
    }
    let list = gates.suffix(12).map { text(of: $0.node) }.joined(separator: ", ")
    throw DiagramError("the function has no gate '\(wanted)'; it has \(list)")
  }

  private func text(of node: NodeID) -> String {
    let annotation = run.graph.annotation(of: node)
    return drawn(annotation.name ?? annotation.label ?? run.card(of: node)?.name ?? "", limit: 40)
  }

  /// What the product with a Jacobian comes to.
  private static func product(_ jacobian: Jacobian) -> String {
    guard jacobian.rows * jacobian.columns > 1 else { return "" }
    return switch jacobian.structure {
    case .full: ": matrix-vector multiply"
    case .diagonal: ": elementwise multiply"
    case .oneHotRows: ": passed on as it is"
    }
  }

  // MARK: Parts

  /// What stands at the end of an arrow: above its middle the activation, below it the gradient.
  private mutating func writeEnd(
    _ id: String, _ node: NodeID, name: String, gradient: Tensor?,
    rule: ChainRule? = nil, derivative: String = "", role: String
  ) {
    guard let value = run.value(of: node) else { return }
    let above = WireLabel.Content(value, run.format(of: node))
    let below = gradient.map { WireLabel.Content($0, run.format) }
    let derivative = drawn(rule?.symbols ?? derivative, limit: 64)
    let numbers = rule?.numbers(decimals: run.format.decimals).map { numbers in
      "= \(numbers.description.drop { $0 != " " }.dropFirst(3))"
    }
    let shape = value.shape.rank == 0 ? "" : " [\(TensorText.shape(value.shape))]"
    let title = drawn(name) + shape
    let width = max(
      above.width, below?.width ?? 0, TextWidth.cell(title, size: 16) + 10,
      TextWidth.cell(derivative, size: 14) + 10, TextWidth.cell(numbers ?? "", size: 14) + 10,
      TextWidth.cell(role, size: 11) + 10)
    var rows = [
      cell(width, 22, text: font(title, theme.ink, size: 16)),
      cell(width, 15, text: font("activation", theme.secondary, size: 11)),
      cell(width, above.height + 2, "VALIGN=\"BOTTOM\"", text: above.html(theme.forward)),
      cell(width, 10, "PORT=\"p\""),
    ]
    if let below {
      rows += [
        cell(
          width, below.height + 2, "VALIGN=\"TOP\"",
          text: below.html(theme.gradient, slants: theme.slantsGradients)),
        cell(width, 18, text: font(derivative, theme.gradient, size: 14)),
      ]
      if let numbers { rows.append(cell(width, 18, text: font(numbers, theme.gradient, size: 14))) }
      rows += [
        cell(width, 15, text: font(role, theme.secondary, size: 11))
      ]
    } else {
      rows += [cell(width, 21), cell(width, 33)]
    }
    var attributes = [
      ("id", id), ("class", "wire"), ("label", "<\(table(rows.map { "<TR>\($0)</TR>" }))>"),
      ("data_kind", "operand"), ("data_name", name), ("data_shape", TensorText.shape(value.shape)),
      ("data_value", TensorText.exact(value)),
    ]
    if let gradient { attributes.append(("data_gradient", TensorText.exact(gradient))) }
    add(id, attributes)
    let gradientText = gradient.map { ", \(role) \(words($0))" } ?? ""
    sentences.append((id, "\(name): activation \(words(value))\(gradientText)"))
  }

  private mutating func writeCircle(_ element: DrawnGraph.Element, _ names: NodeNames) {
    guard case .gate(let symbol) = element.content, let card = run.card(of: element.node) else { return }
    let rules = run.rules?[element.node] ?? []
    let shown = rules.filter { rule in
      element.wires.contains { $0.uses.contains { $0.position == rule.position } }
    }
    let boxes = shown.map { LocalBox($0, run.format) }
    let inner = max(boxes.map(\.width).max() ?? 0, TextWidth.cell(symbol, size: 30) + 10, 90)
    var rows = [cell(inner, 40, text: font(drawn(symbol, limit: 16), theme.ink, size: 30))]
    var height = 40
    if !boxes.isEmpty {
      rows.append(
        cell(
          inner, 18,
          text: font(boxes.count == 1 ? "local gradient" : "local gradients", theme.secondary, size: 12)))
      height += 18
    }
    for box in boxes {
      rows.append(
        cell(inner, box.height, "BORDER=\"1\" COLOR=\"\(theme.local)\"", text: box.html(inner, theme)))
      rows.append(cell(inner, 6))
      height += box.height + 6
    }
    let diameter = Double(inner * inner + height * height).squareRoot() + 16
    let size = NumberText.fixed(diameter / 72, decimals: 3)
    add(
      element.node.description,
      [
        ("id", element.node.description), ("class", "gate"), ("shape", "circle"), ("fixedsize", "true"),
        ("width", size), ("style", "filled"), ("fillcolor", theme.gate), ("color", theme.ink),
        ("penwidth", "1.5"), ("label", "<\(table(rows.map { "<TR>\($0)</TR>" }))>"),
        ("data_gate", card.name), ("data_name", run.graph.annotation(of: element.node).name ?? ""),
        ("data_label", run.graph.annotation(of: element.node).label ?? ""),
        ("data_upstream", run.gradient(of: element.node).map(TensorText.exact) ?? ""),
      ])
    let rulesText = shown.map { rule in
      rule.symbols + (rule.numbers(decimals: run.format.decimals).map { ": \($0)" } ?? "")
    }
    sentences.append(
      (element.node.description, "\(card.name) gate. \(rulesText.joined(separator: "; "))"))
  }

  /// A green arrow forward and a red one back, side by side.
  private mutating func arrows(_ from: String, _ to: String, _ hasGradient: Bool) {
    let tail = from.contains("_") ? "\(from):p:e" : "\(from):e"
    let head = to.contains("_") ? "\(to):p:w" : to
    let attributes = [
      ("id", "\(from)_\(to)_edge"), ("class", "line"), ("dir", hasGradient ? "both" : "forward"),
      ("color", hasGradient ? "\(theme.forward):\(theme.gradient)" : theme.forward),
    ]
    add("\(tail) -> \(head)", attributes)
  }

  private func words(_ tensor: Tensor) -> String {
    tensor.shape == .scalar ? run.format.text(tensor.elements[0]) : "of shape \(tensor.shape)"
  }

  private mutating func add(_ name: String, _ attributes: [(name: String, value: String)]) {
    statements.add(name, attributes)
  }
}

extension DrawnRun {
  func card(of node: NodeID) -> GateCard? {
    guard case .gate(let gate) = graph.kind(of: node) else { return nil }
    return gate.card
  }

  /// Whether a gate is a formula of its own.
  func isComposite(_ node: NodeID) -> Bool {
    guard case .gate(let gate) = graph.kind(of: node) else { return false }
    return gate is any CompositeGate
  }
}

/// The local gradient of one operand, in its box: its rule, and its number or its Jacobian.
private struct LocalBox {
  private let texts: [String]
  private let matrix: WireLabel.Content?

  init(_ rule: ChainRule, _ format: NumberFormat) {
    var texts = [drawn(rule.localRule, limit: 64)]
    if let numbers = rule.numbers(decimals: format.decimals), !rule.localRule.hasSuffix("= \(numbers.local)")
    {
      texts.append("= \(numbers.localSteps ?? numbers.local)")
    }
    var matrix: WireLabel.Content?
    if let jacobian = rule.jacobian {
      let structure = jacobian.structure == .full ? "" : ", \(jacobian.structure.rawValue)"
      texts.append("Jacobian [\(jacobian.rows) x \(jacobian.columns)]\(structure)")
      matrix = jacobian.matrix.map { rows in
        let isWhole = rows.joined().allSatisfy { $0 == $0.rounded() }
        let format = isWhole ? NumberFormat(decimals: 0) : format
        return .matrix(rows.map { $0.map(format.text) })
      }
    }
    self.texts = texts
    self.matrix = matrix
  }

  var width: Int { max(texts.map { TextWidth.cell($0, size: 13) }.max() ?? 0, matrix?.width ?? 0) + 14 }
  var height: Int { 18 * texts.count + (matrix?.height ?? 0) + 8 }

  func html(_ width: Int, _ theme: Theme) -> String {
    var rows = texts.map { text in
      cell(
        width - 4, 18,
        text: font(text, theme.local, size: 13))
    }
    if let matrix { rows.append(cell(width - 4, matrix.height, text: matrix.html(theme.local))) }
    return table(rows.map { "<TR>\($0)</TR>" })
  }
}
