internal import Gradients

/// The right numbers in another order, or summed over another axis.
extension Diagnosis.Symptom {
  /// The same numbers in another order.
  var order: Diagnosis? {
    let (a, n) = (analytic.elements, numerical.elements)
    // What fits in its place already is only a little off.
    guard a.count > 1, !fits(n), Diagnosis.fits(a.sorted(), n.sorted()) else { return nil }
    let shape = numerical.shape
    // Of the same shape, so it is a square, or its rows were read as columns.
    if shape.rank == 2, fits(numerical.transposed.elements) {
      return Diagnosis(kind: .transposed, message: "transposed")
    }
    for axes in shape.subsetsOfAxes where !axes.isEmpty {
      let flipped = numerical.reindexed { index in
        index.enumerated().map { axes.contains($0) ? shape.extents[$0] - 1 - $1 : $1 }
      }
      if fits(flipped) {
        return Diagnosis(
          kind: .flipped, message: "flipped along \(Diagnosis.axisText(axes)), as a kernel may be")
      }
    }
    for axis in shape.extents.indices {
      for shift in 1..<max(2, min(shape.extents[axis], 64)) {
        let rolled = numerical.reindexed { index in
          var index = index
          index[axis] = (index[axis] + shape.extents[axis] - shift) % shape.extents[axis]
          return index
        }
        guard fits(rolled) else { continue }
        // As numpy.roll counts, the shorter way round.
        let distance = 2 * shift > shape.extents[axis] ? shift - shape.extents[axis] : shift
        return Diagnosis(kind: .rolled, message: "rolled by \(distance) along axis \(axis)")
      }
    }
    return Diagnosis(kind: .permuted, message: "the same numbers in another order")
  }

  /// A sum of the upstream gradient over another axis.
  var otherAxis: Diagnosis? {
    guard let upstream, upstream.shape.rank > 1 else { return nil }
    let sums = upstream.shape.extents.indices.map { upstream.summed(over: [$0]).elements }
    guard let right = sums.firstIndex(where: { Diagnosis.fits($0, numerical.elements) }),
      let wrong = sums.firstIndex(where: { fits($0) })
    else { return nil }
    return Diagnosis(kind: .axis, message: "summed over axis \(wrong) instead of \(right)")
  }
}

extension Shape {
  /// All sets of axes, the smaller ones first.
  var subsetsOfAxes: [[Int]] {
    guard rank <= 6 else { return [] }
    return (0..<(1 << rank)).map { bits in extents.indices.filter { bits >> $0 & 1 == 1 } }
      .sorted { ($0.count, $0.first ?? 0) < ($1.count, $1.first ?? 0) }
  }

  func without(_ axes: [Int]) -> Shape {
    Shape(extents.indices.filter { !axes.contains($0) }.map { extents[$0] })
  }
}

extension Tensor {
  func summed(over axes: [Int]) -> Tensor {
    var sum = Tensor(repeating: 0, shape: shape.without(axes))
    for (offset, element) in elements.enumerated() {
      let index = shape.index(of: offset)
      let kept = index.indices.filter { !axes.contains($0) }.map { index[$0] }
      sum.elements[sum.shape.offset(of: kept)] += element
    }
    return sum
  }

  /// The elements at other places: for each index, the one at the index that `source` gives.
  func reindexed(_ source: ([Int]) -> [Int]) -> [Double] {
    elements.indices.map { offset in
      elements[shape.offset(of: source(shape.index(of: offset)))]
    }
  }
}
