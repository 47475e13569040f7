internal import Gradients

extension Probe {
  /// Runs all moves through what another program runs of the graph, in one go, and then through the rest.
  func run(
    _ moves: ContiguousArray<Evaluation.Move>, _ places: [Int], through part: BlackBoxPart,
    _ rest: Downstream, _ read: Reader
  ) throws(GateError) {
    guard !moves.isEmpty else { return }
    self.rest()
    let operands = part.operands.map { operand in
      let (base, first) = (value(of: operand), graph.slot(of: operand))
      let changes = moves.indices.filter { (first..<first + base.shape.count).contains(moves[$0].slot) }.map {
        CopiedTensor.Change(copy: $0, element: moves[$0].slot - first, value: moves[$0].to)
      }
      return changes.isEmpty ? CopiedTensor.same(base) : .changed(base, changes)
    }
    let outputs = try part.run(operands, count: moves.count)
    for start in stride(from: 0, to: moves.count, by: lanes) {
      let some = start..<min(start + lanes, moves.count)
      evaluation.move(moves.span.extracting(some))
      try follow(part, rest, outputs, some)
      read(evaluation, places[some])
      evaluation.reset(moves.span.extracting(some), to: center)
    }
    reset(part, rest)
  }

  /// Computes in the first lanes what follows on some of the copies of what a program gave.
  private func follow(
    _ part: BlackBoxPart, _ rest: Downstream, _ outputs: [Tensor], _ copies: Range<Int>
  ) throws(GateError) {
    for (node, output) in zip(part.outputs, outputs) {
      let size = graph.shape(of: node).count
      for (lane, copy) in copies.enumerated() {
        evaluation.set(node, lane: lane, to: output.elements[copy * size..<(copy + 1) * size])
      }
    }
    try evaluation.forward(rest)
  }

  private func reset(_ part: BlackBoxPart, _ rest: Downstream) {
    for node in part.outputs {
      let start = graph.slot(of: node)
      let elements = center[start..<start + graph.shape(of: node).count]
      for lane in 0..<lanes { evaluation.set(node, lane: lane, to: ArraySlice(elements)) }
    }
    evaluation.reset(rest, to: center)
  }

  func programPart(movedBy nodes: [NodeID]) -> (part: BlackBoxPart, rest: Downstream)? {
    guard hasBlackBoxes else { return nil }
    if let known = programParts[nodes] { return known }
    let part = BlackBoxPart(movedBy: nodes, to: output, in: graph).map { part in
      (part, Downstream(of: nodes + part.nodes, to: output, in: graph, lanes: lanes))
    }
    programParts[nodes] = part
    return part
  }

  /// Up to so many numbers, moves of several nodes share a request: there the arithmetic is nothing.
  private static let smallestPart = 256

  /// What another program runs of what a change of any of some nodes reaches, where a request for all is worth it.
  func smallProgramPart(movedBy nodes: [NodeID]) -> (part: BlackBoxPart, rest: Downstream)? {
    guard hasBlackBoxes, nodes.count > 1 else { return nil }
    let single = nodes.compactMap { programPart(movedBy: [$0])?.part }
    guard single.count == nodes.count, let (part, rest) = programPart(movedBy: nodes),
      // What a change reaches by other gates alone is not to follow on a program's.
      part.nodes.count == Set(single.flatMap(\.nodes)).count,
      part.operands.reduce(0, { $0 + graph.shape(of: $1).count }) <= Self.smallestPart
    else { return nil }
    return (part, rest)
  }

  /// The answer at each point of some lines, which move the same nodes, through what another program runs of the graph.
  ///
  /// The points of a line stand side by side.
  func answers(
    along directions: [Direction], at points: [Double], through part: BlackBoxPart, _ rest: Downstream
  ) throws(GateError) -> [Answer] {
    self.rest()
    let still = evaluation.branches(upTo: output)[0]
    let count = directions.count * points.count
    let operands = part.operands.map { operand -> CopiedTensor in
      let base = value(of: operand)
      guard let position = directions[0].weights.firstIndex(where: { $0.node == operand }) else {
        return .same(base)
      }
      let all = directions.flatMap { direction in
        points.flatMap { point in
          zip(base.elements, direction.weights[position].weights.elements).map { $0 + point * $1 }
        }
      }
      return .all(Tensor(shape: Shape([count] + base.shape.extents), elements: all))
    }
    let outputs = try part.run(operands, count: count)
    var answers: [Answer] = Array(repeating: ([], 0), count: count)
    for (number, direction) in directions.enumerated() {
      for start in stride(from: 0, to: points.count, by: lanes) {
        let some = points[start..<min(start + lanes, points.count)]
        for (node, weights) in direction.weights {
          evaluation.move(node, from: center, along: [weights], by: Array(some))
        }
        let places = Array(some.indices.map { number * points.count + $0 })[...]
        try follow(part, rest, outputs, places[0]..<places[0] + some.count)
        collect(evaluation.branches(upTo: output), still, evaluation, into: &answers, at: places)
      }
    }
    for (node, _) in directions[0].weights { evaluation.reset(node, to: center) }
    reset(part, rest)
    evaluationCount += count
    return answers
  }
}
