internal import RealModule

/// A limit of difference quotients, with a bound for its error.
struct Limit: Sendable {
  /// The derivative.
  var value: Double
  /// How far it may be off.
  var error: Double
  /// The step at which it was found.
  var step: Double

  var isFinite: Bool { value.isFinite && error.isFinite }
}

/// The difference quotients of one kind over a ladder of steps, largest step first.
///
/// Richardson's extrapolation turns neighbours into better estimates. Two bounds are put on each: the *coarse* one
/// takes the scatter of all finer estimates for noise; the *strict* one allows no more noise than was measured, and
/// holds only where every finer estimate agrees. Comparing neighbours alone, as Ridders' method does, stops too
/// early where a second scale or a kink lies inside the first steps.
struct QuotientLadder {
  /// Which side the quotients look at.
  enum Kind {
    case central
    case oneSided

    /// The power of the step in which the error of a quotient is a series.
    fileprivate var power: Double { self == .central ? 2 : 1 }

    /// How much the noise of a quotient grows in each column of the table.
    fileprivate var amplification: [Double] {
      self == .central ? [1, 1.7, 2, 2, 2] : [2, 6, 10, 13, 15]
    }
  }

  /// One quotient.
  struct Rung {
    let step: Double
    let quotient: Double
    /// What the rounding of the two points adds to its error.
    let slack: Double
    /// The second difference, where there are two sides.
    let bend: Double
  }

  /// How much noise the strict bound allows a finer estimate, in multiples of what was measured.
  private static let allowance = 16.0

  let kind: Kind
  let rungs: [Rung]
  /// Extrapolated quotients: a row for each rung, a column for each order.
  private let table: [[Double]]

  init(_ kind: Kind, _ rungs: [Rung]) {
    self.kind = kind
    self.rungs = rungs
    var table: [[Double]] = []
    for (row, rung) in rungs.enumerated() {
      var columns = [rung.quotient]
      for order in 1..<5 where order <= row && order == columns.count {
        let coarser = table[row - 1]
        guard order <= coarser.count, columns[order - 1].isFinite, coarser[order - 1].isFinite else { break }
        let ratio = rungs[row - order].step / rung.step
        let factor = kind == .central ? ratio * ratio : ratio
        columns.append((factor * columns[order - 1] - coarser[order - 1]) / (factor - 1))
      }
      table.append(columns)
    }
    self.table = table
  }

  /// The estimates with the smallest bounds.
  ///
  /// - Parameters:
  ///   - noise: of the function's values.
  ///   - ulp: of the point; a term of the function that moves less than this is lost.
  ///   - smallest: no estimate of a finer step is taken.
  /// - Returns: the one by the coarse bound and the one by the strict bound, where there are any.
  func limits(noise: Double, ulp: Double, smallest: Double = 0) -> (coarse: Limit?, strict: Limit?) {
    guard rungs.count >= 3 else { return (nil, nil) }
    var coarse: Limit?
    var strict: Limit?
    for order in 0..<5 {
      let amplification = kind.amplification[order]
      for row in rungs.indices.dropFirst(order + 1) where rungs[row].step >= smallest {
        guard let value = estimate(row, order), let coarser = estimate(row - 1, order) else { continue }
        if !isTaylorLike(row, noise) { continue }
        let step = rungs[row].step
        let change = (value - coarser).magnitude
        let slack = amplification * (rungs[(row - order)...row].lazy.map(\.slack).max() ?? 0)
        let ownNoise = noise + ulp * value.magnitude
        var scatter = 0.0
        var hasFiner = false
        var isConfirmed = true
        for finer in rungs.indices.dropFirst(row + 1) {
          guard let other = estimate(finer, order) else { continue }
          hasFiner = true
          let distance = (other - value).magnitude
          scatter = max(scatter, distance * rungs[finer].step)
          let allowed =
            change + Self.allowance * amplification * ownNoise / rungs[finer].step
            + amplification * rungs[finer].slack + slack
          if distance > allowed { isConfirmed = false }
        }
        guard hasFiner else { continue }
        let floor = amplification * ownNoise / step + slack
        let error = max(change, scatter / step) + floor
        if error < coarse?.error ?? .infinity { coarse = Limit(value: value, error: error, step: step) }
        let strictError = change + 2 * floor
        if isConfirmed, strictError < strict?.error ?? .infinity {
          strict = Limit(value: value, error: strictError, step: step)
        }
      }
    }
    return (coarse, strict)
  }

  /// The limit of quotients that differ from it by a power of the step that is no whole number, by Aitken's process.
  func limitOfFractionalPower() -> Limit? {
    guard rungs.count >= 12 else { return nil }
    let guesses = rungs.indices.dropFirst(2).map { i -> Double? in
      let (before, now) = (
        rungs[i - 1].quotient - rungs[i - 2].quotient, rungs[i].quotient - rungs[i - 1].quotient
      )
      guard before != 0, now != 0, (before + now).isFinite else { return nil }
      let ratio = now / before
      return 0.05 < ratio && ratio < 0.98 ? rungs[i].quotient + now * ratio / (1 - ratio) : nil
    }
    var best: Limit?
    for end in guesses.indices.dropFirst(3) {
      let window = guesses[(end - 3)...end].compactMap(\.self)
      guard window.count == 4, let low = window.min(), let high = window.max() else { continue }
      let value = window[3]
      let error = high - low + .ulpOfOne * value.magnitude
      if error < best?.error ?? .infinity {
        best = Limit(value: value, error: error, step: rungs[end + 2].step)
      }
    }
    return best
  }

  /// Whether the quotients keep growing towards the finest steps, by one factor as those of a root or by one amount as
  /// those of a logarithm: the derivative is infinite.
  ///
  /// Quotients that feel the noise are left out: in `1 + x * log(x)` the finest ones are rounding.
  func divergence(noise: Double) -> FloatingPointSign? {
    let finest = rungs.filter { noise <= 0x1p-12 * ($0.quotient * $0.step).magnitude }.suffix(12)
    guard let last = finest.last, finest.count == 12, finest.allSatisfy(\.quotient.isFinite) else {
      return nil
    }
    func isSteady(_ growth: [Double], _ range: ClosedRange<Double>, _ spread: Double) -> Bool {
      guard let low = growth.min(), let high = growth.max() else { return false }
      return growth.allSatisfy(range.contains) && high - low < spread
    }
    // By halving of the step.
    let growth = zip(finest.dropFirst(), finest).map { fine, coarse in
      let halvings = Double.log2(coarse.step / fine.step)
      return (
        power: .log2(fine.quotient / coarse.quotient) / halvings,
        amount: (fine.quotient - coarse.quotient) / halvings
      )
    }
    let isRoot = isSteady(growth.map(\.power), 0.015...0.98, 0.04)
    let isLogarithm = isSteady(
      zip(growth.dropFirst(), growth).map { $0.amount / $1.amount }, 0.95...1.05, 0.1)
    guard isRoot || isLogarithm, growth.allSatisfy({ ($0.amount < 0) == (last.quotient < 0) }) else {
      return nil
    }
    return last.quotient.sign
  }

  /// Whether the change between two limits is small and erratic, which rounding does and a function does not.
  func looksLikeRounding(between fine: Limit, _ coarse: Limit, value: Double, range: Double) -> Bool {
    let passage = rungs.reversed().filter { fine.step <= $0.step && $0.step <= coarse.step }.map(\.quotient)
    guard let first = passage.first, let last = passage.last else { return false }
    let drop = last - first
    let isMonotone = zip(passage, passage.dropFirst()).allSatisfy { a, b in
      drop > 0 ? b - a >= -1e-3 * drop : b - a <= -1e-3 * drop
    }
    let isLarge =
      (coarse.value - fine.value).magnitude * fine.step > 0x1p-20 * max(value.magnitude, 1e-3 * range)
    return !isMonotone && !isLarge
  }

  private func estimate(_ row: Int, _ order: Int) -> Double? {
    guard order < table[row].count, table[row][order].isFinite else { return nil }
    return table[row][order]
  }

  /// Whether the second difference shrinks with the step, as that of a Taylor series does.
  private func isTaylorLike(_ row: Int, _ noise: Double) -> Bool {
    guard kind == .central, row + 1 < rungs.count else { return true }
    return rungs[row].bend <= 64 * noise || rungs[row].bend >= 1.5 * rungs[row + 1].bend
  }
}
