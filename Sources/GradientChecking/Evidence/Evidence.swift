/// What the values of a function around a point say about its derivative there.
struct Evidence {
  /// The point.
  let x: Double
  /// The function there.
  let value: Double
  /// The magnitude of what the value is summed of, to which its rounding is relative.
  let size: Double
  /// The values beside it, largest step first.
  let samples: [Sample]
  /// How far apart values of the function are without meaning anything.
  let noise: Double
  /// What makes the values coarse, if something does.
  let quantum: Quantum?
  /// From both sides.
  let central: Family
  /// From above.
  let above: Family
  /// From below.
  let below: Family
  /// The largest change of the function over all samples.
  let range: Double
  /// The largest change of the function within four times the scale of the point.
  let nearRange: Double
  /// The slope of the function at the scale of the point, which says what is negligible there.
  let naturalSlope: Double

  /// The quotients of one kind and their limits.
  struct Family {
    /// The quotients, over steps and values brought to a scale where nothing overflows.
    let ladder: QuotientLadder
    /// The limit with the smaller coarse bound.
    var coarse: Limit?
    /// The limit with the smaller strict bound.
    var strict: Limit?
    /// The best limit of much larger steps.
    var wide: Limit?
    /// The limit of quotients that go with a fractional power.
    var fractional: Limit?

    /// The power of two by which the steps were multiplied.
    fileprivate let stepScale: Int
    /// The power of two by which the values were.
    fileprivate let valueScale: Int

    var count: Int { ladder.rungs.count }

    /// Whether the change between two limits is small and erratic.
    func looksLikeRounding(between fine: Limit, _ coarse: Limit, _ evidence: Evidence) -> Bool {
      func scaled(_ limit: Limit) -> Limit {
        Limit(
          value: limit.value.scaled(by: stepScale - valueScale), error: 0,
          step: limit.step.scaled(by: -stepScale))
      }
      return ladder.looksLikeRounding(
        between: scaled(fine), scaled(coarse), value: evidence.value.scaled(by: -valueScale),
        range: evidence.range.scaled(by: -valueScale))
    }
  }

  /// Weighs the samples; nil when none of them has a value.
  ///
  /// - Parameters:
  ///   - x: the point.
  ///   - ulp: the rounding of points beside it.
  ///   - value: the function there.
  ///   - size: the magnitude of what the value is summed of.
  ///   - samples: largest step first.
  ///   - known: what is known of the noise, whatever the samples show.
  ///   - stair: the height of a stair of rounding at the point.
  init?(
    x: Double, ulp: Double, value: Double, size: Double, samples: [Sample], noise known: Double = 0,
    stair: Double = 0
  ) {
    let magnitudes = samples.flatMap { [$0.above.value, $0.below.value] }.filter(\.isFinite).map(\.magnitude)
      .sorted()
    guard !magnitudes.isEmpty, let middle = samples.dropFirst(samples.count / 2).first else { return nil }
    (self.x, self.value, self.size, self.samples) = (x, value, size, samples)
    range = samples.range(around: value)
    let scale = StepLadder.scale(at: x)
    nearRange = samples.range(around: value, within: 4 * scale)

    let flatZone = Self.flatZone(samples, x: x, value: value)
    let isFlatFarOut = samples.contains {
      $0.above.value == value && $0.below.value == value && $0.step > 1e-4 * scale
    }
    quantum =
      isFlatFarOut ? nil : Quantum(of: samples.flatMap { [$0.above.value, $0.below.value] } + [value])
    var noise = max(.ulpOfOne * size + .leastNonzeroMagnitude, known)
    if let quantum { noise = max(noise, quantum.size) }
    if let flatZone { noise = max(noise, flatZone.jump) } else { noise = max(noise, stair) }
    if flatZone == nil { noise = max(noise, samples.measuredNoise(around: value)) }
    self.noise = noise

    // Powers of two, so that bringing everything to scale one loses nothing.
    let valueScale = Self.exponent(max(value.magnitude, magnitudes[magnitudes.count / 2]))
    let stepScale = Self.exponent(middle.step)
    let used = samples.filter { $0.step > flatZone?.width ?? 0 }
    let ulp = ulp.scaled(by: -stepScale)
    let scaledNoise = max(noise.scaled(by: -valueScale), .leastNonzeroMagnitude)
    func family(_ kind: QuotientLadder.Kind, _ rungs: [QuotientLadder.Rung]) -> Family {
      let ladder = QuotientLadder(kind, rungs)
      let (coarse, strict) = ladder.limits(noise: scaledNoise, ulp: ulp)
      var wide: Limit?
      if let best = strict ?? coarse, rungs.count < 200 {
        wide = ladder.limits(noise: scaledNoise, ulp: ulp, smallest: 64 * best.step).coarse
      }
      func unscaled(_ limit: Limit?) -> Limit? {
        limit.map {
          Limit(
            value: $0.value.scaled(by: valueScale - stepScale),
            error: $0.error.scaled(by: valueScale - stepScale),
            step: $0.step.scaled(by: stepScale))
        }
      }
      return Family(
        ladder: ladder, coarse: unscaled(coarse), strict: unscaled(strict), wide: unscaled(wide),
        fractional: kind == .oneSided ? unscaled(ladder.limitOfFractionalPower()) : nil,
        stepScale: stepScale, valueScale: valueScale)
    }
    func quotient(_ a: (x: Double, value: Double), _ b: (x: Double, value: Double)) -> Double {
      (a.value.scaled(by: -valueScale) - b.value.scaled(by: -valueScale)) / (a.x - b.x).scaled(by: -stepScale)
    }
    let center = (x: x, value: value)
    above = family(
      .oneSided,
      used.onOneBranch { $0.branches.above == $1.branches.above }.filter(\.above.value.isFinite).map {
        .init(
          step: ($0.above.x - x).scaled(by: -stepScale), quotient: quotient($0.above, center), slack: 0,
          bend: 0)
      })
    below = family(
      .oneSided,
      used.onOneBranch { $0.branches.below == $1.branches.below }.filter(\.below.value.isFinite).map {
        .init(
          step: (x - $0.below.x).scaled(by: -stepScale), quotient: quotient(center, $0.below), slack: 0,
          bend: 0)
      })
    central = family(
      .central,
      used.onOneBranch { sample, _ in sample.keepsBranches }.filter(\.isFinite).map {
        let bend =
          ($0.above.value.scaled(by: -valueScale) - 2 * value.scaled(by: -valueScale)
          + $0.below.value.scaled(by: -valueScale)).magnitude
        let step = ((($0.above.x - $0.below.x) / 2)).scaled(by: -stepScale)
        return .init(
          step: step, quotient: quotient($0.above, $0.below),
          slack: bend / step * ($0.shift(from: x) / $0.step), bend: bend)
      })
    naturalSlope = Self.naturalSlope(samples, x: x, value: value)
  }

  /// Whether the function jumps at the point: its distance from the value there does not shrink with the step.
  var hasJump: Bool {
    [\Sample.above.value, \Sample.below.value].contains { side in
      let changes = samples.filter { $0[keyPath: side].isFinite }.suffix(8).map { $0[keyPath: side] - value }
      guard changes.count == 8, let smallest = changes.map(\.magnitude).min(),
        let largest = changes.map(\.magnitude).max()
      else { return false }
      return smallest > 0.9 * largest && changes.allSatisfy { ($0 > 0) == (changes[0] > 0) }
        && (smallest > 64 * noise || changes[0].magnitude > 0x1p-20 * value.magnitude)
    }
  }

  /// Whether the quotients of one side grow without end, and towards which infinity.
  var divergence: FloatingPointSign? { divergence(of: above) ?? divergence(of: below) }

  private func divergence(of family: Family) -> FloatingPointSign? {
    family.ladder.divergence(noise: noise.scaled(by: -family.valueScale))
  }

  /// How far on both sides the function does not change by a bit; nil where it changes at once.
  var flatWidth: Double? {
    let flat = samples.filter { $0.above.value == value && $0.below.value == value }.map(\.step)
    let moved = samples.filter { $0.above.value != value || $0.below.value != value }.map(\.step).min()
    return flat.filter { $0 < moved ?? .infinity }.max()
  }

  /// Whether the function changes anywhere.
  var moves: Bool { samples.contains { $0.above.value != value || $0.below.value != value } }

  /// A narrow zone where the function is flat within a region where it moves: its input is rounded.
  private static func flatZone(
    _ samples: [Sample], x: Double, value: Double
  ) -> (width: Double, jump: Double)? {
    func isFlat(_ sample: Sample) -> Bool { sample.above.value == value && sample.below.value == value }
    guard let width = samples.filter(isFlat).map(\.step).max() else { return nil }
    let outside = samples.filter { $0.step > width }
    guard outside.count >= 6, let nearest = outside.last else { return nil }
    let moved = outside.count { $0.above.value != value && $0.below.value != value }
    let jump = max((nearest.above.value - value).magnitude, (nearest.below.value - value).magnitude)
    guard Double(moved) >= 0.8 * Double(outside.count),
      width <= 1e-6 * x.magnitude || jump <= 0x1p-20 * value.magnitude
    else { return nil }
    return (width, jump)
  }

  /// The slope over a step of about the size of the point, or the largest one over which the function stays itself.
  private static func naturalSlope(_ samples: [Sample], x: Double, value: Double) -> Double {
    let reach = 1.5 * 0x1p-5 * (x == 0 ? 1 : x.magnitude)
    let near = samples.first { sample in
      sample.step <= reach
        && (value == 0
          || [sample.above.value, sample.below.value].allSatisfy {
            $0.isFinite && $0.magnitude <= 4 * value.magnitude
          })
    }
    guard let near else { return 0 }
    return [near.above.value, near.below.value].filter(\.isFinite).map { ($0 - value).magnitude / near.step }
      .max() ?? 0
  }

  private static func exponent(_ number: Double) -> Int {
    number == 0 || !number.isFinite ? 0 : Int(number.exponent) + 1
  }
}

extension [Sample] {
  /// The samples that, beside the finest one, stay on one branch of the graph; all of them where too few do, as those
  /// on both sides of a kink.
  fileprivate func onOneBranch(_ stays: (_ sample: Sample, _ finest: Sample) -> Bool) -> [Sample] {
    guard let finest = last else { return self }
    let kept = filter { stays($0, finest) }
    return kept.count >= 6 ? kept : self
  }
}
