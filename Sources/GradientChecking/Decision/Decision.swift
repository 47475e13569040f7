/// Decides one element of a gradient from the evidence.
///
/// What is negligible comes from the rounding of the function, from its slope, or from the largest element of the same
/// gradient. Absolute numbers stand only where these say nothing: at the underflow, and where the function does not move.
struct Decision {
  /// How far apart the gradients may be, relative to the larger one.
  let tolerance: Double
  /// The gradient of the backward pass.
  let analytic: Double
  /// The largest magnitude in the same gradient.
  let largest: Double
  /// A part of the largest magnitude that is rounding.
  private let negligible: Double

  /// Makes the decision on a gradient of a function that computes with some 16 digits, or with 7 where it `isCoarse`.
  init(tolerance: Double, analytic: Double, largest: Double, isCoarse: Bool) {
    self.tolerance = isCoarse ? max(tolerance, Self.coarseTolerance) : tolerance
    self.analytic = analytic
    self.largest = largest
    negligible = isCoarse ? Self.coarseNegligible : Self.negligible
  }

  /// What a stage of the search for evidence says.
  struct Finding {
    var comparison: Comparison
    /// Whether more evidence would not change it.
    var isSettled: Bool
  }

  /// An error up to this part of the gradient lets one call it an agreement.
  private static let resolution = 1e-3
  /// What may separate the two gradients, in multiples of the error of the evidence, and what must.
  private static let (consistency, failure) = (4.0, 8.0)
  /// A part of the largest element of a gradient that is rounding.
  static let negligible = 0x1p-40
  /// The same, and the tolerance, where the function computes in single precision.
  private static let (coarseNegligible, coarseTolerance) = (0x1p-20, 1e-5)
  /// Below this a number has too few digits left to be compared.
  private static let underflow = 0x1p-1020

  /// Decides by the quotients of one stage.
  func finding(_ evidence: Evidence, at stage: StepLadder.Stage) -> Finding {
    let floors = Floors(evidence, negligible: negligible * largest)
    if analytic == 0, let width = evidence.flatWidth,
      width >= 0x1p-8 * (evidence.x == 0 ? 1 : evidence.x.magnitude)
    {
      // Flat as far as can be seen: what could hide below the rounding is told, unless it is nothing in this gradient.
      let bound = evidence.moves ? max(.ulpOfOne * evidence.size, .leastNonzeroMagnitude) / width : 0
      return settled(.agree, bound > floors.negligible ? .resolution : nil, numerical: 0, error: bound)
    }
    if stage > .middle {
      if evidence.hasJump { return settled(.undecided, .jump) }
      if let sign = evidence.divergence {
        let isRight = analytic.isInfinite && analytic.sign == sign
        let infinity: Double = sign == .plus ? .infinity : -.infinity
        return settled(isRight ? .agree : .undecided, .divergence, numerical: infinity, error: 0)
      }
    }
    let central = Choice(evidence.central, evidence)
    var above = Choice(evidence.above, evidence)
    var below = Choice(evidence.below, evidence)
    above.preferFractional(evidence.above)
    below.preferFractional(evidence.below)

    guard analytic.isFinite else {
      guard let best = central.limit ?? above.limit ?? below.limit else {
        return open(.undecided, .gradientNotFinite)
      }
      return settled(.disagree, .gradientNotFinite, numerical: best.value, error: best.error)
    }
    if let kink = Kink(above.limit, below.limit, floor: floors.rounding) {
      return finding(kink, evidence, floors, isFirstStage: stage == .middle)
    }
    if let limit = central.limit {
      let verdict = verdict(limit, evidence, floors)
      if let other = central.alternative {
        let otherVerdict = self.verdict(other, evidence, floors)
        if verdict != .agree, !(verdict == .disagree && otherVerdict == .disagree) {
          return open(.undecided, .twoSlopes, limit)
        }
      }
      switch verdict {
      case .bounded: return open(.agree, .resolution, limit)
      case .blurred(let error):
        return open(.undecided, .resolution, Limit(value: limit.value, error: error, step: limit.step))
      case .agree:
        let isSharp = limit.error <= 1e-6 * max(limit.value.magnitude, analytic.magnitude) + floors.rounding
        var sidesAgree = true
        if stage == .middle {
          let gradientScale = max(
            evidence.value.magnitude / StepLadder.scale(at: evidence.x), evidence.naturalSlope)
          sidesAgree =
            (above.limit?.error ?? .infinity) + (below.limit?.error ?? .infinity)
            <= 0.1 * max(limit.value.magnitude, gradientScale) + floors.rounding
        }
        return Finding(
          comparison: comparison(.agree, nil, limit), isSettled: isSharp && sidesAgree)
      case .disagree: return settled(.disagree, nil, numerical: limit.value, error: limit.error)
      case .weak: break
      }
    }
    if evidence.central.count < 3 || central.limit == nil {
      for side in [above.limit, below.limit] {
        guard let side else { continue }
        switch verdict(side, evidence, floors) {
        case .agree: return Finding(comparison: comparison(.agree, nil, side), isSettled: stage > .middle)
        case .bounded:
          return Finding(comparison: comparison(.agree, .resolution, side), isSettled: stage > .middle)
        case .disagree:
          return Finding(comparison: comparison(.disagree, nil, side), isSettled: stage > .middle)
        case .blurred, .weak: continue
        }
      }
    }
    guard let best = central.limit ?? above.limit ?? below.limit else {
      return open(.undecided, .valueNotFinite)
    }
    return open(.undecided, .resolution, best)
  }

  /// Decides by a derivative that is exact up to rounding, as the complex step gives it.
  func finding(exact derivative: Double, x: Double, _ target: Line.Target) -> Comparison {
    let larger = max(analytic.magnitude, derivative.magnitude)
    let distance = (analytic - derivative).magnitude
    let error = 64 * .ulpOfOne * derivative.magnitude
    // What a backward pass may lose where the function is saturated, as `1 - tanh(x)^2` does.
    let rounding = 64 * .ulpOfOne * target.size / StepLadder.scale(at: x)
    let isSame = distance <= tolerance * larger
    let isNegligible = distance <= tolerance * larger + negligible * largest
    // It loses digits, not the sign.
    let isRounding =
      distance <= rounding && (analytic == 0 || derivative == 0 || analytic.sign == derivative.sign)
    let verdict: Verdict = isNegligible || isRounding ? .agree : .disagree
    // Where little is left of the value itself, both derivatives may have lost the same digits.
    let isCertain = isSame && target.rounding <= 0x1p-20 * target.value.magnitude
    return Comparison(
      analytic: analytic, numerical: derivative, errorBound: error, verdict: verdict,
      reason: !analytic.isFinite ? .gradientNotFinite : isCertain || verdict == .disagree ? nil : .resolution)
  }

  // MARK: - One limit

  private enum LimitVerdict: Equatable {
    case agree
    case bounded
    /// Nothing speaks against it, and nothing for it: it is no farther off than rounding can take the limit.
    case blurred(Double)
    case disagree
    case weak
  }

  /// What is too small to mean anything.
  private struct Floors {
    /// By the gradient's largest element or by the slope of the function.
    let negligible: Double
    /// By the rounding of a backward pass.
    let rounding: Double
    /// The scale of a gradient by the size of the function.
    let gradientScale: Double

    init(_ evidence: Evidence, negligible least: Double) {
      gradientScale = evidence.size / StepLadder.scale(at: evidence.x)
      negligible = max(least, 64 * .ulpOfOne * evidence.naturalSlope)
      rounding = max(negligible, 4 * .ulpOfOne * gradientScale, Decision.underflow)
    }
  }

  private func verdict(_ limit: Limit, _ evidence: Evidence, _ floors: Floors) -> LimitVerdict {
    let size = max(analytic.magnitude, limit.value.magnitude)
    let distance = (analytic - limit.value).magnitude
    let error = Self.consistency * limit.error
    let slack = tolerance * size + floors.rounding + error
    if distance <= slack {
      if error <= Self.resolution * size + floors.negligible,
        distance <= tolerance * size + floors.negligible + error
      {
        // Nothing beside the others of the gradient; of its own digits none was seen, or others.
        let isSeen = distance <= tolerance * size + error && (analytic == 0 || error <= size)
        return isSeen ? .agree : .bounded
      }
      // What cannot be told from its opposite has not been confirmed.
      let tellsSign = analytic == 0 || (analytic + limit.value).magnitude > slack
      if tellsSign, error <= max(0x1p16 * .ulpOfOne * floors.gradientScale, 1e-6 * largest) {
        return .bounded
      }
    }
    if isResidue(limit, evidence, floors) { return .bounded }
    if distance <= slack || isUnderflow(limit, evidence, floors) { return .blurred(max(slack, distance)) }
    return distance > Self.failure * limit.error && hasConverged(limit, evidence) ? .disagree : .weak
  }

  /// Whether a gradient that should be 0 is what rounding leaves of it.
  private func isResidue(_ limit: Limit, _ evidence: Evidence, _ floors: Floors) -> Bool {
    let isStill = evidence.nearRange <= 64 * .ulpOfOne * evidence.size
    let reach = isStill ? min(evidence.x.magnitude, 1) : evidence.x.magnitude
    let least = evidence.nearRange == 0 ? 0x1p-104 : 0
    return mayBeZero(limit, evidence, floors)
      && analytic.magnitude <= max(256 * .ulpOfOne * evidence.size, least) / reach
  }

  /// Whether the function is too small beside the point for a gradient of this size to show.
  private func isUnderflow(_ limit: Limit, _ evidence: Evidence, _ floors: Floors) -> Bool {
    mayBeZero(limit, evidence, floors) && analytic.magnitude * evidence.x.magnitude <= 0x1p-500
  }

  private func mayBeZero(_ limit: Limit, _ evidence: Evidence, _ floors: Floors) -> Bool {
    evidence.x != 0 && limit.value.magnitude <= Self.consistency * limit.error + floors.negligible
  }

  private func hasConverged(_ limit: Limit, _ evidence: Evidence) -> Bool {
    limit.error * limit.step <= 0.02 * max(evidence.range, 0x1p-30 * evidence.value.magnitude)
      || evidence.range == 0 || limit.error <= 0.01 * limit.value.magnitude
  }

  // MARK: - Kinks

  private func finding(
    _ kink: Kink, _ evidence: Evidence, _ floors: Floors, isFirstStage: Bool
  ) -> Finding {
    if isFirstStage { return open(.undecided, .kink) }
    // Where the strict limit from both sides settles on one of the slopes, the point is only near the kink.
    if let strict = evidence.central.strict, strict.isFinite, 8 * strict.error < 0.5 * kink.gap,
      (strict.value - kink.middle).magnitude > 0.25 * kink.gap
    {
      let side =
        (strict.value - kink.above.value).magnitude < (strict.value - kink.below.value).magnitude
        ? kink.above : kink.below
      let isOneSide = (side.value - strict.value).magnitude <= 8 * (strict.error + side.error)
      let limit = isOneSide && side.error < strict.error ? side : strict
      switch verdict(limit, evidence, floors) {
      case .agree: return settled(.agree, nil, numerical: limit.value, error: limit.error)
      case .bounded: return settled(.agree, .resolution, numerical: limit.value, error: limit.error)
      case .disagree: return settled(.disagree, nil, numerical: limit.value, error: limit.error)
      case .blurred(let error):
        return settled(.undecided, .resolution, numerical: limit.value, error: error)
      case .weak: return settled(.undecided, .resolution, numerical: limit.value, error: limit.error)
      }
    }
    let slack = 4 * kink.error + 1e-6 * kink.gap
    let isBetween = kink.low - slack <= analytic && analytic <= kink.high + slack
    return settled(
      isBetween ? .agree : .disagree, .kink, numerical: kink.middle, error: 0.5 * kink.gap)
  }

  // MARK: - Findings

  private func comparison(_ verdict: Verdict, _ reason: Comparison.Reason?, _ limit: Limit?) -> Comparison {
    Comparison(
      analytic: analytic, numerical: limit?.value ?? .nan, errorBound: limit?.error ?? .infinity,
      verdict: verdict, reason: reason)
  }

  private func settled(
    _ verdict: Verdict, _ reason: Comparison.Reason?, numerical: Double = .nan, error: Double = .infinity
  ) -> Finding {
    Finding(
      comparison: Comparison(
        analytic: analytic, numerical: numerical, errorBound: error, verdict: verdict, reason: reason),
      isSettled: true)
  }

  private func open(_ verdict: Verdict, _ reason: Comparison.Reason?, _ limit: Limit? = nil) -> Finding {
    Finding(comparison: comparison(verdict, reason, limit), isSettled: false)
  }
}

/// The limit of one family of quotients that is believed, and another one that cannot be ruled out.
private struct Choice {
  var limit: Limit?
  var alternative: Limit?

  init(_ family: Evidence.Family, _ evidence: Evidence) {
    let coarse = family.coarse.flatMap { $0.isFinite ? $0 : nil }
    let strict = family.strict.flatMap { $0.isFinite ? $0 : nil }
    func looksLikeRounding(_ fine: Limit, _ coarse: Limit) -> Bool {
      family.looksLikeRounding(between: fine, coarse, evidence)
    }
    // A slope that only shows far outside the neighbourhood of the point is no evidence.
    let farthest = 64 * StepLadder.scale(at: evidence.x)
    if let coarse, let strict {
      if (coarse.value - strict.value).magnitude <= 4 * (coarse.error + strict.error) {
        limit = coarse.error < strict.error ? coarse : strict
      } else {
        limit = strict
        if strict.step < coarse.step, coarse.step <= farthest, looksLikeRounding(strict, coarse) {
          alternative = coarse
        }
      }
    } else {
      limit = strict ?? coarse
    }
    if let limit, alternative == nil, let wide = family.wide, wide.isFinite, limit.step < wide.step,
      wide.step <= farthest, wide.error <= 1e-3 * wide.value.magnitude,
      (wide.value - limit.value).magnitude > 4 * (wide.error + limit.error), looksLikeRounding(limit, wide)
    {
      alternative = wide
    }
  }

  /// Takes the limit of quotients that go with a fractional power, if it is much better.
  mutating func preferFractional(_ family: Evidence.Family) {
    guard let fractional = family.fractional, fractional.isFinite else { return }
    if fractional.error < 1e-3 * (limit?.error ?? .infinity) { limit = fractional }
  }
}

/// A point where the slopes on the two sides differ.
private struct Kink {
  let above: Limit
  let below: Limit

  /// The kink, when the slope on each side is certain and they differ.
  init?(_ above: Limit?, _ below: Limit?, floor: Double) {
    guard let above, let below else { return nil }
    let gap = (above.value - below.value).magnitude
    let error = above.error + below.error
    let size = max(above.value.magnitude, below.value.magnitude)
    guard gap > 4 * error + 1e-6 * size + floor, error < 0.25 * gap else { return nil }
    (self.above, self.below) = (above, below)
  }

  var low: Double { min(above.value, below.value) }
  var high: Double { max(above.value, below.value) }
  var middle: Double { low + 0.5 * (high - low) }
  var gap: Double { high - low }
  var error: Double { max(above.error, below.error) }
}
