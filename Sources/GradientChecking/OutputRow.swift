internal import Gradients

/// One number made of an output, whose gradient is checked: a row of the Jacobian, or a sum of rows.
public enum OutputRow: Sendable, Equatable, Codable {
  /// One element of the output.
  case element(Int)
  /// The sum of all elements.
  case sum
  /// The sum of all elements, each with a random sign drawn from the seed.
  case direction(seed: UInt64)
  /// The sum of all elements, each times its own weight.
  case weighted([Double])

  /// Up to this many elements of the output have a row each.
  private static let largestCount = 64
  /// How many random directions and how many single elements stand for a larger output.
  private static let (directionCount, sampleCount) = (4, 8)

  /// The rows that make up the check of an output of the given shape.
  static func all(for shape: Shape, seed: UInt64) -> [OutputRow] {
    guard shape.count > largestCount else { return (0..<shape.count).map { .element($0) } }
    var random = SplitMix64(seed: seed)
    let directions = (0..<directionCount).map { _ in OutputRow.direction(seed: random.next()) }
    return directions + random.sample(sampleCount, of: shape.count).map { .element($0) }
  }

  /// The weight of each element of an output of the given shape.
  func weights(_ shape: Shape) -> Tensor {
    switch self {
    case .element(let element):
      var weights = Tensor(repeating: 0, shape: shape)
      weights.elements[element] = 1
      return weights
    case .sum: return Tensor(repeating: 1, shape: shape)
    case .weighted(let weights): return Tensor(shape: shape, elements: weights)
    case .direction(let seed):
      var random = SplitMix64(seed: seed)
      return Tensor(
        shape: shape, elements: (0..<shape.count).map { _ in random.next() & 1 == 0 ? 1 : -1 })
    }
  }

  /// The element of the output that the number is, if it is one.
  var element: Int? {
    if case .element(let element) = self { element } else { nil }
  }

  /// The sum of the magnitudes of what the number is made of, to which its rounding is relative.
  func magnitude(_ elements: some Collection<Double>) -> Double {
    switch self {
    case .element: return value(elements).magnitude
    case .sum, .direction: return elements.reduce(0) { $0 + $1.magnitude }
    case .weighted(let weights): return zip(weights, elements).reduce(0) { $0 + ($1.0 * $1.1).magnitude }
    }
  }

  /// The number, for the given elements of the output.
  func value(_ elements: some Collection<Double>) -> Double {
    switch self {
    case .element(let element): return elements[elements.index(elements.startIndex, offsetBy: element)]
    case .sum: return elements.reduce(0, +)
    case .weighted(let weights):
      return zip(weights, elements).reduce(0) { $0 + ($1.0 == 0 ? 0 : $1.0 * $1.1) }
    case .direction(let seed):
      var random = SplitMix64(seed: seed)
      return elements.reduce(0) { random.next() & 1 == 0 ? $0 + $1 : $0 - $1 }
    }
  }
}

/// Rows of an output that is asked for beside a center.
///
/// Only what has moved is summed: where it is little beside the rest, the rest would round anew each time.
struct RowsBeside {
  /// The rows.
  let rows: [OutputRow]
  private let center: [Double]
  private let values: [Double]
  private let weights: [[Double]]

  init(_ rows: [OutputRow], _ center: Tensor) {
    (self.rows, self.center) = (rows, center.elements)
    values = rows.map { $0.value(center.elements) }
    weights = rows.map { row in
      if case .element = row { return [] }
      return row.weights(center.shape).elements
    }
  }

  /// The number of each row for other elements of the output.
  func values(of elements: [Double]) -> [Double] {
    let moved = elements.indices.filter { elements[$0].bitPattern != center[$0].bitPattern }
    return rows.indices.map { position in
      if case .element(let element) = rows[position] { return elements[element] }
      let weights = weights[position]
      return values[position]
        + moved.reduce(0) {
          weights[$1] == 0 ? $0 : $0 + weights[$1] * (elements[$1] - center[$1])
        }
    }
  }
}

extension SplitMix64 {
  /// `count` different numbers below `bound`, in order; all of them where there are no more.
  mutating func sample(_ count: Int, of bound: Int) -> [Int] {
    guard count < bound else { return Array(0..<bound) }
    var chosen: Set<Int> = []
    // Floyd's algorithm: each subset is as likely as any other.
    for last in (bound - count)..<bound {
      let pick = Int(next() % UInt64(last + 1))
      chosen.insert(chosen.contains(pick) ? last : pick)
    }
    return chosen.sorted()
  }
}
