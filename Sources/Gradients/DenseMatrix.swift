internal import BLAS

/// A matrix of a tensor gate, in row-major order.
struct DenseMatrix {
  let rows: Int
  let columns: Int
  var elements: ContiguousArray<Double>

  init(rows: Int, columns: Int, elements: some Collection<Double>) {
    (self.rows, self.columns) = (rows, columns)
    self.elements = ContiguousArray(elements)
    precondition(
      self.elements.count == rows * columns, "\(self.elements.count) elements for \(rows) x \(columns)")
  }

  /// The product with `other`; either factor may be taken transposed.
  func times(_ other: DenseMatrix, transposed: Bool = false, otherTransposed: Bool = false) -> DenseMatrix {
    let (m, k) = transposed ? (columns, rows) : (rows, columns)
    let n = otherTransposed ? other.rows : other.columns
    precondition(k == (otherTransposed ? other.columns : other.rows), "factors that do not fit")
    // The product and the right factor share an arena; the left factor is only read.
    var arena = ContiguousArray(repeating: 0.0, count: m * n)
    arena.append(contentsOf: other.elements)
    var span = arena.mutableSpan
    addMatrixProduct(
      Factor(start: 0, isTransposed: transposed, isFixed: true),
      Factor(start: m * n, isTransposed: otherTransposed), to: 0, in: &span, fixed: elements.span,
      m: m, n: n, k: k, lanes: 1)
    return DenseMatrix(rows: m, columns: n, elements: arena[..<(m * n)])
  }

  /// The sum of each column.
  var columnSums: [Double] {
    var sums = Array(repeating: 0.0, count: columns)
    for (position, element) in elements.enumerated() { sums[position % columns] += element }
    return sums
  }
}
