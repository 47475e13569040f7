internal import Gradients

/// A function of one number and its derivative along a range: lines that break where the function does, and the places
/// where it bends.
struct SampledFunction {
  typealias Line = [(x: Double, y: Double)]

  /// A place where the function has no derivative, from both sides.
  struct Kink {
    let x: Double
    /// The function just left and right of it; they differ at a jump.
    var values: (Double, Double)
    var isJump: Bool

    /// Takes in another event at the same place, right of this one.
    mutating func merge(_ other: Kink) {
      values.1 = other.values.1
      isJump = isJump || other.isJump
    }
  }

  private(set) var values: [Line] = [[]]
  private(set) var slopes: [Line] = [[]]
  private(set) var kinks: [Kink] = []
  /// Whether the function or its derivative leaves every bound somewhere.
  private(set) var hasPole = false
  /// The derivative by central differences, at a few places.
  private(set) var dots: Line = []

  /// What a run at one number gives.
  private struct Sample {
    let x, value, slope: Double
    let branches: BranchSignature

    var isFinite: Bool { value.isFinite }
  }

  private static let count = 481
  /// What is larger than this, beside the scale of the function, leads to infinity.
  private static let steepest = 1e4
  /// How closely the ends of a function are looked at, as a part of the range: nearer, rounding is all that is seen of
  /// such as (exp(x) - 1)/x at 0.
  private static let nearest = 1e-6
  /// No more places than this are looked at closely.
  private static let mostEvents = 100

  /// Runs `output` along a range of the scalar `input`, with the numerical derivative at `dotCount` places.
  init(
    _ graph: Graph, output: NodeID, input: NodeID, inputs: [String: Tensor], range: ClosedRange<Double>,
    dotCount: Int
  ) throws {
    let width = range.upperBound - range.lowerBound
    func place(_ i: Int, of count: Int) -> Double {
      i == count ? range.upperBound : range.lowerBound + width * (Double(i) / Double(count))
    }
    // Small functions run side by side; a large one alone, where its matrix products are quickest.
    let lanes = max(1, min(Self.count, 200_000 / max(1, graph.slotCount)))
    func samples(_ all: [Double]) throws -> [Sample] {
      try stride(from: 0, to: all.count, by: lanes).flatMap {
        try run(Array(all[$0..<min($0 + lanes, all.count)]))
      }
    }
    func run(_ xs: [Double]) throws -> [Sample] {
      var evaluation = try Evaluation(graph, inputs: inputs, lanes: xs.count)
      for (lane, x) in xs.enumerated() { evaluation.set(input, element: 0, lane: lane, to: x) }
      try evaluation.forward()
      try evaluation.backward(from: output)
      let branches = evaluation.branches(upTo: output)
      return xs.indices.map { lane in
        Sample(
          x: xs[lane], value: evaluation.value(of: output, element: 0, lane: lane),
          slope: evaluation.gradient(of: input, lane: lane).elements[0], branches: branches[lane])
      }
    }
    let places = (0..<dotCount).map { place(2 * $0 + 1, of: 2 * dotCount) }
    let step = 1e-5 * max(width / 10, 1e-9)
    let around = try samples(places.flatMap { [$0 - step, $0 + step] })
    let dots: Line = places.indices.compactMap { i in
      let slope = (around[2 * i + 1].value - around[2 * i].value) / (around[2 * i + 1].x - around[2 * i].x)
      return slope.isFinite ? (places[i], slope) : nil
    }

    let known = try samples((0..<Self.count).map { place($0, of: Self.count - 1) })
    let scale = Self.scale(known.map(\.value).filter(\.isFinite))
    var events: [Double] = []
    // Where the function was last seen before it had no value, and the first number at which it had none.
    var edge: (left: Sample, hole: Double)?
    for (i, sample) in known.enumerated() {
      add(sample)
      guard i + 1 < known.count else { break }
      let next = known[i + 1]
      let neighbours = [i > 0 ? known[i - 1] : sample, i + 2 < known.count ? known[i + 2] : next]
      let usual = max(
        (sample.value - neighbours[0].value).magnitude, (next.value - neighbours[1].value).magnitude)
      let leap = (next.value - sample.value).magnitude
      let isSuspicious = leap > 0.02 * scale && leap > 5 * usual || leap > 2 * scale
      guard
        sample.isFinite != next.isFinite || sample.branches != next.branches
          || (isSuspicious && sample.isFinite),
        events.count < Self.mostEvents
      else { continue }
      let (left, right) = try Self.closeUp(sample, next, nearest: Self.nearest * width) {
        try samples([$0])[0]
      }
      events.append(left.x)
      join(left, right, at: shown(left, right), leap: leap, bend: 1e-6, scale: scale)
      guard left.isFinite != right.isFinite else { continue }
      let end = left.isFinite ? left : right
      if max(end.value.magnitude / Self.steepest, end.slope.magnitude * width / 100) > scale {
        hasPole = true
        edge = nil
      } else if left.isFinite {
        edge = (left, right.x)
      } else if let (left, hole) = edge, right.x - left.x < 4 * Self.nearest * width {
        // A single number without a value, as 0 in sin(x)/x.
        let leap = (right.value - left.value).magnitude
        join(left, right, at: hole, leap: leap, bend: 1e-2, scale: scale)
      }
    }
    // Across a kink, a difference says nothing of either side.
    self.dots = dots.filter { dot in !events.contains { ($0 - dot.x).magnitude <= step } }
    // What is a point between two events is no line; two events at one place are one.
    let point = 1e-9 * width
    values.removeAll { ($0.last?.x ?? 0) - ($0.first?.x ?? 0) < point }
    slopes.removeAll { ($0.last?.x ?? 0) - ($0.first?.x ?? 0) < point }
    kinks = kinks.reduce(into: []) { kinks, kink in
      if let last = kinks.last, kink.x - last.x < point {
        kinks[kinks.count - 1].merge(kink)
      } else {
        kinks.append(kink)
      }
    }
  }

  /// The two neighbouring numbers between which something happens: the function begins or ends, another piece of it
  /// begins, or it leaps.
  private static func closeUp(
    _ left: Sample, _ right: Sample, nearest: Double, _ sample: (Double) throws -> Sample
  ) throws -> (Sample, Sample) {
    var (left, right) = (left, right)
    for _ in 0..<60 {
      let x = left.x + (right.x - left.x) / 2
      guard x > left.x, x < right.x, left.isFinite == right.isFinite || right.x - left.x > nearest else {
        break
      }
      let middle = try sample(x)
      let goesRight: Bool
      if left.isFinite != right.isFinite {
        goesRight = middle.isFinite == left.isFinite
      } else if left.branches != right.branches {
        goesRight = middle.branches == left.branches
      } else {
        goesRight = (right.value - middle.value).magnitude > (middle.value - left.value).magnitude
      }
      if goesRight { left = middle } else { right = middle }
    }
    return (left, right)
  }

  private mutating func add(_ sample: Sample) {
    if sample.value.isFinite {
      values[values.count - 1].append((sample.x, sample.value))
    } else {
      breakLine(&values)
    }
    if sample.value.isFinite, sample.slope.isFinite {
      slopes[slopes.count - 1].append((sample.x, sample.slope))
    } else {
      breakLine(&slopes)
    }
    if sample.value.isInfinite || sample.slope.isInfinite { hasPole = true }
  }

  /// Draws two neighbours: as one line, or as the sides of a kink where their slopes are more than `bend` apart, of a
  /// jump where their values are most of `leap` apart, or of a pole.
  private mutating func join(
    _ left: Sample, _ right: Sample, at place: Double, leap: Double, bend: Double, scale: Double
  ) {
    add(left)
    defer { add(right) }
    guard left.isFinite, right.isFinite else { return }
    let height = (right.value - left.value).magnitude
    let largest = max(left.value.magnitude, right.value.magnitude)
    if largest > Self.steepest * scale, height > largest / 2 {
      hasPole = true
      breakLine(&values)
      breakLine(&slopes)
    } else if height > 1e-3 * scale, height > 0.5 * leap {
      breakLine(&values)
      breakLine(&slopes)
      kinks.append(Kink(x: place, values: (left.value, right.value), isJump: true))
    } else if (right.slope - left.slope).magnitude > bend
      * max(1, left.slope.magnitude, right.slope.magnitude)
    {
      breakLine(&slopes)
      kinks.append(Kink(x: place, values: (left.value, right.value), isJump: false))
    }
  }

  /// The place between two neighbours: the one of them that is rounder.
  private func shown(_ left: Sample, _ right: Sample) -> Double {
    NumberText.exact(left.x).count < NumberText.exact(right.x).count ? left.x : right.x
  }

  private func breakLine(_ lines: inout [Line]) {
    if lines.last?.isEmpty == false { lines.append([]) }
  }

  /// How far the middle nine tenths of the values reach.
  private static func scale(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard let first = sorted.first, let last = sorted.last else { return 1 }
    let inner = sorted[sorted.count * 19 / 20] - sorted[sorted.count / 20]
    return inner > 0 ? inner : last > first ? last - first : 1
  }
}
