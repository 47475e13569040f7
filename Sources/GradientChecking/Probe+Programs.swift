internal import Gradients

extension Probe {
  /// Runs all moves, which are of one node, through what another program runs of the graph, in one go, and then
  /// through the rest.
  func run(
    _ moves: ContiguousArray<Evaluation.Move>, _ places: [Int], through part: BlackBoxPart, _ rest: Downstream,
    _ read: Reader
  ) throws(GateError) {
    guard let node = moves.first.map({ graph.node(at: $0.slot) }) else { return }
    self.rest()
    let (base, first) = (value(of: node), graph.slot(of: node))
    let changes = moves.enumerated().map {
      CopiedTensor.Change(copy: $0, element: $1.slot - first, value: $1.to)
    }
    let operands = part.operands.map { operand in
      operand == node ? CopiedTensor.changed(base, changes) : .same(value(of: operand))
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

  /// The answer at each point of a line, through what another program runs of the graph.
  func answers(
    along direction: Direction, at points: [Double], through part: BlackBoxPart, _ rest: Downstream
  ) throws(GateError) -> [Answer] {
    self.rest()
    let still = evaluation.branches(upTo: output)[0]
    let operands = part.operands.map { operand -> CopiedTensor in
      let base = value(of: operand)
      guard let weights = direction.weights.first(where: { $0.node == operand })?.weights else {
        return .same(base)
      }
      let all = points.flatMap { point in
        zip(base.elements, weights.elements).map { $0 + point * $1 }
      }
      return .all(Tensor(shape: Shape([points.count] + base.shape.extents), elements: all))
    }
    let outputs = try part.run(operands, count: points.count)
    var answers: [Answer] = Array(repeating: ([], 0), count: points.count)
    for start in stride(from: 0, to: points.count, by: lanes) {
      let places = Array(start..<min(start + lanes, points.count))[...]
      for (node, weights) in direction.weights {
        evaluation.move(node, from: center, along: [weights], by: places.map { points[$0] })
      }
      try follow(part, rest, outputs, start..<start + places.count)
      collect(evaluation.branches(upTo: output), still, evaluation, into: &answers, at: places)
    }
    for (node, _) in direction.weights { evaluation.reset(node, to: center) }
    reset(part, rest)
    evaluationCount += points.count
    return answers
  }
}
