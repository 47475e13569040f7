internal import BLAS

/// The matrix product, by numpy's rules for vectors and stacks of matrices.
struct Matmul: BilinearGate, BlockGate, PlainGate {
  static let card = GateCard(
    name: "matmul", symbol: "*", operands: ["x", "y"], infix: "@", aliases: ["dot"],
    summary: "Multiplies matrices; a vector is a row on the left and a column on the right.",
    rules: [.whole("dz @ y.T"), .whole("x.T @ dz")], pattern: .switcher)

  /// A vector needs no transpose, and the product of a column and a row is an outer one; a stack of matrices has no
  /// such rule.
  func rules(for operands: [Shape]) -> [LocalRule] {
    switch (operands[0].rank, operands[1].rank) {
    case (1, 1): [.local("y"), .local("x")]
    case (1, 2): [.whole("dz @ y.T"), .whole("outer(x, dz)")]
    case (2, 1): [.whole("outer(dz, y)"), .whole("x.T @ dz")]
    case (2, 2): card.rules
    default: []
    }
  }

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    let plan = try MatrixStack(operands[0], operands[1])
    return try Shape(validating: plan.output)
  }

  func forward(_ values: inout MutableSpan<Double>, at site: Site, change: Change) throws(GateError) {
    let (x, y, z, lanes) = (site.operands[0], site.operands[1], site.output, site.lanes)
    let plan = try MatrixStack(site)
    guard lanes > 1 else {
      for slot in z.start..<z.start + z.shape.count { values[slot] = 0 }
      let nothing: ContiguousArray<Double> = []
      for product in plan.products {
        addMatrixProduct(
          Factor(start: x.start + product.x), Factor(start: y.start + product.y), to: z.start + product.z,
          in: &values, fixed: nothing.span, m: plan.m, n: plan.n, k: plan.k)
      }
      return
    }
    // Stacks are computed whole.
    let axes = change.output.ranges.suffix((x.shape.rank > 1 ? 1 : 0) + (y.shape.rank > 1 ? 1 : 0))
    for product in plan.products {
      multiplyLanes(
        x.start + product.x * lanes, y.start + product.y * lanes, to: z.start + product.z * lanes,
        in: &values,
        rows: x.shape.rank > 1 ? axes.first ?? 0..<plan.m : 0..<plan.m,
        columns: y.shape.rank > 1 ? axes.last ?? 0..<plan.n : 0..<plan.n,
        n: plan.n, k: plan.k, lanes: lanes,
        moved: (
          change.operands[0]?.ranges.last, change.operands[1]?.ranges.dropLast(y.shape.rank > 1 ? 1 : 0).last
        ))
    }
  }

  /// The rows of x that move, or the columns of y.
  func reach(of block: Block, in position: Int, operands: [Shape], output: Shape) -> Block {
    guard operands.allSatisfy({ $0.rank <= 2 }), operands[position].rank == 2 else { return Block(output) }
    var ranges = Block(output).ranges
    if position == 0 { ranges[0] = block.ranges[0] } else { ranges[ranges.count - 1] = block.ranges[1] }
    return Block(ranges)
  }

  func work(_ operands: [Shape]) -> Int { operands[0].extents.last ?? 1 }

  func backward(
    _ gradients: inout MutableSpan<Double>, values: Span<Double>, at site: Site
  ) throws(GateError) {
    let (x, y, z) = (site.operands[0], site.operands[1], site.output)
    let plan = try MatrixStack(site)
    for product in plan.products {
      let upstream = Factor(start: z.start + product.z * site.lanes)
      addMatrixProduct(
        upstream, Factor(start: y.start + product.y * site.lanes, isTransposed: true, isFixed: true),
        to: x.start + product.x * site.lanes, in: &gradients, fixed: values,
        m: plan.m, n: plan.k, k: plan.n, lanes: site.lanes)
      addMatrixProduct(
        Factor(start: x.start + product.x * site.lanes, isTransposed: true, isFixed: true), upstream,
        to: y.start + product.y * site.lanes, in: &gradients, fixed: values,
        m: plan.k, n: plan.n, k: plan.m, lanes: site.lanes)
    }
  }
}

extension Variable {
  /// Multiplies matrices; a vector is a row on the left and a column on the right.
  public static func matmul(
    _ x: Variable, _ y: Variable, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(Matmul(), to: [x, y], file: file, line: line)
  }
}
