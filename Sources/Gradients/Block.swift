/// A block of a tensor: a range of indices along each axis.
///
/// One number that is nudged changes only a block of what is computed from it.
public struct Block: Equatable, Sendable {
  /// The ranges, one for each axis.
  public let ranges: [Range<Int>]

  /// Makes a block.
  public init(_ ranges: [Range<Int>]) {
    self.ranges = ranges
  }

  /// The whole of a tensor.
  public init(_ shape: Shape) {
    ranges = shape.extents.map { 0..<$0 }
  }

  /// How many elements there are in it.
  public var count: Int { ranges.reduce(1) { $0 * $1.count } }

  /// The smallest block that holds both.
  func union(_ other: Block) -> Block {
    Block(
      zip(ranges, other.ranges).map {
        min($0.lowerBound, $1.lowerBound)..<max($0.upperBound, $1.upperBound)
      })
  }

  /// The first element, counted in row-major order in a tensor of the given shape.
  func start(in shape: Shape) -> Int {
    ranges.indices.reduce(0) { $0 * shape.extents[$1] + ranges[$1].lowerBound }
  }

  /// The runs of neighbouring elements that the block consists of, in a tensor of the given shape.
  func runs(in shape: Shape) -> [(start: Int, count: Int)] {
    if shape.rank == 0 { return [(0, 1)] }
    if shape.rank == 1 { return [(ranges[0].lowerBound, ranges[0].count)] }
    if shape.rank == 2, ranges[1].count < shape.extents[1] {
      return ranges[0].map { ($0 * shape.extents[1] + ranges[1].lowerBound, ranges[1].count) }
    }
    // Axes at the end that the block spans whole are part of each run.
    var axis = shape.rank
    var length = 1
    while axis > 0, ranges[axis - 1].count == shape.extents[axis - 1] {
      axis -= 1
      length *= shape.extents[axis]
    }
    guard axis > 0 else { return [(0, length)] }
    let strides = shape.strides
    length *= ranges[axis - 1].count
    let outer = StridedView(
      extents: ranges.prefix(axis - 1).map(\.count), strides: Array(strides.prefix(axis - 1)),
      start: start(strides))
    return outer.offsets.map { ($0, length) }
  }

  /// The part of `view`, a walk over all elements, that walks over this block.
  func part(of view: StridedView) -> StridedView {
    StridedView(
      extents: ranges.map(\.count), strides: view.strides, start: view.start + start(view.strides))
  }

  private func start(_ strides: [Int]) -> Int {
    zip(ranges, strides).reduce(0) { $0 + $1.0.lowerBound * $1.1 }
  }
}

/// What changes at a gate when some numbers are moved: the lanes hold the same everywhere else.
struct Change: Sendable {
  /// A block of each operand; nil for one that stays where it is.
  let operands: [Block?]
  /// The block of the output that hangs on them.
  let output: Block

  init(operands: [Block?], output: Block) {
    (self.operands, self.output) = (operands, output)
  }

  /// What a gate is told that does not ask.
  static let nothing = Change(operands: [], output: Block([]))

  /// Everything.
  init(_ site: Site) {
    self.init(operands: site.operands.map { Block($0.shape) }, output: Block(site.output.shape))
  }
}

/// A gate that can compute a block of its output alone, bit for bit as it computes the whole.
protocol BlockGate: Gate {
  /// The block of the output that hangs on a block of the operand at `position`.
  func reach(of block: Block, in position: Int, operands: [Shape], output: Shape) -> Block

  /// Computes what changes of the output at `site`.
  func forward(_ values: inout MutableSpan<Double>, at site: Site, change: Change) throws(GateError)

  /// How many steps one element of the output takes.
  func work(_ operands: [Shape]) -> Int
}

extension BlockGate {
  func forward(_ values: inout MutableSpan<Double>, at site: Site) throws(GateError) {
    try forward(&values, at: site, change: Change(site))
  }

  func work(_ operands: [Shape]) -> Int { 1 }
}

extension Graph {
  /// The blocks of each node up to `output` that change with blocks of some; nil where nothing changes.
  func blocks(movedBy moved: [(node: NodeID, block: Block)], upTo output: NodeID) -> [Block?] {
    var blocks: [Block?] = Array(repeating: nil, count: count)
    for (node, block) in moved { blocks[node.index] = block }
    let wanted = ancestors(of: output)
    for index in table.indices where wanted[index] && table[index].gate >= 0 && blocks[index] == nil {
      let entry = table[index]
      let shape = shapes[Int(entry.shape)]
      var reached: Block?
      for position in 0..<Int(entry.operandCount) {
        let operand = Int(operandTable[Int(entry.operands) + position])
        guard let moved = blocks[operand] else { continue }
        let part: Block =
          switch runners[Int(entry.gate)] {
          case .elementwise: moved
          case .block(let gate):
            gate.reach(of: moved, in: position, operands: operandShapes(of: index), output: shape)
          case .single: Block(shape)
          }
        reached = reached?.union(part) ?? part
      }
      blocks[index] = reached
    }
    return blocks
  }

  /// The shapes of what the gate at `index` reads.
  func operandShapes(of index: Int) -> [Shape] {
    let entry = table[index]
    return (0..<Int(entry.operandCount)).map {
      shapes[Int(table[Int(operandTable[Int(entry.operands) + $0])].shape)]
    }
  }

  /// About how many steps it takes to compute the given blocks of gates.
  func work(_ blocks: [Block?]) -> Int {
    blocks.indices.reduce(0) { sum, index in
      guard let block = blocks[index], table[index].gate >= 0 else { return sum }
      switch runners[Int(table[index].gate)] {
      case .elementwise: return sum + block.count
      case .block(let gate): return sum + block.count * gate.work(operandShapes(of: index))
      case .single: return operandShapes(of: index).reduce(sum + block.count) { $0 + $1.count }
      }
    }
  }
}
