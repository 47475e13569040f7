/// The values of a function one step above and below a point.
struct Sample: Sendable {
  /// The step that was asked for; the points beside it are the ones that were realised.
  let step: Double
  /// The point above, and the function there.
  let above: (x: Double, value: Double)
  /// The point below, and the function there.
  let below: (x: Double, value: Double)
  /// The branch signature of the graph at each point; 0 where it is that of the middle.
  var branches: (above: UInt64, below: UInt64) = (0, 0)

  /// Whether the piecewise gates of the graph choose at both points what they choose in the middle.
  var keepsBranches: Bool { branches == (0, 0) }

  /// Whether both values are there.
  var isFinite: Bool { above.value.isFinite && below.value.isFinite }

  /// Whether the function is `value` on both sides too, but for its rounding.
  func isFlat(at value: Double, within rounding: Double) -> Bool {
    (above.value - value).magnitude <= rounding && (below.value - value).magnitude <= rounding
  }

  /// Half the distance of the middle of the two points from `x`: rounding shifts it.
  func shift(from x: Double) -> Double {
    (Self.roundingError(x, step) + Self.roundingError(x, -step)).magnitude / 2
  }

  /// What is lost when two numbers are added (Knuth, The Art of Computer Programming, volume 2, 4.2.2).
  private static func roundingError(_ a: Double, _ b: Double) -> Double {
    let sum = a + b
    let rest = sum - a
    return (a - (sum - rest)) + (b - rest)
  }
}
