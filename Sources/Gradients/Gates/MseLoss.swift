internal import ComplexModule
internal import RealModule

/// The mean of squared differences over all elements.
struct MseLoss: TensorGate, ComplexGate, PlainGate {
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
    Tensor(loss(operands[0].elements, operands[1].elements))
  }

  func imaginaryOutput(real: [Tensor], imaginary: [Tensor]) throws(GateError) -> Tensor {
    let operands = zip(real, imaginary).map { [Complex](real: $0.elements, imaginary: $1.elements) }
    return Tensor(loss(operands[0], operands[1]).imaginary)
  }

  private func loss<Number: AnalyticNumber>(_ x: [Number], _ y: [Number]) -> Number {
    let squares: Number = zip(x, y).reduce(0) { $0 + Square().value($1.0 - $1.1) }
    return squares / Number(Double(x.count))
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
