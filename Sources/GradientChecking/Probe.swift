internal import Gradients

/// A graph that is run in many lanes at once, each of which asks for the output at another point.
///
/// Only what the moved numbers reach is computed again, and exactly as in a full pass: what the output is at a point
/// does not depend on what else was asked.
final class Probe {
  /// How many times the function was computed.
  var evaluationCount = 0
  /// The output where nothing is moved.
  let value: Tensor
  /// The branch signature there.
  private(set) lazy var branches = evaluation.branches(upTo: output)[0].bits

  /// An arena of more numbers than this has fewer lanes.
  private static let largestArena = 1 << 24
  private static let largestLaneCount = 16
  /// A message to another program costs more than what is in it.
  private static let largestLaneCountOfPrograms = 128

  let graph: Graph
  let hasBlackBoxes: Bool
  let output: NodeID
  let lanes: Int
  var evaluation: Evaluation
  let center: ContiguousArray<Double>
  private var directionPlan: (nodes: [NodeID], part: Downstream)?
  /// What another program runs of what a change of some nodes reaches, and what follows it.
  var programParts: [[NodeID]: (part: BlackBoxPart, rest: Downstream)?] = [:]

  /// Takes in every lane what a run computed, but for what is quickly computed there again.
  ///
  /// Lanes may round otherwise than a single run; another program is not asked again.
  init(_ run: borrowing Evaluation, output: NodeID) throws(GateError) {
    let graph = run.graph
    self.graph = graph
    hasBlackBoxes = graph.hasBlackBoxes
    let messages = graph.inputs.contains { graph.reachesBlackBoxesBehindOthers(from: $0, to: output) }
    var lanes = messages ? Self.largestLaneCountOfPrograms : Self.largestLaneCount
    while lanes > 1, lanes * graph.slotCount > Self.largestArena { lanes /= 2 }
    if lanes < 4 { lanes = 1 }
    var evaluation = run.copy(lanes: lanes)
    try evaluation.forward(Downstream(ofOwnGatesIn: graph, lanes: lanes))
    center = evaluation.snapshot()
    (self.output, self.lanes) = (output, lanes)
    value = evaluation.value(of: output)
    self.evaluation = evaluation
  }

  /// The value of a node where nothing is moved.
  func value(of node: NodeID) -> Tensor { evaluation.value(of: node) }

  // MARK: - One element at a time

  /// One element of a node, and where it is moved.
  typealias Move = (element: Int, to: Double)

  /// The values of `rows` for each move of one element of `node`, the others staying where they are.
  ///
  /// The values of one move stand side by side.
  func values(of rows: [OutputRow], moving node: NodeID, _ moves: [Move]) throws(GateError) -> [Double] {
    var values = Array(repeating: 0.0, count: moves.count * rows.count)
    var outputs = value.elements
    let beside = RowsBeside(rows, value)
    let start = graph.slot(of: output)
    try run(moves, of: node) { lane, move in
      for element in outputs.indices {
        outputs[element] = evaluation.value(slot: start + element, lane: lane)
      }
      values.replaceSubrange(
        move * rows.count..<(move + 1) * rows.count, with: beside.values(of: outputs))
    }
    return values
  }

  /// Runs all moves, in groups of those that reach the same part of the graph.
  private func run(
    _ moves: [Move], of node: NodeID, _ read: (_ lane: Int, _ move: Int) -> Void
  ) throws(GateError) {
    let first = graph.slot(of: node)
    if let (part, rest) = programPart(movedBy: [node]) {
      return try run(moves, of: node, through: part, rest, read)
    }
    for (part, members) in partition(moves, of: node) {
      for start in stride(from: 0, to: members.count, by: lanes) {
        let count = min(lanes, members.count - start)
        for lane in 0..<count {
          let move = moves[members[start + lane]]
          evaluation.set(slot: first + move.element, lane: lane, to: move.to)
        }
        try evaluation.forward(part)
        for lane in 0..<count { read(lane, members[start + lane]) }
        for lane in 0..<count {
          let slot = first + moves[members[start + lane]].element
          evaluation.set(slot: slot, lane: lane, to: center[slot])
        }
      }
      evaluation.reset(part, to: center)
    }
    evaluationCount += moves.count
  }

  /// The moves, all in one group or grouped by the index along an axis, whichever takes less work.
  ///
  /// Moves within a column of the right factor of a matrix product, say, change one column of the product.
  private func partition(_ moves: [Move], of node: NodeID) -> [(part: Downstream, moves: [Int])] {
    guard !moves.isEmpty else { return [] }
    guard lanes > 1 else {
      return [(Downstream(of: [node], to: output, in: graph, lanes: lanes), Array(moves.indices))]
    }
    let shape = graph.shape(of: node)
    let ranges = ranges(of: moves, in: shape)
    guard let axis = bestAxis(ranges, moveCount: moves.count, of: node) else {
      return [(plan(ranges, of: node), Array(moves.indices))]
    }
    var groups: [[Int]] = Array(repeating: [], count: ranges[axis].count)
    let (extent, stride) = (shape.extents[axis], shape.strides[axis])
    for position in moves.indices {
      groups[moves[position].element / stride % extent - ranges[axis].lowerBound].append(position)
    }
    return zip(ranges[axis], groups).filter { !$0.1.isEmpty }.map { index, members in
      var part = ranges
      part[axis] = index..<index + 1
      return (plan(part, of: node), members)
    }
  }

  private func plan(_ ranges: [Range<Int>], of node: NodeID) -> Downstream {
    Downstream(of: Block(ranges), in: node, to: output, in: graph, lanes: lanes)
  }

  /// The smallest block that holds all moves.
  private func ranges(of moves: [Move], in shape: Shape) -> [Range<Int>] {
    zip(shape.extents, shape.strides).map { extent, stride in
      var (low, high) = (extent, 0)
      var last = -1
      // Neighbours often move the same element, and divisions are slow.
      for position in moves.indices where moves[position].element != last {
        last = moves[position].element
        let index = last / stride % extent
        (low, high) = (min(low, index), max(high, index))
      }
      return low..<high + 1
    }
  }

  /// The axis by which it pays to group the moves within a block, if there is one.
  private func bestAxis(_ ranges: [Range<Int>], moveCount: Int, of node: NodeID) -> Int? {
    guard ranges.count > 1, moveCount > 2 * lanes else { return nil }
    func work(_ ranges: [Range<Int>], _ groupCount: Int) -> Int {
      let passCount = groupCount * ((moveCount + groupCount * lanes - 1) / (groupCount * lanes))
      return Downstream.work(of: Block(ranges), in: node, to: output, in: graph) * passCount
    }
    var best: Int?
    var leastWork = work(ranges, 1)
    for axis in ranges.indices where ranges[axis].count > 1 {
      var part = ranges
      part[axis] = ranges[axis].lowerBound..<ranges[axis].lowerBound + 1
      let work = work(part, ranges[axis].count)
      if work < leastWork { (best, leastWork) = (axis, work) }
    }
    return best
  }

  /// The output and the branch signature for each move of one element of `node`.
  func answers(moving node: NodeID, _ moves: [Move]) throws(GateError) -> [Answer] {
    var answers: [Answer] = Array(repeating: ([], 0), count: moves.count)
    var signatures: [BranchSignature] = []
    try run(moves, of: node) { lane, move in
      if lane == 0 { signatures = evaluation.branches(upTo: output) }
      answers[move] = (evaluation.value(of: output, lane: lane).elements, signatures[lane].bits)
    }
    return answers
  }

  // MARK: - Along a line

  /// The output and the branch signature at a point of a line.
  typealias Answer = (outputs: [Double], branches: UInt64)

  /// The answer at each point of a line.
  func answers(along path: Line.Path, at points: [Double]) throws(GateError) -> [Answer] {
    switch path {
    case .element(let element, of: let node): return try answers(moving: node, points.map { (element, $0) })
    case .direction(let direction): return try answers(along: direction, at: points)
    }
  }

  private func answers(along direction: Direction, at points: [Double]) throws(GateError) -> [Answer] {
    let moved = direction.weights.map(\.node)
    if let (part, rest) = programPart(movedBy: moved) {
      return try answers(along: direction, at: points, through: part, rest)
    }
    if directionPlan?.nodes != moved {
      directionPlan = (moved, Downstream(of: moved, to: output, in: graph, lanes: lanes))
    }
    guard let part = directionPlan?.part else { return [] }
    var answers: [Answer] = []
    for start in stride(from: 0, to: points.count, by: lanes) {
      let chunk = Array(points[start..<min(start + lanes, points.count)])
      move(direction, to: chunk)
      try evaluation.forward(part)
      let signatures = evaluation.branches(upTo: output)
      for lane in 0..<chunk.count {
        answers.append((evaluation.value(of: output, lane: lane).elements, signatures[lane].bits))
      }
    }
    move(direction, to: Array(repeating: 0, count: min(lanes, points.count)))
    evaluation.reset(part, to: center)
    evaluationCount += points.count
    return answers
  }

  func move(_ direction: Direction, to points: [Double]) {
    for (node, weights) in direction.weights {
      evaluation.move(node, from: center, along: weights, by: points)
    }
  }
}
