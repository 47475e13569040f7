internal import Gradients

/// The operands of a gate in every lane, as they are sent to a program: lanes that are alike share a copy.
///
/// Most lanes differ in a number or two from where a function is checked, and those alone are sent beside what is common.
struct CopiesOfOperands {
  /// How many copies there are.
  let count: Int
  /// The operands in all of them.
  let operands: [CopiedTensor]
  private let copies: [Int]

  init(_ site: Site, in values: Span<Double>) {
    let differences = site.operands.map { Differences($0, lanes: site.lanes, in: values) }
    var copies = Array(repeating: 0, count: site.lanes)
    for difference in differences {
      for lane in difference.lanes { copies[lane] = 1 }
    }
    // Lanes that differ in nothing share copy 0, if there is one.
    var count = copies.contains(0) ? 1 : 0
    for lane in copies.indices where copies[lane] > 0 {
      copies[lane] = count
      count += 1
    }
    (self.count, self.copies) = (count, copies)
    operands = differences.map { $0.copied(copies, count) }
  }

  /// The copy that stands for a lane.
  func copy(ofLane lane: Int) -> Int { copies[lane] }
}

/// What an operand is in most lanes, and where it differs.
private struct Differences {
  /// One in this many elements may differ, before every copy is sent in full.
  private static let sparsity = 4

  let usual: Tensor
  private(set) var lanes: [Int] = []
  private var elements: [Int] = []
  private var values: [Double] = []

  init(_ operand: Operand, lanes: Int, in arena: Span<Double>) {
    var usual: [Double] = []
    usual.reserveCapacity(operand.shape.count)
    for element in 0..<operand.shape.count {
      let slot = operand.start + element * lanes
      // Neighbours may be a step above and a step below the same number, so lanes far apart are asked.
      let (first, middle, last) = (arena[slot], arena[slot + lanes / 2], arena[slot + lanes - 1])
      let common = first.bitPattern == middle.bitPattern ? first : last
      usual.append(common)
      var difference: UInt64 = 0
      for lane in 0..<lanes { difference |= arena[slot + lane].bitPattern ^ common.bitPattern }
      guard difference != 0 else { continue }
      for lane in 0..<lanes where arena[slot + lane].bitPattern != common.bitPattern {
        self.lanes.append(lane)
        elements.append(element)
        values.append(arena[slot + lane])
      }
    }
    self.usual = Tensor(shape: operand.shape, elements: usual)
  }

  func copied(_ copies: [Int], _ count: Int) -> CopiedTensor {
    if lanes.isEmpty { return .same(usual) }
    guard lanes.count * Self.sparsity > usual.shape.count * count else {
      return .changed(
        usual,
        lanes.indices.map {
          CopiedTensor.Change(copy: copies[lanes[$0]], element: elements[$0], value: values[$0])
        })
    }
    var all: [Double] = []
    all.reserveCapacity(count * usual.shape.count)
    for _ in 0..<count { all += usual.elements }
    for (position, lane) in lanes.enumerated() {
      all[copies[lane] * usual.shape.count + elements[position]] = values[position]
    }
    return .all(Tensor(shape: Shape([count] + usual.shape.extents), elements: all))
  }
}
