/// The causes of a difference: positions in a list, in order.
///
/// Of very many the first ones are kept, so that graphs that have nothing in common are compared quickly too.
struct CauseSet: Equatable {
  private static let largestCount = 100

  private(set) var positions: [Int] = []

  init(_ position: Int? = nil) {
    if let position { positions = [position] }
  }

  var isEmpty: Bool { positions.isEmpty }

  mutating func insert(_ position: Int) {
    formUnion(CauseSet(position))
  }

  mutating func formUnion(_ other: CauseSet) {
    if other.positions.isEmpty || positions == other.positions { return }
    if positions.isEmpty {
      positions = other.positions
      return
    }
    var union: [Int] = []
    var (i, j) = (0, 0)
    while union.count < Self.largestCount, i < positions.count || j < other.positions.count {
      let a = i < positions.count ? positions[i] : .max
      let b = j < other.positions.count ? other.positions[j] : .max
      union.append(min(a, b))
      if a <= b { i += 1 }
      if b <= a { j += 1 }
    }
    positions = union
  }

  func union(_ other: CauseSet) -> CauseSet {
    var union = self
    union.formUnion(other)
    return union
  }
}
