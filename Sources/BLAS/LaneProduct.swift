internal import CBLAS

/// Multiplies stacked matrices whose numbers stand `lanes` times, side by side: `z = x @ y`, in some rows and columns.
///
/// Each sum is taken in the order of the shared axis, whatever part of the product is asked for: a part is bit for bit
/// that of the whole. All three begin in `arena` at the slots given; `n` is the number of columns of `y` and `z`, `k` that of
/// the columns of `x` and of the rows of `y`. `moved` are the columns of `x` and the rows of `y` in which the lanes
/// differ; nil where they do not.
public func multiplyLanes(
  _ x: Int, _ y: Int, to z: Int, in arena: inout MutableSpan<Double>, rows: Range<Int>, columns: Range<Int>,
  n: Int, k: Int, lanes: Int, moved: (x: Range<Int>?, y: Range<Int>?)
) {
  guard !rows.isEmpty, !columns.isEmpty else { return }
  precondition(
    min(x, y, z) >= 0 && x + rows.upperBound * k * lanes <= arena.count && y + k * n * lanes <= arena.count
      && z + ((rows.upperBound - 1) * n + columns.upperBound) * lanes <= arena.count
      && columns.upperBound <= n,
    "a matrix leaves its arena")
  let first = min(moved.x?.lowerBound ?? k, moved.y?.lowerBound ?? k)
  let end = max(moved.x?.upperBound ?? 0, moved.y?.upperBound ?? 0)
  precondition(first >= 0 && first <= end && end <= k, "lanes that differ outside of the shared axis")
  unsafe arena.withUnsafeMutableBufferPointer { arena in
    guard let base = arena.baseAddress else { return }
    unsafe chainrule_multiply_lanes(
      base + x, base + y, base + z, rows.lowerBound, rows.upperBound, columns.lowerBound, columns.upperBound,
      n, k, lanes, first, end, moved.x != nil, moved.y != nil)
  }
}
