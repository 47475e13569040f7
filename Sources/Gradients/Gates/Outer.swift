/// Every product of an element of one vector and an element of another.
struct Outer: TensorGate, BilinearGate, PlainGate {
  static let card = GateCard(
    name: "outer", operands: ["x", "y"],
    summary: "Multiplies each element of x, flattened, by each element of y, flattened.",
    rules: [.whole("dz @ y"), .whole("dz.T @ x")], pattern: .switcher)

  /// What is flattened first has no such rule.
  func rules(for operands: [Shape]) -> [LocalRule] { operands.allSatisfy { $0.rank == 1 } ? card.rules : [] }

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    try Shape(validating: operands.map(\.count))
  }

  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor {
    let (x, y) = (operands[0].elements, operands[1].elements)
    return Tensor(shape: Shape(x.count, y.count), elements: x.flatMap { x in y.map { x * $0 } })
  }

  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    var gradients = operands.map { Tensor(repeating: 0, shape: $0.shape) }
    let (x, y) = (operands[0].elements, operands[1].elements)
    for i in x.indices {
      for j in y.indices {
        gradients[0].elements[i] += upstream.elements[i * y.count + j] * y[j]
        gradients[1].elements[j] += upstream.elements[i * y.count + j] * x[i]
      }
    }
    return gradients
  }
}

extension Variable {
  /// Multiplies each element of x, flattened, by each element of y, flattened.
  public static func outer(
    _ x: Variable, _ y: Variable, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(Outer(), to: [x, y], file: file, line: line)
  }
}
