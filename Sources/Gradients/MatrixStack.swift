/// The matrix products that a product of stacks of matrices is made of.
struct MatrixStack {
  /// Rows of the left matrix, columns of the right one, and what they share.
  let m, n, k: Int
  /// The extents of the output.
  let output: [Int]
  private let stack: Shape
  private let left: Shape
  private let right: Shape

  init(_ x: Shape, _ y: Shape) throws(ShapeError) {
    guard x.rank > 0, y.rank > 0 else {
      throw ShapeError("matmul: shapes \(x) and \(y): a scalar is multiplied with '*'")
    }
    let rows = x.rank == 1 ? [1, x.extents[0]] : Array(x.extents.suffix(2))
    let columns = y.rank == 1 ? [y.extents[0], 1] : Array(y.extents.suffix(2))
    guard rows[1] == columns[0] else {
      throw ShapeError(
        "matmul: shapes \(x) and \(y) do not fit: \(rows[1]) columns on the left, \(columns[0]) rows on the right"
      )
    }
    (m, k, n) = (rows[0], rows[1], columns[1])
    left = try Shape(validating: Array(x.extents.dropLast(2)))
    right = try Shape(validating: Array(y.extents.dropLast(2)))
    stack = try left.broadcast(with: right)
    output = stack.extents + (x.rank == 1 ? [] : [m]) + (y.rank == 1 ? [] : [n])
  }

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
