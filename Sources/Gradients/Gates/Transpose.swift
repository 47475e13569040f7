/// A tensor with its axes in another order.
struct Transpose: ViewGate {
  static let card = GateCard(
    name: "transpose", symbol: "T",
    options: [.init("axes", "the axes in their new order; reversed without it")],
    summary: "Puts the axes in another order.", localGradient: "dL/dx = dL/dz with the axes put back",
    rules: [.whole("dz.T")])

  let axes: [Int]?

  init(axes: [Int]?) {
    self.axes = axes
  }

  init(_ options: GateOptions) throws(OptionError) {
    axes = try options.integers("axes")
  }

  /// Axes in an order of their own are put back in words.
  func rules(for operands: [Shape]) -> [LocalRule] { axes == nil ? card.rules : [] }

  func view(of operand: Shape) throws(ShapeError) -> StridedView {
    var order: [Int] = []
    for axis in axes ?? Array(operand.extents.indices.reversed()) { order.append(try operand.axis(axis)) }
    guard order.sorted() == Array(operand.extents.indices) else {
      throw ShapeError("transpose: axes \(axes ?? []) do not name each axis of shape \(operand) once")
    }
    return StridedView(extents: order.map { operand.extents[$0] }, strides: order.map { operand.strides[$0] })
  }
}

extension Variable {
  /// Puts the axes in another order.
  public static func transpose(
    _ x: Variable, axes: [Int]? = nil, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(Transpose(axes: axes), to: [x], file: file, line: line)
  }
}
