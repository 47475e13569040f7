/// One of two numbers, by a mask.
struct Where: TensorGate, LinearGate, PiecewiseTensorGate, PlainGate {
  static let card = GateCard(
    name: "where", operands: ["mask", "x", "y"], labels: [0],
    summary: "Takes x where the mask is not 0, and y elsewhere.",
    localGradient: "1 for the operand that is taken, 0 for the other",
    rules: [.local("0"), .local("mask != 0"), .local("mask == 0")], pattern: .router)

  var broadcastsOperands: Bool { true }

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    for shape in operands where shape != operands[0] {
      throw ShapeError("where: shapes \(operands[0]) and \(shape) differ")
    }
    return operands[0]
  }

  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor {
    let mask = operands[0].elements
    return Tensor(
      shape: operands[0].shape,
      elements: mask.indices.map { operands[mask[$0] != 0 ? 1 : 2].elements[$0] })
  }

  func branches(_ operands: [Tensor]) -> [Int] { operands[0].elements.map { $0 != 0 ? 1 : 0 } }

  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    let pairs = zip(operands[0].elements, upstream.elements)
    let shape = upstream.shape
    return [
      Tensor(repeating: 0, shape: shape),
      Tensor(shape: shape, elements: pairs.map { $0 != 0 ? $1 : 0 }),
      Tensor(shape: shape, elements: pairs.map { $0 != 0 ? 0 : $1 }),
    ]
  }
}

extension Variable {
  /// Takes x where the mask is not 0, and y elsewhere.
  public static func `where`(
    _ mask: Variable, _ x: Variable, _ y: Variable, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(Where(), to: [mask, x, y], file: file, line: line)
  }
}
