/// Tensors of one shape laid beside one another along a new axis.
struct Stack: TensorGate, LinearGate, CatalogGate {
  static let card = GateCard(
    name: "stack", isVariadic: true, options: [.init("axis", "where the new axis stands; first without it")],
    summary: "Lays tensors of one shape beside one another along a new axis.",
    localGradient: "dL/dx = the part of dL/dz that came from x", pattern: .router)

  private let axis: Int

  init(axis: Int) {
    self.axis = axis
  }

  init(_ options: GateOptions) throws(OptionError) {
    axis = try options.integer("axis") ?? 0
  }

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    for shape in operands where shape != operands[0] {
      throw ShapeError("stack: shapes \(operands[0]) and \(shape) differ")
    }
    var extents = operands[0].extents
    let position = axis < 0 ? axis + extents.count + 1 : axis
    guard (0...extents.count).contains(position) else {
      throw ShapeError("stack: a new axis cannot stand at \(axis) in shape \(operands[0])")
    }
    extents.insert(operands.count, at: position)
    return try Shape(validating: extents)
  }

  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor {
    let shape = try Joint.shape { () throws(ShapeError) in try outputShape(for: operands.map(\.shape)) }
    return joint(operands).joined(operands, shape)
  }

  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    joint(operands).parted(upstream)
  }

  /// A stack is a joint along an axis of extent 1.
  private func joint(_ operands: [Tensor]) -> Joint {
    let rank = operands[0].shape.rank + 1
    return Joint(operands.map(\.shape), axis: axis < 0 ? axis + rank : axis)
  }
}

extension Variable {
  /// Lays tensors of one shape beside one another along a new axis.
  public static func stack(
    _ operands: [Variable], axis: Int = 0, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(Stack(axis: axis), to: operands, file: file, line: line)
  }
}
