/// Elements of a tensor by index arrays, as numpy's `x[i, j]`.
struct Gather: TensorGate, LinearGate, PlainGate {
  static let card = GateCard(
    name: "gather", symbol: "[ ]", operands: ["x", "index"], isVariadic: true, labels: [1],
    summary: "Takes the elements, or rows, of x that index arrays name; formulas write x[arange(N), y].",
    localGradient: "1 for what is taken, as often as it is taken, 0 for the rest", pattern: .router)

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    let indices = operands.dropFirst()
    guard !indices.isEmpty, indices.count <= operands[0].rank else {
      throw ShapeError("gather: \(indices.count) index arrays do not fit shape \(operands[0])")
    }
    var common = Shape.scalar
    for index in indices { common = try common.broadcast(with: index) }
    return try Shape(validating: common.extents + operands[0].extents.dropFirst(indices.count))
  }

  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor {
    let (shape, offsets) = try offsets(operands)
    return Tensor(shape: shape, elements: offsets.map { operands[0].elements[$0] })
  }

  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    var gradients = operands.map { Tensor(repeating: 0, shape: $0.shape) }
    for (offset, gradient) in zip(try offsets(operands).1, upstream.elements) {
      gradients[0].elements[offset] += gradient
    }
    return gradients
  }

  private func offsets(_ operands: [Tensor]) throws(GateError) -> (Shape, [Int]) {
    let x = operands[0].shape
    let indices = operands.dropFirst()
    let shape: Shape
    do throws(ShapeError) {
      shape = try outputShape(for: operands.map(\.shape))
    } catch {
      throw GateError(error.description)
    }
    let run = x.extents.dropFirst(indices.count).reduce(1, *)
    let common = Shape(Array(shape.extents.prefix(shape.rank - (x.rank - indices.count))))
    var starts = Array(repeating: 0, count: common.count)
    for (axis, index) in indices.enumerated() {
      let view = StridedView.broadcasting(index.shape, to: common).offsets
      for (i, offset) in view.enumerated() {
        let number = index.elements[offset]
        guard let position = Int(exactly: number), (-x.extents[axis]..<x.extents[axis]).contains(position)
        else {
          throw GateError(
            "index \(NumberText.short(number)) is out of bounds for axis \(axis) of shape \(x)")
        }
        starts[i] += (position < 0 ? position + x.extents[axis] : position) * x.strides[axis]
      }
    }
    return (shape, starts.flatMap { start in (0..<run).map { start + $0 } })
  }
}
