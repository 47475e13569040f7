internal import Gradients

extension Tape {
  /// Writes down a run of what `output` is computed from, as a picture of these options draws it.
  init(
    _ graph: Graph, _ evaluation: borrowing Evaluation, output: NodeID, title: String, source: String,
    options: DiagramOptions
  ) throws {
    let drawn = try DrawnGraph(graph, output: output).folded(options.folding, graph, output: output)
    let run = try DrawnRun(graph, evaluation, drawn, output: output, title: title, options: options)
    let subject = Diagram.Subject(title: title, source: source, origin: Diagram.Origin())
    let writer = DiagramWriter(run, subject, options, marks: Diagram.Marks())
    let names = NodeNames(graph, output: output, title: title, longestLabel: 5)
    let chainRules = try ChainRules(graph, evaluation, output: output, names: names)
    let rules = Dictionary(grouping: chainRules.rules, by: \.gate)
    let reached = graph.ancestors(of: output)
    let nodes = graph.nodes.filter { reached[$0.index] }
    var positions: [NodeID: Int] = [:]
    for (position, node) in nodes.enumerated() { positions[node] = position }
    func position(_ node: NodeID) -> Int { positions[node] ?? 0 }
    let gates = run.drawn.elements.filter { !$0.isLeaf }
    var elements: [NodeID: DrawnGraph.Element] = [:]
    for element in gates { elements[element.node] = element }

    self.title = title
    let last = graph.annotation(of: output)
    formula = last.scope == nil ? last.label : nil
    self.source = source
    self.output = position(output)
    // The page shows each local gradient, so the products of those must come out as well.
    let numbers = chainRules.rules.compactMap(\.scalars).flatMap { [$0.upstream, $0.local, $0.downstream] }
    decimals =
      options.decimals ?? max(run.format.decimals, chainRules.format(for: numbers).decimals)
    wires = Self.wires(writer, position)
    func step(_ pass: Step.Pass, _ element: DrawnGraph.Element) -> Step {
      Step(pass: pass, node: position(element.node), gates: element.gates.map(position))
    }
    steps =
      [Step(pass: .inputs, node: nil, gates: [])] + gates.map { step(.forward, $0) }
      + [Step(pass: .seed, node: nil, gates: [])] + gates.reversed().map { step(.backward, $0) }
    self.nodes = try nodes.map { node in
      let annotation = graph.annotation(of: node)
      let isDrawn = run.value(of: node) != nil
      let isDifferentiated = isDrawn ? run.gradient(of: node) != nil : graph.isDifferentiated(node)
      var written = Node(
        id: node.description, kind: .constant, name: annotation.name ?? "", label: annotation.label ?? "",
        symbol: names[node], shape: graph.shape(of: node).extents,
        value: Self.elements(evaluation.value(of: node)), isDifferentiated: isDifferentiated,
        gradient: isDifferentiated ? Self.elements(evaluation.gradient(of: node)) : [])
      switch graph.kind(of: node) {
      case .constant: break
      case .input: written.kind = .input
      case .gate(let gate):
        written.kind = .gate
        written.gate = Gate(
          gate, element: elements[node], line: annotation.place?.line,
          operands: graph.operands(of: node).map(position), rules: (rules[node] ?? []).map(Rule.init),
          downstream: try evaluation.downstreamGradients(of: node).map(Self.elements),
          surroundings: elements[node].map { Self.surroundings(of: $0, writer) } ?? [])
      }
      return written
    }
  }

  /// The numbers of a tensor; none of one that is too large to be looked at.
  private static func elements(_ tensor: Tensor) -> [Double] {
    tensor.shape.count <= TensorText.largestCount ? tensor.elements : []
  }

  /// The parts of the drawing that show a value and a gradient.
  private static func wires(_ writer: DiagramWriter, _ position: (NodeID) -> Int) -> [Wire] {
    var wires: [Wire] = []
    for element in writer.run.drawn.elements {
      for node in element.isBundle ? [element.node] : element.outputs {
        wires.append(Wire(id: writer.wire(node), node: position(node), uses: nil))
      }
      for (number, wire) in element.wires.enumerated() where writer.branches(wire.source) {
        guard wire.uses.allSatisfy({ $0.operand == wire.source }) else { continue }
        wires.append(
          Wire(
            id: "\(writer.circle(element.node))_\(number)", node: position(wire.source),
            uses: wire.uses.map { Use(gate: position($0.gate), operand: $0.position) }))
      }
    }
    return wires
  }

  /// The names of what leads to a gate and from it; not all of them are drawn where a wire does not branch.
  private static func surroundings(of element: DrawnGraph.Element, _ writer: DiagramWriter) -> [String] {
    let outputs = element.outputs.map(writer.wire).flatMap { [$0, "\($0)_edge"] }
    return outputs
      + element.wires.enumerated().flatMap { number, wire in
        let own = "\(writer.circle(element.node))_\(number)"
        let source = [writer.wire(wire.source), "\(writer.branch(wire.source))_edge"]
        return source + [own, "\(own)_edge", "\(own)_branch_edge"]
      }
  }
}

extension Tape.Gate {
  fileprivate init(
    _ gate: any Gradients.Gate, element: DrawnGraph.Element?, line: Int?, operands: [Int], rules: [Tape.Rule],
    downstream: [[Double]], surroundings: [String]
  ) {
    self.gate = gate.card.name
    switch element?.content {
    case .box(let name, let gates):
      box = Tape.Box(name: name, gateCount: gates.count)
      sign = name
    case .gate(let symbol):
      box = nil
      sign = symbol
    default:
      box = nil
      sign = gate.card.symbol
    }
    pattern = gate.card.pattern?.rawValue
    self.line = line
    self.operands = operands
    var options: [String: Double] = [:]
    var axes: [Int]?
    for (name, value) in gate.settings {
      switch value {
      case .number(let number): options[name] = number
      case .list(let items) where name == "axis":
        axes = items.compactMap { if case .number(let number) = $0 { Int(exactly: number) } else { nil } }
      default: break
      }
    }
    self.options = options
    self.axes = axes
    self.rules = rules
    self.downstream = downstream
    self.surroundings = surroundings
  }
}

extension Tape.Rule {
  fileprivate init(_ rule: ChainRule) {
    operand = rule.position
    downstream = rule.downstream.description
    upstream = rule.upstream.description
    local = rule.local.description
    text = rule.rule?.template
    isWhole = if case .whole = rule.rule { true } else { false }
    words = rule.localRule
    shapes = rule.shapes
    isScalar = rule.scalars != nil
    template = rule.scalars.flatMap { scalars in
      let operands = scalars.constants.enumerated().map { $1 ?? "{\($0)}" }
      return scalars.fills(operands, "{z}")
    }
  }
}
