/// An array of numbers of a given shape, in row-major order.
public struct Tensor: Equatable, Sendable {
  /// The extents.
  public let shape: Shape

  /// The numbers, the last axis varying fastest.
  public var elements: [Double]

  /// Makes a tensor of `elements`, of which there must be as many as `shape` has.
  public init(shape: Shape, elements: [Double]) {
    precondition(elements.count == shape.count, "\(elements.count) elements do not fill shape \(shape)")
    self.shape = shape
    self.elements = elements
  }

  /// Makes a tensor that holds `value` everywhere.
  public init(repeating value: Double, shape: Shape) {
    self.init(shape: shape, elements: Array(repeating: value, count: shape.count))
  }

  /// Makes a scalar.
  public init(_ value: Double) {
    self.init(shape: .scalar, elements: [value])
  }

  /// Makes a vector.
  public init(_ elements: [Double]) {
    self.init(shape: Shape(elements.count), elements: elements)
  }

  /// Makes a matrix of rows, which must be equally long.
  public init(_ rows: [[Double]]) {
    let width = rows.first?.count ?? 0
    precondition(rows.allSatisfy { $0.count == width }, "rows of lengths \(rows.map(\.count)) make no matrix")
    self.init(shape: Shape(rows.count, width), elements: rows.flatMap { $0 })
  }
}
