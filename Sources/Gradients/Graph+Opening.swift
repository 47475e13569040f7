extension Graph {
  /// The graph with the forward pass of each composite gate in place of the gate, as an expansion of that name.
  ///
  /// Its gradients are those of the chain rule through the forward pass, whatever the gate's own backward pass says.
  ///
  /// - Parameter output: a node of this graph.
  /// - Returns: the graph, and what `output` is in it.
  /// - Throws: `ShapeError` when all of it holds too many numbers.
  public func opened(_ output: NodeID) throws(ShapeError) -> (graph: Graph, output: NodeID) {
    let hasComposite = nodes.contains { node in
      if case .gate(let gate) = kind(of: node) { gate is any CompositeGate } else { false }
    }
    guard hasComposite else { return (self, output) }
    var result = Graph()
    let copies = try copy(into: &result, inside: nil, operands: [:])
    return (result, copies[output.index])
  }

  /// Adds all nodes to another graph, in which `operands` stand for some leaves; gives what each has become.
  private func copy(
    into result: inout Graph, inside scope: ScopeID?, operands known: [NodeID: NodeID]
  ) throws(ShapeError) -> [NodeID] {
    var scopeCopies: [ScopeID] = []
    for own in scopes {
      scopeCopies.append(result.scope(own.name, in: own.parent.map { scopeCopies[$0] } ?? scope))
    }
    var copies: [NodeID] = []
    for node in nodes {
      if let operand = known[node] {
        copies.append(operand)
        continue
      }
      var annotation = annotation(of: node)
      annotation.scope = annotation.scope.map { scopeCopies[$0] } ?? scope
      let operands = operands(of: node).map { copies[$0.index] }
      let copy: NodeID
      switch kind(of: node) {
      case .input(let name): copy = result.input(name, shape: shape(of: node))
      case .constant(let tensor): copy = result.constant(tensor)
      case .gate(let gate as any CompositeGate):
        let inner = result.scope(gate.card.name, in: annotation.scope)
        let body = try gate.body.copy(
          into: &result, inside: inner,
          operands: Dictionary(zip(gate.bodyOperands, operands)) { first, _ in first })
        copy = body[gate.bodyOutput.index]
        annotation.scope = inner
      case .gate(let gate): copy = try result.apply(gate, to: operands)
      }
      // A gate that gives an operand back has no node of its own.
      if !operands.contains(copy) { result.annotate(copy) { $0 = annotation } }
      copies.append(copy)
    }
    return copies
  }
}
