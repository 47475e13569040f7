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
  public var relativeError: Double {
    if analytic == numerical { return 0 }
    return (analytic - numerical).magnitude / max(analytic.magnitude, numerical.magnitude)
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
