/// Tensors joined along an axis.
struct Concatenate: TensorGate, LinearGate, CatalogGate {
  static let card = GateCard(
    name: "concatenate", isVariadic: true, options: [.init("axis", "the axis; the first one without it")],
    summary: "Joins tensors along an axis that they have.",
    localGradient: "dL/dx = the part of dL/dz that came from x",
    pattern: .router)

  private let axis: Int

  init(axis: Int) {
    self.axis = axis
  }

  init(_ options: GateOptions) throws(OptionError) {
    axis = try options.integer("axis") ?? 0
  }

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    let axis = try operands[0].axis(axis)
    var extents = operands[0].extents
    for shape in operands.dropFirst() {
      var (mine, theirs) = (operands[0].extents, shape.extents)
      guard mine.count == theirs.count else {
        throw ShapeError("concatenate: shapes \(operands[0]) and \(shape) have different numbers of axes")
      }
      (mine[axis], theirs[axis]) = (0, 0)
      guard mine == theirs else {
        throw ShapeError("concatenate: shapes \(operands[0]) and \(shape) differ beside axis \(axis)")
      }
      extents[axis] += shape.extents[axis]
    }
    return try Shape(validating: extents)
  }

  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor {
    let shape = try Joint.shape { () throws(ShapeError) in try outputShape(for: operands.map(\.shape)) }
    return Joint(operands.map(\.shape), axis: axis).joined(operands, shape)
  }

  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    Joint(operands.map(\.shape), axis: axis).parted(upstream)
  }
}

extension Variable {
  /// Joins tensors along an axis that they have.
  public static func concatenate(
    _ operands: [Variable], axis: Int = 0, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(Concatenate(axis: axis), to: operands, file: file, line: line)
  }
}
