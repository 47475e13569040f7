internal import BLAS

/// A fully connected layer (CS231n notes, neural-networks-1).
///
/// x of shape (N, d1, ..., dk) is taken as N rows of D = d1 ... dk numbers; w has shape (D, M), b has shape (M,), and the
/// output (N, M).
struct Affine: BilinearGate, PlainGate {
  static let card = GateCard(
    name: "affine", operands: ["x", "w", "b"],
    summary: "Computes x @ w + b, each example of x laid out as a row.",
    rules: [.whole("dz @ w.T"), .whole("x.T @ dz"), .whole("sum(dz, axis=0)")])

  /// Examples that are laid out as rows first have no such rule.
  func rules(for operands: [Shape]) -> [LocalRule] { operands[0].rank == 2 ? Self.card.rules : [] }

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    let (x, w, b) = (operands[0], operands[1], operands[2])
    guard x.rank > 0, w.rank == 2, x.extents.dropFirst().reduce(1, *) == w.extents[0] else {
      throw ShapeError(
        "affine: x of shape \(x) does not fit w of shape \(w): x needs a row of w for each feature")
    }
    guard b.extents == [w.extents[1]] else {
      throw ShapeError("affine: b of shape \(b) does not fit w of shape \(w): expected (\(w.extents[1]),)")
    }
    return Shape(x.extents[0], w.extents[1])
  }

  func forward(_ values: inout MutableSpan<Double>, at site: Site) throws(GateError) {
    let (x, w, b, z) = (site.operands[0], site.operands[1], site.operands[2], site.output)
    let width = b.shape.count * site.lanes
    for slot in 0..<z.shape.count * site.lanes { values[z.start + slot] = values[b.start + slot % width] }
    let nothing: ContiguousArray<Double> = []
    addMatrixProduct(
      Factor(start: x.start), Factor(start: w.start), to: z.start, in: &values, fixed: nothing.span,
      m: z.shape.extents[0], n: z.shape.extents[1], k: w.shape.extents[0], lanes: site.lanes)
  }

  func backward(
    _ gradients: inout MutableSpan<Double>, values: Span<Double>, at site: Site
  ) throws(GateError) {
    let (x, w, b, z) = (site.operands[0], site.operands[1], site.operands[2], site.output)
    let (rows, columns, features) = (z.shape.extents[0], z.shape.extents[1], w.shape.extents[0])
    let upstream = Factor(start: z.start)
    addMatrixProduct(
      upstream, Factor(start: w.start, isTransposed: true, isFixed: true), to: x.start, in: &gradients,
      fixed: values, m: rows, n: features, k: columns, lanes: site.lanes)
    addMatrixProduct(
      Factor(start: x.start, isTransposed: true, isFixed: true), upstream, to: w.start, in: &gradients,
      fixed: values, m: features, n: columns, k: rows, lanes: site.lanes)
    let width = b.shape.count * site.lanes
    for slot in 0..<z.shape.count * site.lanes {
      gradients[b.start + slot % width] += gradients[z.start + slot]
    }
  }
}

extension Variable {
  /// Computes x @ w + b, each example of x laid out as a row.
  public static func affine(
    _ x: Variable, _ w: Variable, _ b: Variable, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(Affine(), to: [x, w, b], file: file, line: line)
  }
}
