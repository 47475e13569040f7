internal import Gradients

/// A graph that is run at many points of a line at once, and tells which branches its piecewise gates take there.
final class LineProbe {
  /// How many times the function was computed.
  private(set) var evaluationCount = 0
  /// The branch signature at the point where nothing moves.
  let branches: UInt64
  /// The output at the point where nothing moves.
  let value: Tensor

  /// An arena of more numbers than this has fewer lanes.
  private static let largestArena = 1 << 24

  private let output: NodeID
  private let lanes: Int
  private var evaluation: Evaluation
  private var plan: (nodes: [NodeID], part: Downstream)?

  /// Computes `graph` at `inputs` in every lane.
  init(_ graph: Graph, inputs: [String: Tensor], output: NodeID) throws {
    lanes = max(1, min(16, Self.largestArena / max(1, graph.slotCount)))
    evaluation = try Evaluation(graph, inputs: inputs, lanes: lanes)
    try evaluation.forward()
    self.output = output
    branches = evaluation.branches(upTo: output)[0].bits
    value = evaluation.value(of: output)
  }

  /// The value of a node where nothing is moved.
  func value(of node: NodeID) -> Tensor { evaluation.value(of: node) }

  /// The output and the branch signature at each point of a line.
  func answers(
    along path: Line.Path, at points: [Double]
  ) throws(GateError) -> [(outputs: [Double], branches: UInt64)] {
    let moved: [NodeID] =
      switch path {
      case .element(_, of: let node): [node]
      case .direction(let direction): direction.weights.map(\.node)
      }
    if plan?.nodes != moved {
      plan = (moved, Downstream(of: moved, in: evaluation.graph, lanes: lanes))
    }
    guard let part = plan?.part else { return [] }
    let centers = moved.map { value(of: $0) }
    func reset() {
      for (node, center) in zip(moved, centers) {
        for lane in 0..<lanes {
          for element in center.elements.indices {
            evaluation.set(node, element: element, lane: lane, to: center.elements[element])
          }
        }
      }
    }
    var answers: [(outputs: [Double], branches: UInt64)] = []
    for start in stride(from: 0, to: points.count, by: lanes) {
      let chunk = points[start..<min(start + lanes, points.count)]
      for (lane, point) in chunk.enumerated() { move(path, centers, lane, to: point) }
      try evaluation.forward(part)
      let signatures = evaluation.branches(upTo: output)
      for lane in 0..<chunk.count {
        answers.append((evaluation.value(of: output, lane: lane).elements, signatures[lane].bits))
      }
    }
    switch path {
    case .element(let element, of: let node):
      for lane in 0..<lanes {
        evaluation.set(node, element: element, lane: lane, to: centers[0].elements[element])
      }
    case .direction: reset()
    }
    try evaluation.forward(part)
    evaluationCount += points.count
    return answers
  }

  private func move(_ path: Line.Path, _ centers: [Tensor], _ lane: Int, to point: Double) {
    switch path {
    case .element(let element, of: let node):
      evaluation.set(node, element: element, lane: lane, to: point)
    case .direction(let direction):
      for (position, (node, weights)) in direction.weights.enumerated() {
        for (element, weight) in weights.elements.enumerated() {
          evaluation.set(
            node, element: element, lane: lane, to: centers[position].elements[element] + point * weight)
        }
      }
    }
  }
}
