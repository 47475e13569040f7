/// The steps at which a function is asked.
enum StepLadder {
  /// How far the search for evidence has gone.
  enum Stage: Comparable {
    /// The middle of the ladder: most smooth functions show their slope here.
    case middle
    /// From the scale of the point down to its rounding.
    case whole
    /// Far beyond the scale of the point and far below it.
    case farthest
  }

  /// A step is no short binary fraction: powers of two step in time with periodic functions.
  static let mantissa = 0.723_606_797_749_979_0

  /// A step below this many units in the last place of the point is mostly rounding.
  private static let smallestUlps = 64.0

  /// A step of a given part of `x` itself, for a look that needs no ladder.
  static func single(at x: Double, _ part: Double = 0x1p-16) -> Double {
    (x == 0 ? 1 : x.magnitude) * mantissa * part
  }

  /// The scale of the steps from `x`.
  static func scale(at x: Double) -> Double { max(x.magnitude, 1) }

  /// The steps from `x`, largest first; each is half of the one before, but where two scales lie far apart.
  ///
  /// `ulp` is the rounding of points beside `x`.
  static func steps(at x: Double, ulp: Double, _ stage: Stage) -> [Double] {
    let scale = scale(at: x)
    // The number of halvings from the scale of the steps to that of the point itself.
    let depth = x == 0 ? 0 : max(0, scale.exponent - x.exponent)
    let isSmall = Int(depth) > 6
    var levels: [Int] = []
    switch stage {
    case .middle:
      levels += 2...10
      if isSmall { levels += (max(11, depth + 2))...(depth + 10) }
    case .whole, .farthest:
      levels += (stage == .farthest ? -44 : -2)...22
      // The finest steps, where rounding rules, lie further apart.
      levels += stride(from: 24, through: x == 0 ? 62 : 46, by: 2)
      if isSmall {
        levels += stride(from: 48, to: depth - 2, by: 8)
        levels += max(48, depth - 2)..<(depth + 46)
      } else if x == 0, stage == .farthest {
        levels += stride(from: 64, through: 1020, by: 8)
      }
    }
    return levels.map { scale * mantissa * .power(-$0) }
      .filter { $0 >= smallestUlps * ulp && $0 > 0 && $0.isFinite }
  }
}

extension Double {
  /// Two to the given power; 0 or infinity where that is out of range.
  static func power(_ exponent: Int) -> Double { Double(sign: .plus, exponent: exponent, significand: 1) }

  /// This number times two to the given power.
  func scaled(by exponent: Int) -> Double { Double(sign: .plus, exponent: exponent, significand: self) }
}
