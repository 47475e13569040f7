internal import RealModule

/// How coarsely a function gives its values, beyond the rounding of a double.
struct Quantum {
  /// The distance of neighbouring values.
  let size: Double
  /// What gives such values, in words.
  let cause: String

  /// Recognises values that were computed in single precision, or printed with a few decimals.
  init?(of values: [Double]) {
    let values = Set(values).subtracting([0])
    guard values.count >= 12, let largest = values.map(\.magnitude).max() else { return nil }
    // A float has 29 zero bits at the end of a double; a short sum of floats may fill five of them.
    if values.allSatisfy({ $0.significandBitPattern.trailingZeroBitCount >= 24 }) {
      self.init(size: largest * 0x1p-24, cause: "the function computes in single precision")
      return
    }
    for digits in 3..<10 {
      let scale = Double.pow(10, digits)
      let isDecimal = values.allSatisfy {
        (($0 * scale).rounded() / scale - $0).magnitude <= .ulpOfOne * $0.magnitude
      }
      if isDecimal {
        self.init(size: 0.5 / scale, cause: "the function gives \(digits) decimals")
        return
      }
    }
    return nil
  }

  private init(size: Double, cause: String) {
    (self.size, self.cause) = (size, cause)
  }
}

extension [Sample] {
  /// The noise of a function, measured: what is left of the second differences at the finest steps when the part
  /// that shrinks with the step is taken away.
  ///
  /// A cheap form of ECnoise (J. J. Moré and S. M. Wild, Estimating Computational Noise, 2011).
  func measuredNoise(around value: Double) -> Double {
    let finest = filter(\.isFinite).suffix(6)
    guard finest.count == 6, filter(\.isFinite).count >= 12 else { return 0 }
    let bends = finest.map { (step: $0.step, bend: $0.above.value - 2 * value + $0.below.value) }
    return zip(bends, bends.dropFirst()).map { coarse, fine in
      let ratio = fine.step / coarse.step
      return (fine.bend - coarse.bend * ratio * ratio).magnitude / 2
    }.max() ?? 0
  }

  /// The largest change of the function within `distance` of the point.
  func range(around value: Double, within distance: Double = .infinity) -> Double {
    lazy.filter { $0.step <= distance }.flatMap { [$0.above.value, $0.below.value] }
      .filter(\.isFinite).map { ($0 - value).magnitude }.max() ?? 0
  }
}

/// The edge of the zone around a point where a function does not change by a bit.
///
/// Where the function jumps there, by far more than its slope explains but by little of its range, the zone is a stair
/// of rounding, as in `log(exp(x))` near 0, and the jump is the noise. The edge of a dead `relu` is continuous.
struct RoundingStair {
  /// The interval that holds the edge is cut into so many parts, so many times: it shrinks below the resolution of a single.
  private static let (partCount, cuts) = (16, 7)

  /// The height of the stair, on either side the larger one; 0 where there is none.
  static func height(
    _ samples: [Sample], x: Double, value: Double, range: Double, function: ([Double]) throws -> [Double]
  ) rethrows -> Double {
    var height = 0.0
    for side in [1.0, -1.0] {
      let sides = samples.reversed().map {
        (step: $0.step, value: side > 0 ? $0.above.value : $0.below.value)
      }
      guard let last = sides.firstIndex(where: { $0.value != value }), last > 0, sides[last].value.isFinite
      else { continue }
      // The widest step before the first change, even if some step beyond it is flat again.
      var flat = sides[last - 1].step
      var moved = sides[last].step
      var edge = sides[last].value
      let (width, rise) = (moved, (edge - value).magnitude)
      for _ in 0..<cuts where edge.isFinite {
        // All points at once, then halving between them.
        let steps = (0...partCount).map { flat + (moved - flat) * Double($0) / Double(partCount) }
        let values = try function(steps.map { x + side * $0 })
        var (low, high) = (0, partCount)
        while high - low > 1, edge.isFinite {
          let middle = (low + high) / 2
          if values[middle] == value { low = middle } else { (high, edge) = (middle, values[middle]) }
        }
        (flat, moved) = (steps[low], steps[high])
      }
      let jump = (edge - value).magnitude
      let explained = 64 * rise / max(width - flat, moved - flat) * (moved - flat)
      if jump > explained, jump <= 0x1p-24 * max(range, value.magnitude) { height = max(height, jump) }
    }
    return height
  }
}
