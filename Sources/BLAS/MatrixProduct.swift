internal import CBLAS

/// A factor of a matrix product, in row-major order.
public struct Factor: Sendable {
  /// Where it begins in its arena.
  public let start: Int
  /// Whether it is taken transposed.
  public let isTransposed: Bool
  /// Whether it lies in the arena that is only read.
  public let isFixed: Bool

  /// Makes a factor.
  public init(start: Int, isTransposed: Bool = false, isFixed: Bool = false) {
    self.start = start
    self.isTransposed = isTransposed
    self.isFixed = isFixed
  }
}

/// Adds a product of matrices: `c += a @ b`, with `a` of `m` rows and `k` columns, and `b` of `k` rows and `n`.
///
/// Every number stands `lanes` times, side by side. Large products of one lane go through BLAS; small ones would
/// spend more on the call than on the work.
public func addMatrixProduct(
  _ a: Factor, _ b: Factor, to start: Int, in arena: inout MutableSpan<Double>, fixed: Span<Double>,
  m: Int, n: Int, k: Int, lanes: Int = 1
) {
  if lanes == 1, m * n * k >= 1024, fits(m, n, k),
    addWithBLAS(a, b, to: start, in: &arena, fixed: fixed, m, n, k)
  {
    return
  }
  for i in 0..<m {
    for p in 0..<k {
      let x = a.start + (a.isTransposed ? p * m + i : i * k + p) * lanes
      for j in 0..<n {
        let y = b.start + (b.isTransposed ? j * k + p : p * n + j) * lanes
        let z = start + (i * n + j) * lanes
        for lane in 0..<lanes {
          let left = a.isFixed ? fixed[x + lane] : arena[x + lane]
          let right = b.isFixed ? fixed[y + lane] : arena[y + lane]
          arena[z + lane] += left * right
        }
      }
    }
  }
}

private func fits(_ sizes: Int...) -> Bool { sizes.allSatisfy { $0 <= Int(Int32.max) } }

private func addWithBLAS(
  _ a: Factor, _ b: Factor, to start: Int, in arena: inout MutableSpan<Double>, fixed: Span<Double>,
  _ m: Int, _ n: Int, _ k: Int
) -> Bool {
  func check(_ factor: Factor, _ count: Int, _ arenaCount: Int) {
    precondition(
      factor.start >= 0 && factor.start + count <= (factor.isFixed ? fixed.count : arenaCount),
      "a factor of \(count) numbers at \(factor.start) leaves its arena")
  }
  check(a, m * k, arena.count)
  check(b, k * n, arena.count)
  check(Factor(start: start), m * n, arena.count)
  return unsafe fixed.withUnsafeBufferPointer { fixed in
    unsafe arena.withUnsafeMutableBufferPointer { arena in
      // Neither is empty here: a product of size zero does not come this far.
      guard let own = arena.baseAddress else { return false }
      let other = unsafe fixed.baseAddress ?? UnsafePointer(own)
      return unsafe chainrule_dgemm(
        a.isTransposed, b.isTransposed, Int32(m), Int32(n), Int32(k),
        (a.isFixed ? other : UnsafePointer(own)) + a.start,
        (b.isFixed ? other : UnsafePointer(own)) + b.start, own + start)
    }
  }
}
