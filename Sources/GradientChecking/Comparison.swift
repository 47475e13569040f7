/// One element of a gradient: the analytic and the numerical value, and what follows from them.
public struct Comparison: Sendable, Equatable {
  /// Why the verdict is what it is, where the two numbers alone do not say it.
  public enum Reason: String, Sendable, Codable {
    /// Both are below what the rounding of the function lets one see.
    case resolution
    /// The slopes on the two sides differ; the analytic one lies between them, or not.
    case kink
    /// The function is not finite at the point or beside it.
    case valueNotFinite = "value not finite"
    /// The analytic gradient is not finite.
    case gradientNotFinite = "gradient not finite"
    /// The difference quotients do not converge, as at a jump.
    case noConvergence = "no convergence"
  }

  /// The gradient of the backward pass.
  public let analytic: Double
  /// The gradient of the finite differences; NaN where there is none.
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

  /// Decides one element.
  init(analytic: Double, value: Double, estimate: Estimate, tolerance: Double) {
    let quotient = estimate.central ?? estimate.below ?? estimate.above
    let (verdict, reason) = Self.decide(analytic, value, quotient, estimate.kink, tolerance)
    self.init(
      analytic: analytic, numerical: quotient?.value ?? .nan, errorBound: quotient?.error ?? .infinity,
      verdict: verdict, reason: reason)
  }

  private static func decide(
    _ analytic: Double, _ value: Double, _ quotient: Quotient?, _ kink: Kink?, _ tolerance: Double
  ) -> (Verdict, Reason?) {
    guard value.isFinite, let quotient else { return (.undecided, .valueNotFinite) }
    guard analytic.isFinite else {
      let converged = quotient.error <= 1e-3 * quotient.value.magnitude + 4 * quotient.noise
      return (converged ? .disagree : .undecided, .gradientNotFinite)
    }
    let distance = (analytic - quotient.value).magnitude
    let size = max(analytic.magnitude, quotient.value.magnitude)
    let isSharp = quotient.error <= 1e-3 * size
    if let kink {
      let slack = tolerance * size + kink.error
      let isBetween = kink.slopes.lowerBound - slack <= analytic && analytic <= kink.slopes.upperBound + slack
      return (isBetween ? .agree : .disagree, .kink)
    }
    if isSharp, distance <= tolerance * size + quotient.error { return (.agree, nil) }
    if distance <= quotient.error {
      // Agreement within an error as large as the gradient means something only when rounding explains the error.
      if size == 0 { return (.agree, nil) }
      return quotient.error <= 4 * quotient.noise ? (.agree, .resolution) : (.undecided, .noConvergence)
    }
    if distance > tolerance * size + 4 * quotient.error { return (.disagree, nil) }
    return (.undecided, isSharp ? .resolution : .noConvergence)
  }

  init(analytic: Double, numerical: Double, errorBound: Double, verdict: Verdict, reason: Reason? = nil) {
    self.analytic = analytic
    self.numerical = numerical
    self.errorBound = errorBound
    self.verdict = verdict
    self.reason = reason
  }
}

/// A point where the slopes on the two sides differ.
private struct Kink {
  let slopes: ClosedRange<Double>
  let error: Double
}

extension Estimate {
  /// The kink, when the slope on each side is certain and they differ.
  fileprivate var kink: Kink? {
    guard let below, let above else { return nil }
    let error = below.error + above.error
    let difference = (above.value - below.value).magnitude
    guard difference > 8 * error, difference > 1e-6 * max(above.value.magnitude, below.value.magnitude) else {
      return nil
    }
    return Kink(
      slopes: min(below.value, above.value)...max(below.value, above.value), error: error)
  }
}
