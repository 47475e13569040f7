internal import Gradients

/// A line through the point of a check, and what the function gave along it.
struct Line {
  /// What moves along it.
  enum Path {
    case element(Int, of: NodeID)
    case direction(Direction)
  }

  let path: Path
  /// Where on the line the point lies.
  let x: Double
  /// The rounding of a point on the line.
  let ulp: Double
  /// The outputs and the branch signature at each point that was asked, by its bits.
  private var known: [UInt64: (outputs: [Double], branches: UInt64)] = [:]

  /// The line along which one element moves.
  init(_ element: Int, of node: NodeID, at x: Double) {
    (path, self.x, ulp) = (.element(element, of: node), x, x == 0 ? 0 : x.ulp)
  }

  /// The line along which everything moves, from 0; its points round to multiples of `ulp`.
  init(_ direction: Direction, ulp: Double) {
    (path, x, self.ulp) = (.direction(direction), 0, ulp)
  }

  /// A row of the output, its value at the point, and the magnitude to which that rounds.
  struct Target {
    let row: OutputRow
    let value: Double
    let size: Double
    /// How far apart values are known to be without meaning anything, beyond rounding.
    let noise: Double

    /// How far two values may be apart without a difference.
    var rounding: Double { 2 * .ulpOfOne * size }
  }

  /// What the values of a row over the steps of a stage say; nil when there are none.
  mutating func evidence(
    _ target: Target, _ stage: StepLadder.Stage, _ probe: Probe
  ) throws(GateError) -> Evidence? {
    let value = target.value
    let steps = StepLadder.steps(at: x, ulp: ulp, stage)
    try ask(points(of: stage), probe)
    let beside = RowsBeside([target.row], probe.value)
    let samples = steps.compactMap { step -> Sample? in
      let (above, below) = (x + step, x - step)
      guard above.isFinite, below.isFinite, above != x, below != x,
        let up = known[above.bitPattern], let down = known[below.bitPattern]
      else { return nil }
      return Sample(
        step: step, above: (above, beside.values(of: up.outputs)[0]),
        below: (below, beside.values(of: down.outputs)[0]),
        branches: (up.branches, down.branches))
    }
    var stair = 0.0
    if stage > .middle {
      let range = samples.range(around: value, within: 4 * StepLadder.scale(at: x))
      var failure: GateError?
      stair = RoundingStair.height(samples, x: x, value: value, range: range) { points in
        do throws(GateError) {
          try ask(points, probe)
        } catch {
          failure = error
        }
        return points.map { point in
          known[point.bitPattern].map { beside.values(of: $0.outputs)[0] } ?? .nan
        }
      }
      if let failure { throw failure }
    }
    return Evidence(
      x: x, ulp: ulp, value: value, size: target.size, samples: samples,
      noise: target.noise, stair: stair)
  }

  private func points(of stage: StepLadder.Stage) -> [Double] {
    StepLadder.steps(at: x, ulp: ulp, stage).flatMap { [x + $0, x - $0] }
  }

  private func unknown(_ points: [Double]) -> [Double] {
    points.filter { $0.isFinite && known[$0.bitPattern] == nil }
  }

  private mutating func ask(_ points: [Double], _ probe: Probe) throws(GateError) {
    let fresh = unknown(points)
    guard !fresh.isEmpty else { return }
    for (point, answer) in zip(fresh, try probe.answers(along: path, at: fresh)) {
      known[point.bitPattern] = answer
    }
  }

  /// Asks for what a stage needs along several lines, each of which moves an element of `node`, at once.
  static func ask(
    _ lines: inout [Line], of node: NodeID, _ stage: StepLadder.Stage, _ probe: Probe
  ) throws(GateError) {
    var (slots, points, owners): ([Int], [Double], [Int]) = ([], [], [])
    for (number, line) in lines.enumerated() {
      guard case .element(let element, _) = line.path, line.x.isFinite else { continue }
      for point in line.unknown(line.points(of: stage)) {
        slots.append(probe.slot(of: node) + element)
        points.append(point)
        owners.append(number)
      }
    }
    let answers = try probe.answers(moving: slots, to: points)
    for (position, owner) in owners.enumerated() {
      lines[owner].known[points[position].bitPattern] = answers[position]
    }
  }
}

/// A direction in which every element of some nodes moves at once.
struct Direction {
  let weights: [(node: NodeID, weights: Tensor)]
}

extension Decision {
  /// Decides by as much evidence as it takes; nil where it takes more than there is up to `limit`.
  func comparison(
    _ line: inout Line, _ target: Line.Target, upTo limit: StepLadder.Stage, _ probe: Probe
  ) throws(GateError) -> Comparison? {
    var last = Comparison.undecided(analytic, .valueNotFinite)
    for stage in [StepLadder.Stage.middle, .whole, .farthest] where stage <= limit {
      guard let evidence = try line.evidence(target, stage, probe) else { continue }
      let finding = finding(evidence, at: stage)
      last = finding.comparison
      switch stage {
      case .middle:
        if finding.isSettled, last.verdict == .agree { return last }
      case .whole:
        if last.reason == .jump || last.verdict == .disagree { return last }
        if last.verdict == .agree, last.reason != .resolution || finding.isSettled { return last }
      case .farthest: break
      }
    }
    return limit == .farthest ? last : nil
  }
}
