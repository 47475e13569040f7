internal import Gradients

/// What one or two pairs of values say: enough for a smooth element, and never enough to call a gradient wrong.
struct QuickLook {
  /// The steps from `x`, in units of its scale.
  static let coarse = StepLadder.mantissa * 0x1p-13
  static let fine = StepLadder.mantissa * 0x1p-15
  /// Those at which a function is asked whose rounding blurs what the others show.
  static let widest = StepLadder.mantissa * 0x1p-9
  static let wide = StepLadder.mantissa * 0x1p-11
  /// The step at which a function that did not move is asked again.
  static let far = StepLadder.mantissa * 0x1p-2

  /// An error up to this part of the gradient is sharp enough to agree at once.
  static let sharpness = 1e-6
  /// And one up to this part lets one see that nothing speaks against it.
  static let blur = 1e-2

  let tolerance: Double
  /// The function where nothing is moved.
  let target: Line.Target
  /// What is too small to mean anything in this gradient.
  let floor: Double

  init(_ target: Line.Target, tolerance: Double, largest: Double) {
    (self.target, self.tolerance) = (target, tolerance)
    floor = 0x1p-40 * largest
  }

  /// The agreement that one pair, of the fine step, shows, if it does.
  ///
  /// The distance of the two one-sided quotients bounds the curvature, and its square the truncation: both shrink by
  /// the ratio of the step to the scale on which the function bends. Where no curvature shows, as in the middle of an odd
  /// function, it bounds nothing.
  func agreement(_ analytic: Double, _ pair: Sample) -> Comparison? {
    let width = pair.above.x - pair.below.x
    let central = (pair.above.value - pair.below.value) / width
    let size = max(analytic.magnitude, central.magnitude)
    guard size > 0 else { return nil }
    let noise = 4 * rounding(of: pair)
    let curvature = (pair.above.value - 2 * target.value + pair.below.value).magnitude
    guard curvature > noise else { return nil }
    let reciprocal = 1 / width
    let bend = 2 * curvature * reciprocal
    return agreement(
      analytic, numerical: central, size: size, rounding: noise * reciprocal,
      truncation: bend * bend / size + Self.fine * Self.fine * size, sharpness: Self.sharpness)
  }

  /// The agreement that two pairs show, if they do: Richardson's extrapolation, and its change as the error.
  func agreement(
    _ analytic: Double, _ coarse: Sample, _ fine: Sample, sharpness: Double = sharpness
  ) -> Comparison? {
    func quotients(_ pair: Sample) -> (central: Double, bend: Double, width: Double) {
      let width = pair.above.x - pair.below.x
      let bend = 2 * (pair.above.value - 2 * target.value + pair.below.value).magnitude / width
      return ((pair.above.value - pair.below.value) / width, bend, width)
    }
    let (before, after) = (quotients(coarse), quotients(fine))
    let refined = after.central + (after.central - before.central) / 15
    let size = max(analytic.magnitude, refined.magnitude)
    guard size > 0 else { return nil }
    let rounding = 8 * rounding(of: fine) / after.width
    // At a kink the two sides stay apart however small the step.
    guard after.bend <= 0.5 * before.bend + 4 * rounding || after.bend <= 1e-3 * size else { return nil }
    return agreement(
      analytic, numerical: refined, size: size, rounding: rounding,
      truncation: (refined - before.central).magnitude / 15 + fine.step * fine.step * size,
      sharpness: sharpness)
  }

  /// The agreement of a gradient of zero with a function that does not move far out: at all, or by no more than its
  /// rounding, where what could hide below that is nothing in this gradient.
  func stillness(_ far: Sample) -> Comparison? {
    if far.isFlat(at: target.value, within: 0) {
      return Comparison(analytic: 0, numerical: 0, errorBound: 0, verdict: .agree)
    }
    let width = far.above.x - far.below.x
    let error = 2 * target.rounding / width
    guard far.isFlat(at: target.value, within: target.rounding), error <= floor else { return nil }
    return Comparison(
      analytic: 0, numerical: (far.above.value - far.below.value) / width, errorBound: error, verdict: .agree)
  }

  /// One rounding of the values of a pair.
  private func rounding(of pair: Sample) -> Double {
    .ulpOfOne * max(target.size, max(pair.above.value.magnitude, pair.below.value.magnitude))
  }

  /// A truncation that explains a distance is no reason to agree: smaller steps would show it.
  private func agreement(
    _ analytic: Double, numerical: Double, size: Double, rounding: Double, truncation: Double,
    sharpness: Double
  ) -> Comparison? {
    let error = truncation + rounding
    let (distance, slack) = ((analytic - numerical).magnitude, tolerance * size + rounding)
    guard size.isFinite, error.isFinite, error <= sharpness * size + floor, distance <= slack + floor else {
      return nil
    }
    // Nothing beside the others of the gradient; of its own digits none was seen.
    let reason: Comparison.Reason? = distance <= slack && error <= Self.blur * size ? nil : .resolution
    return Comparison(
      analytic: analytic, numerical: numerical, errorBound: error, verdict: .agree, reason: reason)
  }
}

/// A pair of values, one step above and one below, for each row and each of some numbers.
struct Pairs {
  private let points: [Double]
  private let values: ContiguousArray<Double>
  private let rowCount: Int
  private let step: Double

  /// Asks for them, at `step` times the scale of the number at each slot.
  init(_ rows: [OutputRow], _ probe: Probe, at slots: [Int], step: Double) throws(GateError) {
    var points: [Double] = []
    points.reserveCapacity(2 * slots.count)
    for slot in slots {
      let x = probe.value(at: slot)
      let h = StepLadder.scale(at: x) * step
      points.append(x + h)
      points.append(x - h)
    }
    values = try probe.values(of: rows, moving: slots, to: points)
    self.points = points
    rowCount = rows.count
    self.step = step
  }

  subscript(number: Int, row: Int) -> Sample {
    let (above, below) = (2 * number, 2 * number + 1)
    return Sample(
      step: step, above: (points[above], values[above * rowCount + row]),
      below: (points[below], values[below * rowCount + row]))
  }
}
