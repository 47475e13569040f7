/// Multiplies stacked matrices whose numbers stand `lanes` times, side by side: `z = x @ y`, in some rows and columns.
///
/// Each sum is taken in the order of the shared axis, whatever part of the product is asked for: a part is bit for bit
/// that of the whole. `lanes` is a multiple of four.
///
/// - Parameters:
///   - arena: where all three begin, at the slots given.
///   - n: the columns of `y` and `z`.
///   - k: the columns of `x`, and the rows of `y`.
public func multiplyLanes(
  _ x: Int, _ y: Int, to z: Int, in arena: inout MutableSpan<Double>, rows: Range<Int>, columns: Range<Int>,
  n: Int, k: Int, lanes: Int
) {
  guard !rows.isEmpty, !columns.isEmpty else { return }
  precondition(lanes % 4 == 0, "lanes come in fours, not \(lanes)")
  precondition(
    min(x, y, z) >= 0 && x + rows.upperBound * k * lanes <= arena.count && y + k * n * lanes <= arena.count
      && z + ((rows.upperBound - 1) * n + columns.upperBound) * lanes <= arena.count,
    "a matrix leaves its arena")
  unsafe arena.withUnsafeMutableBytes { bytes in
    guard let base = bytes.baseAddress else { return }
    let product = unsafe LaneProduct(
      x: base + 8 * x, y: base + 8 * y, z: base + 8 * z, n: n, k: k, lanes: lanes)
    for lane in stride(from: 0, to: lanes, by: 4) {
      var i = rows.lowerBound
      while i < rows.upperBound {
        let isPair = i + 1 < rows.upperBound
        var j = columns.lowerBound
        while isPair, j + 1 < columns.upperBound {
          product.multiplyTile(i, j, lane)
          j += 2
        }
        while j < columns.upperBound {
          product.multiplyOne(i, j, lane)
          if isPair { product.multiplyOne(i + 1, j, lane) }
          j += 1
        }
        i += 2
      }
    }
  }
}

/// The three matrices of a product, four lanes of which are taken at a time.
@safe private struct LaneProduct {
  let x: UnsafeMutableRawPointer
  let y: UnsafeMutableRawPointer
  let z: UnsafeMutableRawPointer
  let n, k, lanes: Int

  private static func load(_ pointer: UnsafeMutableRawPointer) -> SIMD4<Double> {
    unsafe pointer.loadUnaligned(as: SIMD4<Double>.self)
  }

  /// One element of the product.
  @inline(__always)
  func multiplyOne(_ i: Int, _ j: Int, _ lane: Int) {
    var a = unsafe x + 8 * (i * k * lanes + lane)
    var b = unsafe y + 8 * (j * lanes + lane)
    var sum = SIMD4<Double>()
    for _ in 0..<k {
      sum += unsafe Self.load(a) * Self.load(b)
      unsafe a += 8 * lanes
      unsafe b += 8 * n * lanes
    }
    unsafe z.storeBytes(of: sum, toByteOffset: 8 * ((i * n + j) * lanes + lane), as: SIMD4<Double>.self)
  }

  /// Two by two elements, which fit into registers and share their factors.
  @inline(__always)
  func multiplyTile(_ i: Int, _ j: Int, _ lane: Int) {
    var a = unsafe x + 8 * (i * k * lanes + lane)
    var b = unsafe y + 8 * (j * lanes + lane)
    let (nextRow, nextColumn) = (8 * k * lanes, 8 * lanes)
    var (s, t, u, v) = (SIMD4<Double>(), SIMD4<Double>(), SIMD4<Double>(), SIMD4<Double>())
    for _ in 0..<k {
      let (a0, a1) = unsafe (Self.load(a), Self.load(a + nextRow))
      let (b0, b1) = unsafe (Self.load(b), Self.load(b + nextColumn))
      s += a0 * b0
      t += a0 * b1
      u += a1 * b0
      v += a1 * b1
      unsafe a += 8 * lanes
      unsafe b += 8 * n * lanes
    }
    for (row, column, sum) in [(i, j, s), (i, j + 1, t), (i + 1, j, u), (i + 1, j + 1, v)] {
      unsafe z.storeBytes(
        of: sum, toByteOffset: 8 * ((row * n + column) * lanes + lane), as: SIMD4<Double>.self)
    }
  }
}
