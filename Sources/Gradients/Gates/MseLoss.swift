/// The mean of squared differences over all elements.
struct MseLoss: TensorGate, PlainGate {
  static let card = GateCard(
    name: "mse_loss", operands: ["x", "y"], summary: "Takes the mean of (x - y)^2 over all elements.",
    rules: [.local("2 * (x - y) / n"), .local("-2 * (x - y) / n")])

  var broadcastsOperands: Bool { true }

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    guard operands[0] == operands[1] else {
      throw ShapeError("mse_loss: shapes \(operands[0]) and \(operands[1]) differ")
    }
    return .scalar
  }

  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor {
    let (x, y) = (operands[0].elements, operands[1].elements)
    return Tensor(zip(x, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(x.count))
  }

  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    let scale = 2 * upstream.elements[0] / Double(operands[0].shape.count)
    let gradient = zip(operands[0].elements, operands[1].elements).map { scale * ($0 - $1) }
    return [
      Tensor(shape: operands[0].shape, elements: gradient),
      Tensor(shape: operands[1].shape, elements: gradient.map { -$0 }),
    ]
  }
}

extension Variable {
  /// Takes the mean of (x - y)^2 over all elements.
  public static func mseLoss(
    _ x: Variable, _ y: Variable, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(MseLoss(), to: [x, y], file: file, line: line)
  }
}
