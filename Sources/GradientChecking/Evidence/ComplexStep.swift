internal import Gradients

extension Evaluation {
  /// The step: its square vanishes beside any number.
  private static var step: Double { 0x1p-664 }

  /// The derivative of each element of `output` along a path, by the complex step; NaN where two steps differ, as at a
  /// root's end or where the derivative is too small for it.
  ///
  /// - Throws: `GateError` that names a gate without a complex forward pass.
  func complexDerivatives(of output: NodeID, along path: Line.Path) throws(GateError) -> [Double] {
    let derivatives = try complexDerivatives(of: output, along: path, step: Self.step)
    let isPlain = derivatives.allSatisfy { 0x1p-200 < $0.magnitude && $0.magnitude < 0x1p100 }
    if isPlain { return derivatives }
    let others = try complexDerivatives(of: output, along: path, step: 0x1p-60)
    return zip(derivatives, others).map { first, second in
      (first - second).magnitude <= 1e-6 * second.magnitude ? first : .nan
    }
  }

  private func complexDerivatives(
    of output: NodeID, along path: Line.Path, step: Double
  ) throws(GateError) -> [Double] {
    let moved: [(node: NodeID, imaginary: Tensor)]
    switch path {
    case .element(let element, of: let node):
      var imaginary = Tensor(repeating: 0, shape: graph.shape(of: node))
      imaginary.elements[element] = step
      moved = [(node, imaginary)]
    case .direction(let direction):
      moved = direction.weights.map { node, weights in
        (node, Tensor(shape: weights.shape, elements: weights.elements.map { $0 * step }))
      }
    }
    return try imaginaryPart(of: output, moving: moved).elements.map { $0 / step }
  }
}

extension Graph {
  /// Makes sure that the complex step can be taken on the way to `output`.
  ///
  /// - Throws: `GateError` that names, with its place, a gate without a complex forward pass.
  func requireComplexGates(upTo output: NodeID) throws(GateError) {
    let reached = ancestors(of: output)
    let varies = descendantsOfInputs
    for node in nodes where reached[node.index] && varies[node.index] {
      guard case .gate(let gate) = kind(of: node) else { continue }
      let place = annotation(of: node).place.map { " at \($0)" } ?? ""
      if let composite = gate as? any CompositeGate {
        do throws(GateError) {
          try composite.body.requireComplexGates(upTo: composite.bodyOutput)
        } catch {
          throw GateError("in gate '\(gate.card.name)'\(place): \(error.description)")
        }
      } else if !(gate is any ComplexGate) {
        throw GateError(
          "gate '\(gate.card.name)'\(place) has no complex forward pass; check by finite differences instead")
      }
    }
  }

  /// For each node, whether an input changes it.
  var descendantsOfInputs: [Bool] {
    var varies = Array(repeating: false, count: count)
    for node in nodes {
      switch kind(of: node) {
      case .input: varies[node.index] = true
      case .constant: break
      case .gate: varies[node.index] = operands(of: node).contains { varies[$0.index] }
      }
    }
    return varies
  }
}
