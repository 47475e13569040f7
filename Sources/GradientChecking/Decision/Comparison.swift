/// One element of a gradient: the analytic and the numerical value, and what follows from them.
public struct Comparison: Sendable, Equatable {
  /// Why the verdict is what it is, where the two numbers alone do not say it.
  public enum Reason: String, Sendable, Codable, CaseIterable {
    /// Nothing finer can be said: the difference is below what the rounding of the function lets one see.
    case resolution
    /// The slopes on the two sides differ; the analytic one lies between them, or not.
    case kink
    /// The function jumps at the point.
    case jump
    /// The difference quotients grow without end: the derivative is infinite.
    case divergence = "infinite slope"
    /// The function is not finite at the point or beside it.
    case valueNotFinite = "value not finite"
    /// The analytic gradient is not finite.
    case gradientNotFinite = "gradient not finite"
    /// Large steps and small ones show two different slopes.
    case twoSlopes = "two slopes"
    /// The function gives another value when it is asked again.
    case nondeterministic
    /// The function changes its operands.
    case changesOperands = "changes its operands"
  }

  /// The gradient of the backward pass.
  public let analytic: Double
  /// The gradient of the finite differences; NaN where there is none.
  ///
  /// On a kink it is the middle of the two slopes, and ``errorBound`` half their distance.
  public let numerical: Double
  /// How far the numerical gradient may be off.
  public let errorBound: Double
  /// What follows.
  public let verdict: Verdict
  /// Why, where the numbers alone do not say it.
  public let reason: Reason?

  /// The distance of the two gradients relative to the larger one; 0 when both are 0.
  ///
  /// On a kink it is the distance from the nearer one of the two slopes, and 0 between them.
  public var relativeError: Double {
    let nearest = slopes.map { min(max(analytic, $0.lowerBound), $0.upperBound) } ?? numerical
    if analytic == nearest { return 0 }
    return (analytic - nearest).magnitude / max(analytic.magnitude, nearest.magnitude)
  }

  /// The slopes on the two sides of a kink, the smaller one first; nil elsewhere.
  var slopes: ClosedRange<Double>? {
    guard reason == .kink, errorBound > 0, numerical.isFinite, errorBound.isFinite else { return nil }
    return numerical - errorBound...numerical + errorBound
  }

  /// Makes a comparison that was decided elsewhere.
  public init(
    analytic: Double, numerical: Double, errorBound: Double, verdict: Verdict, reason: Reason? = nil
  ) {
    self.analytic = analytic
    self.numerical = numerical
    self.errorBound = errorBound
    self.verdict = verdict
    self.reason = reason
  }
}

extension [Comparison] {
  /// Those of `elements`, each of which has a comparison here, that lie on a kink.
  func kinks(among elements: [Int]) -> Set<Int> {
    Set(zip(elements, self).filter { $1.reason == .kink }.map(\.0))
  }
}
