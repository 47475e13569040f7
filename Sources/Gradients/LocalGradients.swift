extension Gate {
  /// The gate's output for the given operands, outside any graph.
  ///
  /// - Throws: `ShapeError` for operands that do not fit, `GateError` when there is no output.
  public func output(at operands: [Tensor]) throws -> Tensor {
    var bench = try Bench(self, operands)
    try bench.forward()
    return Tensor(bench.site.output, lane: 0, of: 1, in: bench.values.span)
  }

  /// What the gate hands down to each operand for a given upstream gradient, outside any graph.
  ///
  /// An operand that is used twice has two gradients here.
  ///
  /// - Throws: `ShapeError` for operands that do not fit, `GateError` when a pass fails.
  public func downstreamGradients(_ upstream: Tensor, at operands: [Tensor]) throws -> [Tensor] {
    var bench = try Bench(self, operands)
    try bench.forward()
    precondition(
      upstream.shape == bench.site.output.shape,
      "the output has shape \(bench.site.output.shape), its gradient \(upstream.shape)")
    return try bench.backward(upstream)
  }

  /// One row of the gate's Jacobian: the gradient of one element of the output with respect to each operand.
  ///
  /// - Throws: `ShapeError` for operands that do not fit, `GateError` when a pass fails.
  public func localGradients(of element: Int = 0, at operands: [Tensor]) throws -> [Tensor] {
    var bench = try Bench(self, operands)
    try bench.forward()
    var unit = Tensor(repeating: 0, shape: bench.site.output.shape)
    unit.elements[element] = 1
    return try bench.backward(unit)
  }
}

extension Evaluation {
  /// What a gate alone hands down to each of its operands: the gradients on the wires of a branch, before they add.
  ///
  /// - Throws: `GateError` when a pass fails.
  public func downstreamGradients(of node: NodeID) throws -> [Tensor] {
    guard case .gate(let gate) = graph.kind(of: node) else { return [] }
    return try gate.downstreamGradients(
      gradient(of: node), at: graph.operands(of: node).map { value(of: $0) })
  }
}

/// A gate alone in an arena of its own.
private struct Bench {
  let gate: any Gate
  let site: Site
  var values: ContiguousArray<Double>

  init(_ gate: any Gate, _ operands: [Tensor]) throws {
    self.gate = gate
    values = []
    var places: [Operand] = []
    for operand in operands {
      places.append(Operand(start: values.count, shape: operand.shape))
      values.append(contentsOf: operand.elements)
    }
    let output = Operand(start: values.count, shape: try gate.outputShape(for: operands.map(\.shape)))
    values.append(contentsOf: repeatElement(0, count: output.shape.count))
    site = Site(operands: places, output: output, lanes: 1)
  }

  mutating func forward() throws(GateError) {
    let (gate, site) = (gate, site)
    var span = values.mutableSpan
    try gate.forward(&span, at: site)
  }

  func backward(_ upstream: Tensor) throws(GateError) -> [Tensor] {
    var gradients = ContiguousArray<Double>(repeating: 0, count: values.count)
    for (i, gradient) in upstream.elements.enumerated() { gradients[site.output.start + i] = gradient }
    var span = gradients.mutableSpan
    try gate.backward(&span, values: values.span, at: site)
    return site.operands.map { Tensor($0, lane: 0, of: 1, in: gradients.span) }
  }
}
