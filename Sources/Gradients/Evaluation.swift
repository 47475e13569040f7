/// One run of a graph: the value and the gradient of every node.
///
/// All values lie in one arena and all gradients in another. With more than one *lane*, every number stands there
/// so many times, side by side, and one pass computes that many copies of the function.
public struct Evaluation: ~Copyable, Sendable {
  /// The function that is run.
  public let graph: Graph

  /// How many copies are computed at once.
  public let lanes: Int

  private let schedule: Schedule
  /// The plan of the last backward pass, and the output it went from.
  private var ancestry: (output: NodeID, plan: Schedule)?
  @usableFromInline var values: ContiguousArray<Double>
  private var gradients: ContiguousArray<Double> = []

  /// Makes a run of `graph` at the given inputs; ``forward()`` computes it.
  ///
  /// - Throws: `InputError` when an input of the graph is missing or of another shape.
  public init(_ graph: Graph, inputs: [String: Tensor] = [:], lanes: Int = 1) throws(InputError) {
    precondition(lanes > 0, "an evaluation needs a lane, not \(lanes)")
    self.graph = graph
    self.lanes = lanes
    schedule = Schedule(graph, lanes: lanes)
    values = ContiguousArray(repeating: 0, count: graph.slotCount * lanes)
    for node in graph.nodes {
      switch graph.kind(ofLeaf: node) {
      case .constant(let tensor): write(tensor, at: node)
      case .input(let name):
        guard let tensor = inputs[name] else { throw InputError("input '\(name)' has no value") }
        try set(node, to: tensor)
      case .gate, nil: break
      }
    }
  }

  /// Gives an input or a constant another value, in every lane.
  ///
  /// - Throws: `InputError` with both shapes when `value` is of another shape than the leaf.
  public mutating func set(_ leaf: NodeID, to value: Tensor) throws(InputError) {
    guard value.shape == graph.shape(of: leaf) else {
      let name = graph.annotation(of: leaf).name ?? leaf.description
      throw InputError("input '\(name)' has shape \(graph.shape(of: leaf)), not \(value.shape)")
    }
    write(value, at: leaf)
  }

  /// Gives one element of a node another value, in one lane.
  ///
  /// ``forward()`` computes the value of a gate anew; ``forward(_:)`` with what the gate reaches does not.
  public mutating func set(_ node: NodeID, element: Int, lane: Int, to value: Double) {
    precondition(element < graph.shape(of: node).count && lane < lanes, "element \(element), lane \(lane)")
    values[(graph.slot(of: node) + element) * lanes + lane] = value
  }

  /// The number at a slot, and another value that it takes; ``Graph/slot(of:)`` says where those of a node begin.
  public typealias Move = (slot: Int, to: Double)

  /// Moves one number in each of the first lanes: in each another one, or to another value.
  public mutating func move(_ moves: Span<Move>) {
    precondition(moves.count <= lanes, "\(moves.count) moves in \(lanes) lanes")
    let lanes = lanes
    var values = values.mutableSpan
    for lane in moves.indices { values[moves[lane].slot * lanes + lane] = moves[lane].to }
  }

  /// Takes moves back: gives the numbers the values of a snapshot.
  public mutating func reset(_ moves: Span<Move>, to snapshot: ContiguousArray<Double>) {
    let lanes = lanes
    var values = values.mutableSpan
    for lane in moves.indices { values[moves[lane].slot * lanes + lane] = snapshot[moves[lane].slot] }
  }

  /// The number at a slot, in one lane.
  @inlinable
  public func value(slot: Int, lane: Int) -> Double { values[slot * lanes + lane] }

  /// Computes the value of every gate.
  ///
  /// - Throws: `GateError` when a gate has no output for its operands.
  public mutating func forward() throws(GateError) {
    try schedule.forward(&values)
  }

  /// Computes the value of the gates in `part` alone; the others keep theirs.
  ///
  /// - Throws: `GateError` when a gate has no output for its operands.
  public mutating func forward(_ part: Downstream) throws(GateError) {
    precondition(part.lanes == lanes, "a plan for \(part.lanes) lanes, an evaluation of \(lanes)")
    try part.schedule.forward(&values)
  }

  /// All numbers of the first lane, by which a reset puts things back.
  public func snapshot() -> ContiguousArray<Double> {
    var snapshot: ContiguousArray<Double> = []
    snapshot.reserveCapacity(graph.slotCount)
    for slot in 0..<graph.slotCount { snapshot.append(values[slot * lanes]) }
    return snapshot
  }

  /// The same run in so many lanes, each as the first one here.
  public func copy(lanes: Int) -> Evaluation {
    Evaluation(copying: self, lanes: lanes)
  }

  private init(copying other: borrowing Evaluation, lanes: Int) {
    precondition(lanes > 0, "an evaluation needs a lane, not \(lanes)")
    (graph, self.lanes) = (other.graph, lanes)
    schedule = Schedule(graph, lanes: lanes)
    values = ContiguousArray(repeating: 0, count: graph.slotCount * lanes)
    for slot in 0..<graph.slotCount {
      for lane in slot * lanes..<(slot + 1) * lanes { values[lane] = other.values[slot * other.lanes] }
    }
  }

  /// Gives a node other values, in one lane.
  public mutating func set(_ node: NodeID, lane: Int, to elements: ArraySlice<Double>) {
    precondition(elements.count == graph.shape(of: node).count && lane < lanes, "lane \(lane)")
    let start = graph.slot(of: node)
    for (element, value) in elements.enumerated() { values[(start + element) * lanes + lane] = value }
  }

  /// Gives what `part` computes the values of a snapshot, in every lane, but for what `next` computes as well.
  public mutating func reset(
    _ part: Downstream, to snapshot: ContiguousArray<Double>, before next: Downstream? = nil
  ) {
    for node in graph.nodes {
      guard let block = part.blocks[node.index], block != next?.blocks[node.index] else { continue }
      for run in block.runs(in: graph.shape(of: node)) {
        reset(graph.slot(of: node) + run.start, run.count, to: snapshot)
      }
    }
  }

  /// Gives a node the value of a snapshot, in every lane.
  public mutating func reset(_ node: NodeID, to snapshot: ContiguousArray<Double>) {
    reset(graph.slot(of: node), graph.shape(of: node).count, to: snapshot)
  }

  private mutating func reset(_ start: Int, _ count: Int, to snapshot: ContiguousArray<Double>) {
    precondition(snapshot.count == graph.slotCount, "a snapshot of another graph")
    let lanes = lanes
    var values = values.mutableSpan
    for slot in start..<start + count {
      let value = snapshot[slot]
      for lane in slot * lanes..<(slot + 1) * lanes { values[lane] = value }
    }
  }

  /// Moves a node along lines: the first lanes each get what a snapshot holds plus a distance times weights, all
  /// distances along the first line before those along the next.
  public mutating func move(
    _ node: NodeID, from snapshot: ContiguousArray<Double>, along lines: [Tensor], by distances: [Double]
  ) {
    let (start, lanes, count) = (graph.slot(of: node), lanes, graph.shape(of: node).count)
    precondition(
      lines.count * distances.count <= lanes && lines.allSatisfy { $0.shape.count == count },
      "lines of another shape, or more than lanes")
    var values = values.mutableSpan
    // As many elements at a time as the lanes of which stay in the nearest cache.
    for first in stride(from: 0, to: count, by: 64) {
      for (line, weights) in lines.enumerated() {
        for element in first..<min(first + 64, count) {
          let (value, weight) = (snapshot[start + element], weights.elements[element])
          var lane = (start + element) * lanes + line * distances.count
          for distance in distances {
            values[lane] = value + distance * weight
            lane += 1
          }
        }
      }
    }
  }

  /// Computes the gradient of `output` with respect to every node.
  ///
  /// - Parameters:
  ///   - output: the node that is differentiated.
  ///   - upstream: the gradient at the output, of its shape; ones without it.
  /// - Throws: `GateError` when a gate's backward pass fails.
  public mutating func backward(from output: NodeID, upstream: Tensor? = nil) throws(GateError) {
    let upstream = upstream ?? Tensor(repeating: 1, shape: graph.shape(of: output))
    try backward(from: output, upstreams: Array(repeating: upstream, count: lanes))
  }

  /// Computes the gradient of `output` with respect to every node, in each lane for a gradient at the output of its own.
  ///
  /// - Parameters:
  ///   - output: the node that is differentiated.
  ///   - upstreams: the gradient at the output in each lane, of its shape.
  ///   - pastFailures: whether to go on past a gate whose backward pass fails; what it gives no gradient has NaN for one.
  /// - Throws: `GateError` when a gate's backward pass fails, unless it goes on.
  public mutating func backward(
    from output: NodeID, upstreams: [Tensor], pastFailures: Bool = false
  ) throws(GateError) {
    let shape = graph.shape(of: output)
    precondition(
      upstreams.count == lanes && upstreams.allSatisfy { $0.shape == shape },
      "the output has shape \(shape), its gradient another")
    if gradients.isEmpty {
      gradients = ContiguousArray(repeating: 0, count: values.count)
    } else {
      for slot in gradients.indices { gradients[slot] = 0 }
    }
    let start = graph.slot(of: output) * lanes
    for (lane, upstream) in upstreams.enumerated() {
      for (i, gradient) in upstream.elements.enumerated() { gradients[start + i * lanes + lane] = gradient }
    }
    let plan = backwardPlan(from: output)
    try plan.backward(&gradients, values: values, pastFailures: pastFailures)
  }

  /// The gates that `output` is computed from: the others get no gradient, not even zero times infinity.
  private mutating func backwardPlan(from output: NodeID) -> Schedule {
    if let known = ancestry, known.output == output { return known.plan }
    let reached = graph.ancestors(of: output)
    let plan = reached.allSatisfy(\.self) ? schedule : Schedule(graph, lanes: lanes, includes: reached)
    ancestry = (output, plan)
    return plan
  }

  /// Whether ``backward(from:upstream:)`` has run.
  public var hasGradients: Bool { !gradients.isEmpty }

  /// The value of a node, in one lane.
  public func value(of node: NodeID, lane: Int = 0) -> Tensor {
    Tensor(graph.operand(of: node, lanes: lanes), lane: lane, of: lanes, in: values.span)
  }

  /// Whether the value of a node, in the first lane, has the bits of `tensor`.
  public func holds(_ tensor: Tensor, at node: NodeID) -> Bool {
    let start = graph.slot(of: node)
    return graph.shape(of: node) == tensor.shape
      && tensor.elements.indices.allSatisfy {
        values[(start + $0) * lanes].bitPattern == tensor.elements[$0].bitPattern
      }
  }

  /// One element of the value of a node, in one lane.
  public func value(of node: NodeID, element: Int, lane: Int) -> Double {
    values[(graph.slot(of: node) + element) * lanes + lane]
  }

  /// The gradient of the output with respect to a node: the sum over all its uses, in the node's shape.
  public func gradient(of node: NodeID, lane: Int = 0) -> Tensor {
    precondition(hasGradients, "there is no gradient before the backward pass")
    return Tensor(graph.operand(of: node, lanes: lanes), lane: lane, of: lanes, in: gradients.span)
  }

  /// How far the rounding of all gates moves the output, as if it were that of one number: the root of the sum of the
  /// squares of each value times its gradient.
  ///
  /// Where terms cancel that is far more than the output (M. Iri, Simultaneous computation of functions, partial
  /// derivatives and estimates of rounding errors, Japan Journal of Applied Mathematics 1, 1984).
  ///
  /// - Parameters:
  ///   - lane: the lane whose values and gradients are taken.
  ///   - ofLeaves: whether inputs and constants are rounded too, as where a gate casts them.
  /// - Returns: a magnitude in the units of the output; one rounding is that times the rounding of a number.
  public func roundingSize(lane: Int = 0, ofLeaves: Bool = false) -> Double {
    precondition(hasGradients, "there is no rounding to follow before the backward pass")
    var (largest, sum) = (0.0, 0.0)
    for node in graph.nodes where ofLeaves || graph.kind(ofLeaf: node) == nil {
      let start = graph.slot(of: node)
      for slot in start..<start + graph.shape(of: node).count {
        let term = (values[slot * lanes + lane] * gradients[slot * lanes + lane]).magnitude
        guard term > 0, term.isFinite else { continue }
        // Relative to the largest term, so that no square overflows.
        if term > largest {
          sum = 1 + sum * (largest / term) * (largest / term)
          largest = term
        } else {
          sum += (term / largest) * (term / largest)
        }
      }
    }
    return largest * sum.squareRoot()
  }

  /// The branch signature of each lane, over the gates in `part` alone: those of other parts do not compare with it.
  public func branches(in part: Downstream) -> [BranchSignature] { part.schedule.branches(values) }

  /// Mixes the choices of the gate at `node` into the signature of each lane.
  func mixBranches(of gate: any PiecewiseGate, at node: NodeID, into signatures: inout [BranchSignature]) {
    gate.mixBranches(into: &signatures, values: values.span, at: graph.site(of: node.index, lanes: lanes))
  }

  private mutating func write(_ tensor: Tensor, at leaf: NodeID) {
    let (start, lanes) = (graph.slot(of: leaf) * lanes, lanes)
    var values = values.mutableSpan
    for (i, value) in tensor.elements.enumerated() {
      for lane in start + i * lanes..<start + (i + 1) * lanes { values[lane] = value }
    }
  }
}

/// Inputs that do not fit a graph.
public struct InputError: Error, Equatable, CustomStringConvertible {
  /// What went wrong, in words.
  public let description: String

  /// Makes an error that says `message`, with the input's name in it.
  public init(_ message: String) {
    description = message
  }
}

extension Graph {
  /// Where the numbers of a node begin in an arena of one lane.
  public func slot(of node: NodeID) -> Int { Int(table[node.index].slot) }

  /// The node whose numbers a slot is one of.
  public func node(at slot: Int) -> NodeID {
    precondition(slot >= 0 && slot < slotCount, "slot \(slot) of \(slotCount)")
    // The last node that begins there or before; one without numbers begins where the next one does.
    var (low, high) = (0, count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if Int(table[middle].slot) <= slot { low = middle } else { high = middle }
    }
    return NodeID(index: low)
  }

  func operand(of node: NodeID, lanes: Int) -> Operand {
    Operand(start: slot(of: node) * lanes, shape: shape(of: node))
  }

  /// What a leaf is; nil for a gate.
  func kind(ofLeaf node: NodeID) -> Kind? {
    table[node.index].gate < 0 ? kind(of: node) : nil
  }
}
