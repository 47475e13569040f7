/// A gate whose output holds elements of its operand, each as it is: backward, each gradient returns to its element.
protocol ViewGate: LinearGate, CatalogGate {
  /// Where the operand's element stands for each element of the output, in order.
  ///
  /// - Throws: `ShapeError` when the operand does not fit.
  func view(of operand: Shape) throws(ShapeError) -> StridedView
}

extension ViewGate {
  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    try Shape(validating: view(of: operands[0]).extents)
  }

  private func offsets(_ operand: Shape) throws(GateError) -> ContiguousArray<Int> {
    do throws(ShapeError) {
      return try view(of: operand).offsets
    } catch {
      throw GateError(error.description)
    }
  }

  func forward(_ values: inout MutableSpan<Double>, at site: Site) throws(GateError) {
    let source = site.operands[0]
    let offsets = try offsets(source.shape)
    for i in offsets.indices {
      let from = source.start + offsets[i] * site.lanes
      let to = site.output.start + i * site.lanes
      for lane in 0..<site.lanes { values[to + lane] = values[from + lane] }
    }
  }

  func backward(
    _ gradients: inout MutableSpan<Double>, values: Span<Double>, at site: Site
  ) throws(GateError) {
    let source = site.operands[0]
    let offsets = try offsets(source.shape)
    for i in offsets.indices {
      let to = source.start + offsets[i] * site.lanes
      let from = site.output.start + i * site.lanes
      for lane in 0..<site.lanes { gradients[to + lane] += gradients[from + lane] }
    }
  }
}
