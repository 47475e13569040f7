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
  /// What was computed last, and is not at rest since.
  private var moved: Downstream?
  /// The last plan for whole nodes.
  var wholePlan: (nodes: [NodeID], part: Downstream)?
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
    if hasBlackBoxes {
      try evaluation.forward(Downstream(ofOwnGatesIn: graph, lanes: lanes))
    } else {
      try evaluation.forward()
    }
    center = evaluation.snapshot()
    (self.output, self.lanes) = (output, lanes)
    value = evaluation.value(of: output)
    self.evaluation = evaluation
  }

  /// The value of a node where nothing is moved.
  func value(of node: NodeID) -> Tensor {
    let (start, shape) = (graph.slot(of: node), graph.shape(of: node))
    return Tensor(shape: shape, elements: Array(center[start..<start + shape.count]))
  }

  /// Where the numbers of a node begin.
  func slot(of node: NodeID) -> Int { graph.slot(of: node) }

  /// The number at a slot where nothing is moved.
  func value(at slot: Int) -> Double { center[slot] }

  // MARK: - One number at a time

  /// The values of `rows` where the number at one of some slots is moved to one of its points, and every other number
  /// stays where it is.
  ///
  /// The points of a slot stand side by side, as many for each; so do the values at one point.
  func values(
    of rows: [OutputRow], moving slots: [Int], to points: [Double]
  ) throws(GateError) -> ContiguousArray<Double> {
    var values = ContiguousArray(repeating: 0.0, count: points.count * rows.count)
    let beside = besides(rows)
    for group in partition(slots, pointCount: points.count / max(slots.count, 1)) {
      try run(slots, points, group) { evaluation, points in
        read(rows, beside, evaluation, into: &values, at: points)
      }
    }
    return values
  }

  /// The rows beside the center; nil where there is one, and it is a number of the output.
  private func besides(_ rows: [OutputRow]) -> RowsBeside? {
    rows.count == 1 && rows[0].element != nil ? nil : RowsBeside(rows, value)
  }

  /// Reads the values of rows in the first lanes, which are at the given points.
  private func read(
    _ rows: [OutputRow], _ beside: RowsBeside?, _ evaluation: borrowing Evaluation,
    into values: inout ContiguousArray<Double>, at points: ArraySlice<Int>
  ) {
    guard let beside else {
      let slot = graph.slot(of: output) + (rows[0].element ?? 0)
      var values = values.mutableSpan
      for (lane, point) in points.enumerated() { values[point] = evaluation.value(slot: slot, lane: lane) }
      return
    }
    for (lane, point) in points.enumerated() {
      let outputs = evaluation.value(of: output, lane: lane).elements
      for (row, value) in beside.values(of: outputs).enumerated() {
        values[point * rows.count + row] = value
      }
    }
  }

  /// Gives everything the values of the center.
  func rest() {
    if let moved { evaluation.reset(moved, to: center) }
    moved = nil
  }

  /// Gives what is not at rest the values of the center, but for what `part` computes anyway, as it is about to.
  private func rest(evaluation: inout Evaluation, before part: Downstream) {
    if let moved { evaluation.reset(moved, to: center, before: part) }
    moved = part
  }

  /// The branch signature of a part where nothing is moved.
  private func branchesAtRest(in part: Downstream) -> BranchSignature {
    rest()
    return evaluation.branches(in: part)[0]
  }

  /// Looks at the first lanes of an evaluation, which are at the given points.
  typealias Reader = (_ evaluation: borrowing Evaluation, _ points: ArraySlice<Int>) -> Void

  /// Moves the numbers at the slots of a group to their points, one in each lane.
  private func run(
    _ slots: [Int], _ points: [Double], _ group: Group, _ read: Reader
  ) throws(GateError) {
    let pointCount = points.count / slots.count
    var places: [Int] = []
    var moves: ContiguousArray<Evaluation.Move> = []
    places.reserveCapacity(group.members.count * pointCount)
    moves.reserveCapacity(group.members.count * pointCount)
    for member in group.members {
      for place in member * pointCount..<(member + 1) * pointCount {
        places.append(place)
        moves.append((slots[member], points[place]))
      }
    }
    if let program = group.program {
      try run(moves, places, through: program, group.part, read)
    } else {
      try run(moves, places, group.part, on: &evaluation, read)
    }
    evaluationCount += moves.count
  }

  /// The evaluation is handed in, so that it is looked up once, and not for each number.
  private func run(
    _ moves: ContiguousArray<Evaluation.Move>, _ places: [Int], _ part: Downstream,
    on evaluation: inout Evaluation, _ read: Reader
  ) throws(GateError) {
    rest(evaluation: &evaluation, before: part)
    for start in stride(from: 0, to: moves.count, by: lanes) {
      let some = start..<min(start + lanes, moves.count)
      evaluation.move(moves.span.extracting(some))
      try evaluation.forward(part)
      read(evaluation, places[some])
      evaluation.reset(moves.span.extracting(some), to: center)
    }
  }

  // MARK: - Along directions

  /// The values of `rows` at each distance along each of some directions, all of which move the same nodes.
  ///
  /// The distances of a direction stand side by side; so do the values at one distance.
  func values(
    of rows: [OutputRow], along directions: [Direction], at distances: [Double]
  ) throws(GateError) -> ContiguousArray<Double> {
    guard let first = directions.first else { return [] }
    if let (program, rest) = programPart(movedBy: first.weights.map(\.node)) {
      let beside = RowsBeside(rows, value)
      var values: ContiguousArray<Double> = []
      for answer in try answers(along: directions, at: distances, through: program, rest) {
        values += beside.values(of: answer.outputs)
      }
      return values
    }
    var values = ContiguousArray(repeating: 0.0, count: directions.count * distances.count * rows.count)
    let beside = besides(rows)
    try run(directions, distances, plan(first), on: &evaluation) { evaluation, points in
      read(rows, beside, evaluation, into: &values, at: points)
    }
    return values
  }

  private func plan(_ direction: Direction) -> Downstream { plan(direction.weights.map(\.node)) }

  /// Moves the nodes of the directions, to one point in each lane.
  private func run(
    _ directions: [Direction], _ distances: [Double], _ part: Downstream,
    on evaluation: inout Evaluation, _ read: Reader
  ) throws(GateError) {
    rest(evaluation: &evaluation, before: part)
    let width = min(distances.count, lanes)
    let nodes = directions[0].weights.map(\.node)
    for first in stride(from: 0, to: directions.count, by: lanes / width) {
      let some = directions[first..<min(first + lanes / width, directions.count)]
      for start in stride(from: 0, to: distances.count, by: width) {
        let chunk = Array(distances[start..<min(start + width, distances.count)])
        for (position, node) in nodes.enumerated() {
          evaluation.move(
            node, from: center, along: some.map { $0.weights[position].weights }, by: chunk)
        }
        try evaluation.forward(part)
        let points = some.indices.flatMap { line in
          chunk.indices.map { line * distances.count + start + $0 }
        }
        read(evaluation, points[...])
      }
    }
    for node in nodes { evaluation.reset(node, to: center) }
    evaluationCount += directions.count * distances.count
  }

  // MARK: - Along a line

  /// The output at a point of a line, and the branch signature: 0 where every gate chooses as where nothing is moved.
  typealias Answer = (outputs: [Double], branches: UInt64)

  /// The answer at each point of a line.
  func answers(along path: Line.Path, at points: [Double]) throws(GateError) -> [Answer] {
    switch path {
    case .element(let element, of: let node):
      let slot = slot(of: node) + element
      return try answers(moving: points.map { _ in slot }, to: points)
    case .direction(let direction):
      if let (program, rest) = programPart(movedBy: direction.weights.map(\.node)) {
        return try answers(along: [direction], at: points, through: program, rest)
      }
      let part = plan(direction)
      let still = branchesAtRest(in: part)
      var answers: [Answer] = Array(repeating: ([], 0), count: points.count)
      try run([direction], points, part, on: &evaluation) { evaluation, points in
        collect(evaluation.branches(in: part), still, evaluation, into: &answers, at: points)
      }
      return answers
    }
  }

  /// The answers where the number at each of some slots is moved to its point.
  func answers(moving slots: [Int], to points: [Double]) throws(GateError) -> [Answer] {
    var answers: [Answer] = Array(repeating: ([], 0), count: slots.count)
    for group in partition(slots, pointCount: 1) {
      let still = branches(atRestIn: group)
      try run(slots, points, group) { evaluation, points in
        let signatures =
          group.program == nil ? evaluation.branches(in: group.part) : evaluation.branches(upTo: output)
        collect(signatures, still, evaluation, into: &answers, at: points)
      }
    }
    return answers
  }

  private func branches(atRestIn group: Group) -> BranchSignature {
    guard group.program != nil else { return branchesAtRest(in: group.part) }
    rest()
    return evaluation.branches(upTo: output)[0]
  }

  /// Reads the answers in the first lanes, which are at the given points.
  func collect(
    _ signatures: [BranchSignature], _ still: BranchSignature, _ evaluation: borrowing Evaluation,
    into answers: inout [Answer], at points: ArraySlice<Int>
  ) {
    for (lane, point) in points.enumerated() {
      let branches = signatures[lane] == still ? 0 : signatures[lane].bits
      answers[point] = (evaluation.value(of: output, lane: lane).elements, branches)
    }
  }
}
