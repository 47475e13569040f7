/// The same elements in another shape.
struct Reshape: ViewGate {
  static let card = GateCard(
    name: "reshape", options: [.init("shape", "the new shape; one extent may be -1, which is worked out")],
    summary: "Puts the elements, in row-major order, in another shape.",
    localGradient: "dL/dx = dL/dz in the shape of x", rules: [.whole("dz.reshape(x.shape)")])

  let extents: [Int]

  init(extents: [Int]) {
    self.extents = extents
  }

  init(_ options: GateOptions) throws(OptionError) {
    guard let extents = try options.integers("shape") else { throw OptionError("a shape is needed") }
    guard extents.count(where: { $0 < 0 }) <= 1, extents.allSatisfy({ $0 >= -1 }) else {
      throw OptionError("in the shape \(extents) only one extent can be -1")
    }
    self.extents = extents
  }

  var settings: [(name: String, value: OptionValue)] {
    [("shape", .list(extents.map { .number(Double($0)) }))]
  }

  func view(of operand: Shape) throws(ShapeError) -> StridedView {
    var extents = extents
    if let open = extents.firstIndex(of: -1) {
      extents[open] = 1
      let rest = try Shape(validating: extents).count
      extents[open] = rest == 0 ? 0 : operand.count / rest
    }
    let shape = try Shape(validating: extents)
    guard shape.count == operand.count else {
      throw ShapeError(
        "reshape: shape \(operand) has \(operand.count) elements, \(Shape.text(self.extents)) does not")
    }
    return StridedView(extents: extents, strides: shape.strides)
  }
}

extension Variable {
  /// Puts the elements, in row-major order, in another shape.
  public static func reshape(
    _ x: Variable, to extents: [Int], file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(Reshape(extents: extents), to: [x], file: file, line: line)
  }
}
