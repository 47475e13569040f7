extension Tensor: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  /// A number is a tensor without axes.
  public init(floatLiteral value: Double) {
    self.init(value)
  }

  /// A number is a tensor without axes.
  public init(integerLiteral value: Int) {
    self.init(Double(value))
  }
}

extension Tensor: ExpressibleByArrayLiteral {
  /// A list of tensors of one shape is a tensor with one axis more: `[[1, 2], [3, 4]]` has shape (2, 2).
  public init(arrayLiteral rows: Tensor...) {
    let shape = rows.first?.shape ?? .scalar
    precondition(
      rows.allSatisfy { $0.shape == shape }, "rows of shapes \(rows.map(\.shape)) make no tensor")
    self.init(shape: Shape([rows.count] + shape.extents), elements: rows.flatMap(\.elements))
  }
}
