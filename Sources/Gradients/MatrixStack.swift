/// The matrix products that a product of stacks of matrices is made of.
struct MatrixStack {
  /// Rows of the left matrix, columns of the right one, and what they share.
  let m, n, k: Int
  /// Whether the product has rows and columns: a vector gives none.
  private let hasRows, hasColumns: Bool
  /// What the matrices are stacked in; nil where there is one.
  private let stacks: (left: Shape, right: Shape, both: Shape)?

  init(_ x: Shape, _ y: Shape) throws(ShapeError) {
    guard x.rank > 0, y.rank > 0 else {
      throw ShapeError("matmul: shapes \(x) and \(y): a scalar is multiplied with '*'")
    }
    (hasRows, hasColumns) = (x.rank > 1, y.rank > 1)
    m = x.rank == 1 ? 1 : x.extents[x.rank - 2]
    k = x.extents[x.rank - 1]
    n = y.rank == 1 ? 1 : y.extents[y.rank - 1]
    let rowCount = y.extents[max(y.rank - 2, 0)]
    guard k == rowCount else {
      throw ShapeError(
        "matmul: shapes \(x) and \(y) do not fit: \(k) columns on the left, \(rowCount) rows on the right")
    }
    guard x.rank > 2 || y.rank > 2 else {
      stacks = nil
      return
    }
    let left = try Shape(validating: Array(x.extents.dropLast(2)))
    let right = try Shape(validating: Array(y.extents.dropLast(2)))
    stacks = (left, right, try left.broadcast(with: right))
  }

  /// The extents of the output.
  var output: [Int] { (stacks?.both.extents ?? []) + (hasRows ? [m] : []) + (hasColumns ? [n] : []) }

  /// The stack at a site whose shapes have been checked.
  init(_ site: Site) throws(GateError) {
    do throws(ShapeError) {
      try self.init(site.operands[0].shape, site.operands[1].shape)
    } catch {
      throw GateError(error.description)
    }
  }

  /// Made once, as it is asked for in every pass.
  private static let single = [(x: 0, y: 0, z: 0)]

  /// Where the matrices of each product begin.
  var products: [(x: Int, y: Int, z: Int)] {
    guard let stacks else { return Self.single }
    let x = StridedView.broadcasting(stacks.left, to: stacks.both).offsets
    let y = StridedView.broadcasting(stacks.right, to: stacks.both).offsets
    return x.indices.map { (x[$0] * m * k, y[$0] * k * n, $0 * m * n) }
  }
}
