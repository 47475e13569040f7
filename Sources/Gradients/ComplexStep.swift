extension Evaluation {
  /// The imaginary part of `output` where some nodes have an imaginary part too.
  ///
  /// Divided by a step so small that its square vanishes, it is the derivative along that step without truncation or
  /// cancellation (W. Squire and G. Trapp, Using complex variables to estimate derivatives of real functions, 1998).
  ///
  /// - Throws: `GateError` that names a gate on the way which has no complex forward pass.
  public func imaginaryPart(
    of output: NodeID, moving moved: [(node: NodeID, imaginary: Tensor)]
  ) throws(GateError) -> Tensor {
    var parts: [NodeID: Tensor] = [:]
    for (node, imaginary) in moved { parts[node] = imaginary }
    guard let first = moved.map(\.node).min(), first <= output else {
      return Tensor(repeating: 0, shape: graph.shape(of: output))
    }
    for index in first.index...output.index where graph.table[index].gate >= 0 {
      let node = NodeID(index: index)
      let operands = graph.operands(of: node)
      guard parts[node] == nil, operands.contains(where: { parts[$0] != nil }),
        case .gate(let gate) = graph.kind(of: node)
      else { continue }
      guard let gate = gate as? any ComplexGate else {
        throw GateError("gate '\(gate.card.name)' has no complex forward pass")
      }
      parts[node] = try gate.imaginaryOutput(
        real: operands.map { value(of: $0) },
        imaginary: operands.map { parts[$0] ?? Tensor(repeating: 0, shape: graph.shape(of: $0)) })
    }
    return parts[output] ?? Tensor(repeating: 0, shape: graph.shape(of: output))
  }
}
