internal import Gradients

/// Both passes as straight-line code, a line for each gate and for each gradient it hands down.
struct FlatCode {
  let lines: [String]

  init(_ graph: Graph, _ rules: ChainRules, output: NodeID) {
    let names = rules.names
    let reached = graph.ancestors(of: output)
    var lines = ["# forward"]
    for node in graph.nodes where reached[node.index] && graph.number(at: node) == nil {
      guard case .gate = graph.kind(of: node) else { continue }
      let operands = graph.operands(of: node).map { names[$0] }
      lines.append("\(names[node]) = \(graph.expression(of: node, operands))")
    }
    let shape = graph.shape(of: output)
    lines += ["# backward", "d\(names[output]) = \(shape == .scalar ? "1" : "ones(\(shape))")"]
    var known: Set<NodeID> = []
    for edge in rules.rules {
      guard case .gate(let gate) = graph.kind(of: edge.gate) else { continue }
      let operands = graph.operands(of: edge.gate)
      let upstream = "d\(names[edge.gate])"
      let shapes = operands.map { graph.shape(of: $0) }
      let rule = gate.rule(
        of: edge.position, for: shapes, words: (operands.map { names[$0] }, names[edge.gate], upstream))
      var text: String
      switch rule {
      case .whole(let whole): text = whole
      case .local("1"): text = upstream
      case .local("-1"): text = "-\(upstream)"
      case .local(let local): text = "\(upstream) * \(local.contains(" ") ? "(\(local))" : local)"
      case nil: text = "...  # \(edge.localRule)"
      }
      // A number alone does not fill a tensor.
      if case .local(let local) = rule, Arithmetic.value(of: local) != nil,
        graph.shape(of: edge.gate) != shapes[edge.position]
      {
        text += " * ones(\(shapes[edge.position]))"
      }
      let sign = known.insert(edge.operand).inserted ? "=" : "+="
      lines.append("d\(names[edge.operand]) \(sign) \(text)")
    }
    self.lines = lines
  }
}
