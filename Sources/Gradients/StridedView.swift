/// A way through an arena: for each index of a shape, in row-major order, how far it lies from the start.
///
/// Broadcasting, transposing, slicing and reducing are all a walk with other strides.
struct StridedView {
  let extents: [Int]
  let strides: [Int]
  var start = 0

  /// The distance from the start for every index, in row-major order.
  var offsets: ContiguousArray<Int> {
    let count = extents.reduce(1, *)
    var offsets: ContiguousArray<Int> = []
    guard count > 0 else { return offsets }
    offsets.reserveCapacity(count)
    let inner = extents.last ?? 1
    let innerStride = strides.last ?? 0
    var index = Array(repeating: 0, count: extents.count)
    var offset = start
    while true {
      for i in 0..<inner { offsets.append(offset + i * innerStride) }
      var axis = extents.count - 2
      while axis >= 0 {
        index[axis] += 1
        offset += strides[axis]
        if index[axis] < extents[axis] { break }
        offset -= strides[axis] * extents[axis]
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return offsets }
    }
  }

  /// Walks a tensor of shape `source` as if it had the larger shape `target`.
  static func broadcasting(_ source: Shape, to target: Shape) -> StridedView {
    let missing = target.rank - source.rank
    let strides = source.strides
    return StridedView(
      extents: target.extents,
      strides: target.extents.indices.map { axis in
        axis < missing || source.extents[axis - missing] == 1 ? 0 : strides[axis - missing]
      })
  }
}
