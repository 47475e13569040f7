/// The matrix products that a product of stacks of matrices is made of.
struct MatrixStack {
  /// Rows of the left matrix, columns of the right one, and what they share.
  let m, n, k: Int
  private let x, y: Shape
  /// What the matrices are stacked in; scalars where there is one.
  private let left, right, stack: Shape

  init(_ x: Shape, _ y: Shape) throws(ShapeError) {
    guard x.rank > 0, y.rank > 0 else {
      throw ShapeError("matmul: shapes \(x) and \(y): a scalar is multiplied with '*'")
    }
    (self.x, self.y) = (x, y)
    m = x.rank == 1 ? 1 : x.extents[x.rank - 2]
    k = x.extents[x.rank - 1]
    n = y.rank == 1 ? 1 : y.extents[y.rank - 1]
    let rowCount = y.extents[max(y.rank - 2, 0)]
    guard k == rowCount else {
      throw ShapeError(
        "matmul: shapes \(x) and \(y) do not fit: \(k) columns on the left, \(rowCount) rows on the right")
    }
    guard x.rank > 2 || y.rank > 2 else {
      (left, right, stack) = (.scalar, .scalar, .scalar)
      return
    }
    left = try Shape(validating: Array(x.extents.dropLast(2)))
    right = try Shape(validating: Array(y.extents.dropLast(2)))
    stack = try left.broadcast(with: right)
  }

  /// The extents of the output.
  var output: [Int] { stack.extents + (x.rank == 1 ? [] : [m]) + (y.rank == 1 ? [] : [n]) }

  /// The stack at a site whose shapes have been checked.
  init(_ site: Site) throws(GateError) {
    do throws(ShapeError) {
      try self.init(site.operands[0].shape, site.operands[1].shape)
    } catch {
      throw GateError(error.description)
    }
  }

  /// Where the matrices of each product begin.
  var products: [(x: Int, y: Int, z: Int)] {
    if stack.rank == 0 { return [(0, 0, 0)] }
    let x = StridedView.broadcasting(left, to: stack).offsets
    let y = StridedView.broadcasting(right, to: stack).offsets
    return x.indices.map { (x[$0] * m * k, y[$0] * k * n, $0 * m * n) }
  }
}
