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

  /// The runs of neighbouring elements that the block consists of, in a tensor of the given shape.
  func runs(in shape: Shape) -> [(start: Int, count: Int)] {
    if shape.rank == 0 { return [(0, 1)] }
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

/// A gate that can compute a block of its output alone, bit for bit as it computes the whole.
protocol BlockGate: Gate {
  /// The block of the output that hangs on a block of the operand at `position`.
  func reach(of block: Block, in position: Int, operands: [Shape], output: Shape) -> Block

  /// Computes a block of the output at `site`.
  func forward(_ values: inout MutableSpan<Double>, at site: Site, block: Block) throws(GateError)

  /// How many steps one element of the output takes.
  func work(_ operands: [Shape]) -> Int
}

extension BlockGate {
  func work(_ operands: [Shape]) -> Int { 1 }
}

extension Graph {
  /// The blocks of each gate up to `output` that change with a block of `node`; nil where nothing changes.
  func blocks(movedBy block: Block, of node: NodeID, upTo output: NodeID) -> [Block?] {
    var blocks: [Block?] = Array(repeating: nil, count: count)
    blocks[node.index] = block
    let wanted = ancestors(of: output)
    for index in table.indices.dropFirst(node.index + 1) where wanted[index] && table[index].gate >= 0 {
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
    blocks[node.index] = nil
    return blocks
  }

  /// The shapes of what the gate at `index` reads.
  func operandShapes(of index: Int) -> [Shape] {
    let entry = table[index]
    return (0..<Int(entry.operandCount)).map {
      shapes[Int(table[Int(operandTable[Int(entry.operands) + $0])].shape)]
    }
  }

  /// About how many steps it takes to compute the given blocks.
  func work(_ blocks: [Block?]) -> Int {
    blocks.indices.reduce(0) { sum, index in
      guard let block = blocks[index] else { return sum }
      switch runners[Int(table[index].gate)] {
      case .elementwise: return sum + block.count
      case .block(let gate): return sum + block.count * gate.work(operandShapes(of: index))
      case .single: return operandShapes(of: index).reduce(sum + block.count) { $0 + $1.count }
      }
    }
  }
}
