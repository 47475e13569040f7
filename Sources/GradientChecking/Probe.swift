internal import Gradients

/// A graph that is run in many lanes at once, in each of which one element of one node is moved.
struct Probe: ~Copyable {
  /// How many times the function was computed.
  private(set) var evaluationCount = 0

  /// An arena of more numbers than this has fewer lanes.
  private static let largestArena = 1 << 24

  private let lanes: Int
  private var evaluation: Evaluation

  /// Computes `graph` at `inputs` in every lane.
  init(_ graph: Graph, inputs: [String: Tensor]) throws {
    let lanes = max(1, min(16, Self.largestArena / max(1, graph.slotCount)))
    var evaluation = try Evaluation(graph, inputs: inputs, lanes: lanes)
    try evaluation.forward()
    self.lanes = lanes
    self.evaluation = evaluation
  }

  /// The value of a node where nothing is moved.
  func value(of node: NodeID) -> Tensor { evaluation.value(of: node) }

  /// The value of `output` for each move of one element of `node`, the others staying where they are.
  ///
  /// Only the gates that the node reaches are computed again.
  mutating func outputs(
    _ output: NodeID, moving node: NodeID, _ moves: [(element: Int, to: Double)]
  ) throws(GateError) -> [[Double]] {
    let graph = evaluation.graph
    let part = Downstream(of: [node], in: graph, lanes: lanes)
    let center = value(of: node)
    let count = graph.shape(of: output).count
    var outputs: [[Double]] = []
    outputs.reserveCapacity(moves.count)
    for start in stride(from: 0, to: moves.count, by: lanes) {
      let chunk = moves[start..<min(start + lanes, moves.count)]
      for (lane, move) in chunk.enumerated() {
        evaluation.set(node, element: move.element, lane: lane, to: move.to)
      }
      try evaluation.forward(part)
      for lane in 0..<chunk.count {
        outputs.append((0..<count).map { evaluation.value(of: output, element: $0, lane: lane) })
      }
      for (lane, move) in chunk.enumerated() {
        evaluation.set(node, element: move.element, lane: lane, to: center.elements[move.element])
      }
    }
    try evaluation.forward(part)
    evaluationCount += moves.count
    return outputs
  }
}
