/// How a derivative is found from values of the function alone: central differences over a ladder of steps, each
/// pair refined by Richardson's extrapolation.
///
/// Two steps settle most elements; where they do not, the whole ladder is asked.
struct CentralDifference: Sendable {
  /// How far apart the steps of a ladder lie.
  private static let ratio = 4.0

  /// The step is no short binary fraction: powers of two step in time with periodic functions.
  private static let mantissa = 0.827_401_569

  /// The steps from `x`, largest first.
  ///
  /// The short ladder begins where the extrapolated difference of a function of scale one has an error near 1e-12;
  /// the long one goes from the scale of the function down to its rounding.
  func steps(at x: Double, thorough: Bool) -> [Double] {
    let scale = max(x.magnitude, 1) * Self.mantissa
    guard thorough else { return [scale * 0x1p-12, scale * 0x1p-14] }
    var scales = [scale]
    // A function such as log has its own scale near zero.
    if x != 0, x.magnitude < 1e-3 { scales.append(x.magnitude * Self.mantissa) }
    return scales.flatMap { scale in
      (1...22).map { scale * Double(sign: .plus, exponent: -2 * $0, significand: 1) }
    }
  }

  /// The derivative, from the values of the function at `x` and at each step above and below it.
  func estimate(at x: Double, value: Double, samples: [Sample]) -> Estimate {
    let quotients = samples.map { Quotients($0, at: x, value: value) }
    return Estimate(
      central: best(quotients, order: 2, \.central), below: best(quotients, order: 1, \.below),
      above: best(quotients, order: 1, \.above))
  }

  /// The extrapolated quotient with the smallest error.
  ///
  /// Its error is the change from the coarser step, which bounds the truncation, plus the rounding of the function.
  private func best(
    _ quotients: [Quotients], order: Int, _ side: KeyPath<Quotients, Double>
  ) -> Quotient? {
    let factor = order == 2 ? Self.ratio * Self.ratio : Self.ratio
    var best: Quotient?
    var previous: Double?
    for (coarse, fine) in zip(quotients, quotients.dropFirst()) {
      let (d, e) = (coarse[keyPath: side], fine[keyPath: side])
      guard d.isFinite, e.isFinite, fine.step < coarse.step else {
        previous = nil
        continue
      }
      let refined = e + (e - d) / (factor - 1)
      let change = (refined - (previous ?? d)).magnitude
      let candidate = Quotient(value: refined, error: change + fine.noise, noise: fine.noise)
      if best.map({ candidate.error < $0.error }) ?? true { best = candidate }
      previous = refined
    }
    return best
  }
}

/// The values of a function one step below and above a point, with the points as they were realised.
struct Sample {
  let below: (x: Double, value: Double)
  let above: (x: Double, value: Double)
}

/// A numerical derivative.
struct Estimate: Sendable {
  /// From both sides, if the function is finite there.
  let central: Quotient?
  /// From below alone.
  let below: Quotient?
  /// From above alone.
  let above: Quotient?
}

/// An extrapolated difference quotient.
struct Quotient: Sendable {
  let value: Double
  /// A bound for its distance from the derivative: truncation and rounding.
  let error: Double
  /// The part of the error that the rounding of the function explains.
  let noise: Double
}

/// The plain difference quotients of one step.
private struct Quotients {
  let step: Double
  let central: Double
  let below: Double
  let above: Double
  /// What rounding does to a quotient: a few units in the last place of the function, over the step.
  let noise: Double

  init(_ sample: Sample, at x: Double, value: Double) {
    step = sample.above.x - sample.below.x
    central = (sample.above.value - sample.below.value) / step
    below = (value - sample.below.value) / (x - sample.below.x)
    above = (sample.above.value - value) / (sample.above.x - x)
    let size = max(value.magnitude, max(sample.below.value.magnitude, sample.above.value.magnitude))
    noise = 4 * size * Double.ulpOfOne / step
  }
}
