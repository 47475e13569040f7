/// The order in which a graph is run: equal elementwise gates that do not wait for one another run together.
///
/// A call for each scalar gate would cost more than its arithmetic; a batch costs one call.
struct Schedule: Sendable {
  /// One call: a batch of an elementwise gate, or a single use of another.
  private struct Phase {
    var gate: Int32
    /// Positions in `calls`; for a gate that is not elementwise, the position in `uses`, and -1.
    var start: Int32
    var end: Int32
  }

  /// A use of a gate that is not elementwise.
  private struct Use {
    let node: NodeID
    let site: Site
    /// What a gate that computes blocks computes; nothing for another, which computes everything.
    let change: Change
  }

  private var phases: ContiguousArray<Phase> = []
  /// Where a program runs several gates in a row; on the way back each is by itself.
  private var chains: [ChainPhase] = []
  private var calls: ContiguousArray<ElementwiseCall> = []
  private var uses: ContiguousArray<Use> = []
  private let runners: [Graph.Runner]
  private let piecewiseGates: [(any PiecewiseGate)?]
  private let lanes: Int

  /// In lanes or in part a smaller graph runs in the order of its nodes: sorting its gates would cost more than it saves.
  private static let smallestSortedCount = 33

  /// Plans the nodes for which `includes` is true, all of them without it; of a node with a block, that block alone.
  init(_ graph: Graph, lanes: Int, includes: [Bool]? = nil, blocks: [Block?]? = nil) {
    self.init(ordering: graph, lanes, includes, blocks)
    if lanes == 1, graph.hasBlackBoxes { joinChains() }
  }

  private init(ordering graph: Graph, _ lanes: Int, _ includes: [Bool]?, _ blocks: [Block?]?) {
    runners = graph.runners
    piecewiseGates = graph.piecewiseGates
    self.lanes = lanes
    let table = graph.table
    let operands = graph.operandTable
    guard table.count >= Self.smallestSortedCount || (blocks == nil && lanes == 1) else {
      phases.reserveCapacity(table.count)
      calls.reserveCapacity(table.count)
      for index in table.indices where table[index].gate >= 0 && (includes?[index] ?? true) {
        add(index, of: graph, lanes, blocks)
      }
      return
    }

    // Depth: the longest way from a leaf. Nodes of one depth do not read one another.
    var depths = ContiguousArray<Int32>(repeating: 0, count: table.count)
    var starts: ContiguousArray<Int32> = [0]
    for index in table.indices where table[index].gate >= 0 && (includes?[index] ?? true) {
      let node = table[index]
      var depth: Int32 = 0
      for position in Int(node.operands)..<Int(node.operands + node.operandCount) {
        depth = max(depth, depths[Int(operands[position])])
      }
      depths[index] = depth + 1
      if starts.count <= Int(depth) + 1 { starts.append(0) }
      starts[Int(depth) + 1] += 1
    }
    for depth in starts.indices.dropFirst() { starts[depth] += starts[depth - 1] }
    var order = ContiguousArray<Int32>(repeating: 0, count: Int(starts[starts.count - 1]))
    var next = starts
    for index in table.indices where depths[index] > 0 {
      let depth = Int(depths[index]) - 1
      order[Int(next[depth])] = Int32(index)
      next[depth] += 1
    }

    calls.reserveCapacity(order.count)
    var counts = ContiguousArray<Int32>(repeating: 0, count: graph.gates.count)
    var sorted: ContiguousArray<Int32> = []
    for depth in starts.indices.dropLast() {
      let range = Int(starts[depth])..<Int(starts[depth + 1])
      if range.count == 1 {
        add(Int(order[range.lowerBound]), of: graph, lanes, blocks)
        continue
      }
      // A stable counting sort by gate.
      for gate in counts.indices { counts[gate] = 0 }
      for position in range { counts[Int(table[Int(order[position])].gate)] += 1 }
      var sum: Int32 = 0
      for gate in counts.indices {
        let count = counts[gate]
        counts[gate] = sum
        sum += count
      }
      sorted.removeAll(keepingCapacity: true)
      for _ in range { sorted.append(0) }
      for position in range {
        let gate = Int(table[Int(order[position])].gate)
        sorted[Int(counts[gate])] = order[position]
        counts[gate] += 1
      }
      for index in sorted {
        add(Int(index), of: graph, lanes, blocks)
      }
    }
  }

  private mutating func add(
    _ index: Int, of graph: Graph, _ lanes: Int, _ blocks: [Block?]?
  ) {
    let node = graph.table[index]
    let operands = Int(node.operands)..<Int(node.operands + node.operandCount)
    guard graph.elementwiseOperandCounts[Int(node.gate)] > 0 else {
      phases.append(Phase(gate: node.gate, start: Int32(uses.count), end: -1))
      let site = graph.site(of: index, lanes: lanes)
      uses.append(
        Use(node: NodeID(index: index), site: site, change: graph.change(at: index, site, blocks)))
      return
    }
    let x = graph.table[Int(graph.operandTable[operands.lowerBound])].slot
    let y = graph.table[Int(graph.operandTable[operands.upperBound - 1])].slot
    let first = calls.count
    func call(_ start: Int, _ count: Int) -> ElementwiseCall {
      ElementwiseCall(
        x: (x + Int32(start)) * Int32(lanes), y: (y + Int32(start)) * Int32(lanes),
        z: (node.slot + Int32(start)) * Int32(lanes), count: Int32(count * lanes))
    }
    if let block = blocks?[index] {
      for run in block.runs(in: graph.shapes[Int(node.shape)]) { calls.append(call(run.start, run.count)) }
    } else {
      calls.append(call(0, node.shape == 0 ? 1 : graph.shapes[Int(node.shape)].count))
    }
    if let last = phases.last, last.gate == node.gate, last.end >= 0 {
      phases[phases.count - 1].end = Int32(calls.count)
    } else {
      phases.append(Phase(gate: node.gate, start: Int32(first), end: Int32(calls.count)))
    }
  }

  /// Runs every gate forward.
  func forward(_ values: inout ContiguousArray<Double>) throws(GateError) {
    var values = values.mutableSpan
    let (calls, uses) = (calls.span, uses.span)
    var chain = 0
    var index = 0
    while index < phases.count {
      if chain < chains.count, chains[chain].phases.lowerBound == index {
        try chains[chain].forward(&values)
        index = chains[chain].phases.upperBound
        chain += 1
        continue
      }
      let phase = phases[index]
      index += 1
      do throws(GateError) {
        switch runners[Int(phase.gate)] {
        case .elementwise(let gate):
          gate.forward(&values, calls: calls.extracting(Int(phase.start)..<Int(phase.end)))
        case .single(let gate):
          try gate.forward(&values, at: uses[Int(phase.start)].site)
        case .block(let gate):
          try gate.forward(
            &values, at: uses[Int(phase.start)].site, change: uses[Int(phase.start)].change)
        }
      } catch {
        throw error.at(uses[Int(phase.start)].node)
      }
    }
  }

  /// Finds where gates of one program that runs chains follow one another.
  private mutating func joinChains() {
    var start = 0
    while start < phases.count {
      var chain = ChainPhase(from: start)
      while chain.phases.upperBound < phases.count {
        let phase = phases[chain.phases.upperBound]
        guard phase.end < 0, case .single(let single) = runners[Int(phase.gate)],
          let gate = single as? any BlackBoxGate
        else { break }
        let use = uses[Int(phase.start)]
        guard chain.add(gate, use.node, at: use.site) else { break }
      }
      if chain.phases.count > 1 { chains.append(chain) }
      start = max(chain.phases.upperBound, start + 1)
    }
  }

  /// The branch signature of each lane: the choices of the piecewise gates.
  func branches(_ values: ContiguousArray<Double>) -> [BranchSignature] {
    var signatures = Array(repeating: BranchSignature(), count: lanes)
    let values = values.span
    for index in phases.indices {
      let phase = phases[index]
      guard let gate = piecewiseGates[Int(phase.gate)] else { continue }
      if phase.end < 0 {
        gate.mixBranches(into: &signatures, values: values, at: uses[Int(phase.start)].site)
      } else {
        for call in Int(phase.start)..<Int(phase.end) {
          gate.mixBranches(into: &signatures, values: values, at: Site(calls[call], lanes: lanes))
        }
      }
    }
    return signatures
  }

  /// Runs every gate backward, in the opposite order; past a gate that fails, if that is asked for.
  func backward(
    _ gradients: inout ContiguousArray<Double>, values: ContiguousArray<Double>, pastFailures: Bool = false
  ) throws(GateError) {
    var gradients = gradients.mutableSpan
    let values = values.span
    let calls = calls.span
    for index in phases.indices.reversed() {
      let phase = phases[index]
      do throws(GateError) {
        switch runners[Int(phase.gate)] {
        case .elementwise(let gate):
          gate.backward(
            &gradients, values: values, calls: calls.extracting(Int(phase.start)..<Int(phase.end)))
        case .single(let gate):
          try gate.backward(&gradients, values: values, at: uses[Int(phase.start)].site)
        case .block(let gate):
          try gate.backward(&gradients, values: values, at: uses[Int(phase.start)].site)
        }
      } catch {
        let use = uses[Int(phase.start)]
        guard pastFailures else { throw error.at(use.node) }
        for position in error.operands ?? Array(use.site.operands.indices) {
          let operand = use.site.operands[position]
          for slot in operand.start..<operand.start + operand.shape.count * use.site.lanes {
            gradients[slot] = .nan
          }
        }
      }
    }
  }
}

extension Graph {
  /// Where the gate at `index` finds its operands in an arena of `lanes` lanes.
  func site(of index: Int, lanes: Int) -> Site {
    let node = table[index]
    func operand(_ index: Int) -> Operand {
      Operand(start: Int(table[index].slot) * lanes, shape: shapes[Int(table[index].shape)])
    }
    let range = Int(node.operands)..<Int(node.operands + node.operandCount)
    return Site(operands: range.map { operand(Int(operandTable[$0])) }, output: operand(index), lanes: lanes)
  }

  /// What changes at the gate at `index`, when the given blocks of all nodes do: everything without any.
  func change(at index: Int, _ site: Site, _ blocks: [Block?]?) -> Change {
    let node = table[index]
    guard case .block = runners[Int(node.gate)] else { return .nothing }
    guard let blocks, let output = blocks[index] else { return Change(site) }
    let range = Int(node.operands)..<Int(node.operands + node.operandCount)
    return Change(operands: range.map { blocks[Int(operandTable[$0])] }, output: output)
  }
}

extension Site {
  /// Where one use of an elementwise gate finds its operands; one that has one operand finds it twice.
  fileprivate init(_ call: ElementwiseCall, lanes: Int) {
    let shape = Shape(Int(call.count) / lanes)
    func operand(_ start: Int32) -> Operand { Operand(start: Int(start), shape: shape) }
    self.init(operands: [operand(call.x), operand(call.y)], output: operand(call.z), lanes: lanes)
  }
}
