internal import ComplexModule

/// The largest of several numbers (Goodfellow and others 2013).
struct Maxout: TensorGate, ComplexGate, PiecewiseTensorGate, PlainGate {
  static let card = GateCard(
    name: "maxout", isVariadic: true, summary: "Takes the largest of its operands, element by element.",
    localGradient: "1 for the largest operand, 0 for the others", rules: [.local("x == z")],
    convention: "operands that tie share the gradient evenly", pattern: .router)

  var broadcastsOperands: Bool { true }

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    for shape in operands where shape != operands[0] {
      throw ShapeError("maxout: shapes \(operands[0]) and \(shape) differ")
    }
    return operands[0]
  }

  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor {
    Tensor(shape: operands[0].shape, elements: largest(operands.map(\.elements)))
  }

  func imaginaryOutput(real: [Tensor], imaginary: [Tensor]) throws(GateError) -> Tensor {
    let operands = zip(real, imaginary).map { [Complex](real: $0.elements, imaginary: $1.elements) }
    return Tensor(shape: real[0].shape, elements: largest(operands).map(\.imaginary))
  }

  private func largest<Number: AnalyticNumber>(_ operands: [[Number]]) -> [Number] {
    operands[0].indices.map { i in
      operands.dropFirst().reduce(operands[0][i]) { Maximum().value($0, $1[i]) }
    }
  }

  /// Which operands are the largest, for each element.
  func branches(_ operands: [Tensor]) -> [Int] {
    operands[0].elements.indices.flatMap { i in
      let largest = operands.lazy.map { $0.elements[i] }.max()
      return operands.indices.filter { operands[$0].elements[i] == largest } + [-1]
    }
  }

  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    var gradients = operands.map { Tensor(repeating: 0, shape: $0.shape) }
    for (i, largest) in output.elements.enumerated() {
      let chosen = operands.indices.filter { operands[$0].elements[i] == largest }
      for position in chosen { gradients[position].elements[i] = upstream.elements[i] / Double(chosen.count) }
    }
    return gradients
  }
}

extension Variable {
  /// Takes the largest of its operands, element by element.
  public static func maxout(
    _ operands: [Variable], file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(Maxout(), to: operands, file: file, line: line)
  }
}
