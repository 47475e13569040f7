/// A gate that takes and gives whole tensors, as the lecture writes one: `forward` returns the output, `backward`
/// a gradient for each operand.
public protocol TensorGate: Gate {
  /// The output for the given operands.
  ///
  /// - Throws: `GateError` when there is none.
  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor

  /// The gradient of each operand, in its operand's shape: the upstream gradient times the local gradient.
  ///
  /// - Throws: `GateError` when the backward pass fails.
  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor]

  /// The line of a text that gives the gradient of an operand; nil for a gate that is not written in one.
  func gradientLine(of position: Int) -> Int?
}

extension TensorGate {
  /// No line: the gate is written in Swift, or runs elsewhere.
  public func gradientLine(of position: Int) -> Int? { nil }

  /// Computes the output at `site`.
  public func forward(_ values: inout MutableSpan<Double>, at site: Site) throws(GateError) {
    for lane in 0..<site.lanes {
      let operands = site.operands.map { Tensor($0, lane: lane, of: site.lanes, in: values.span) }
      let output = try forward(operands)
      guard output.shape == site.output.shape else {
        throw GateError(
          "gate '\(card.name)' gave an output of shape \(output.shape) where \(site.output.shape) was expected"
        )
      }
      for (i, value) in output.elements.enumerated() {
        values[site.output.start + i * site.lanes + lane] = value
      }
    }
  }

  /// Adds to the gradients of the operands at `site`: of all that fit, if some do not.
  public func backward(
    _ gradients: inout MutableSpan<Double>, values: Span<Double>, at site: Site
  ) throws(GateError) {
    var misfits: [Int] = []
    var message = ""
    for lane in 0..<site.lanes {
      let results = try backward(
        upstream: Tensor(site.output, lane: lane, of: site.lanes, in: gradients.span),
        operands: site.operands.map { Tensor($0, lane: lane, of: site.lanes, in: values) },
        output: Tensor(site.output, lane: lane, of: site.lanes, in: values))
      guard results.count == site.operands.count else {
        throw GateError(
          "gate '\(card.name)' gave \(results.count) gradients for its \(site.operands.count) operands")
      }
      for (position, (result, operand)) in zip(results, site.operands).enumerated() {
        guard result.shape == operand.shape else {
          guard !misfits.contains(position) else { continue }
          misfits.append(position)
          guard message.isEmpty else { continue }
          let line = gradientLine(of: position).map { " on line \($0)" } ?? ""
          message = """
            gate '\(card.name)' gave operand '\(card.operandName(position))' of shape \(operand.shape) \
            a gradient of shape \(result.shape)\(line)
            """
          continue
        }
        for (i, gradient) in result.elements.enumerated() {
          gradients[operand.start + i * site.lanes + lane] += gradient
        }
      }
    }
    if !misfits.isEmpty { throw GateError(message, operands: misfits) }
  }
}

extension GateCard {
  /// The name of the operand at `position`.
  public func operandName(_ position: Int) -> String {
    if isVariadic || operands.isEmpty { return "\(operands.last ?? "x")\(position)" }
    return operands[min(position, operands.count - 1)]
  }
}

extension Tensor {
  /// Copies one lane of an operand out of an arena.
  public init(_ operand: Operand, lane: Int, of lanes: Int, in arena: Span<Double>) {
    var elements: [Double] = []
    elements.reserveCapacity(operand.shape.count)
    for i in 0..<operand.shape.count {
      elements.append(arena[operand.start + i * lanes + lane])
    }
    self.init(shape: operand.shape, elements: elements)
  }
}
