internal import Gradients

/// The numbers of a tensor as a diagram carries them: all of them, or what `TensorText` makes of many.
///
/// They are read only where two texts differ, which is seldom.
struct StoredNumbers: Sendable, Equatable {
  let text: String

  init(_ text: String) {
    self.text = text
  }

  /// In row-major order; for a summary, its least, its greatest, its norm and its projections.
  var numbers: [Double] {
    text.split { $0 == " " || $0 == ";" || $0 == "," }.map { part in
      let number = part.lastIndex(of: "=").map { part[part.index(after: $0)...] } ?? part
      switch number {
      case "Infinity": return .infinity
      case "-Infinity": return -.infinity
      default: return Double(number) ?? .nan
      }
    }
  }

  var isSummary: Bool { text.utf8.first == UInt8(ascii: "m") }

  /// The largest magnitude of the finite numbers.
  var scale: Double {
    numbers.lazy.filter(\.isFinite).map(\.magnitude).max() ?? 0
  }

  /// The positions where two tensors of one shape differ.
  ///
  /// - Parameters:
  ///   - other: the numbers to compare with.
  ///   - tolerance: how far apart two numbers may be, relative to the larger one.
  ///   - scale: the largest number that they were computed from, whose rounding they may show.
  /// - Returns: positions in ``numbers``.
  func differences(from other: StoredNumbers, tolerance: Double, scale: @autoclosure () -> Double) -> [Int] {
    if text == other.text { return [] }
    let (a, b) = (numbers, other.numbers)
    guard a.count == b.count, isSummary == other.isSummary else { return Array(a.indices.prefix(1)) }
    // A projection adds up what all elements are off.
    let norm = isSummary ? max(self.scale, other.scale) : 0
    let rounding = tolerance == 0 ? 0 : 0x1p-44 * max(scale(), self.scale, other.scale)
    return a.indices.filter { position in
      let (x, y) = (a[position], b[position])
      if x == y || x.isNaN && y.isNaN { return false }
      guard x.isFinite, y.isFinite else { return true }
      return (x - y).magnitude > max(tolerance * max(x.magnitude, y.magnitude, norm), rounding)
    }
  }
}
