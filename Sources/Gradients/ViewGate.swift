/// A gate whose output holds elements of its operand, each as it is: backward, each gradient returns to its element.
protocol ViewGate: LinearGate, BlockGate, CatalogGate {
  /// Where the operand's element stands for each element of the output, in order.
  ///
  /// - Throws: `ShapeError` when the operand does not fit.
  func view(of operand: Shape) throws(ShapeError) -> StridedView
}

extension ViewGate {
  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    try Shape(validating: view(of: operands[0]).extents)
  }

  /// The view of a shape that has been checked.
  private func checkedView(of operand: Shape) throws(GateError) -> StridedView {
    do throws(ShapeError) {
      return try view(of: operand)
    } catch {
      throw GateError(error.description)
    }
  }

  func forward(_ values: inout MutableSpan<Double>, at site: Site, change: Change) throws(GateError) {
    let (source, output) = (site.operands[0], site.output)
    let sources = change.output.part(of: try checkedView(of: source.shape)).offsets
    let targets = change.output.part(
      of: StridedView(extents: output.shape.extents, strides: output.shape.strides)
    ).offsets
    for i in sources.indices {
      let from = source.start + sources[i] * site.lanes
      let to = output.start + targets[i] * site.lanes
      for lane in 0..<site.lanes { values[to + lane] = values[from + lane] }
    }
  }

  /// All of it: a view may turn rows into anything.
  func reach(of block: Block, in position: Int, operands: [Shape], output: Shape) -> Block { Block(output) }

  func backward(
    _ gradients: inout MutableSpan<Double>, values: Span<Double>, at site: Site
  ) throws(GateError) {
    let source = site.operands[0]
    let offsets = try checkedView(of: source.shape).offsets
    for i in offsets.indices {
      let to = source.start + offsets[i] * site.lanes
      let from = site.output.start + i * site.lanes
      for lane in 0..<site.lanes { gradients[to + lane] += gradients[from + lane] }
    }
  }
}
