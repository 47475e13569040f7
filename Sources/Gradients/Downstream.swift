/// What a change of some nodes reaches on the way to an output: the part of a graph that must run again.
public struct Downstream: Sendable {
  /// For how many lanes it is planned.
  public let lanes: Int

  let schedule: Schedule
  /// The elements that change: where they begin in the arena of one lane, and how many follow.
  let runs: [(start: Int, count: Int)]

  /// Plans what `nodes` reach, themselves left out: they have been given other values.
  public init(of nodes: [NodeID], to output: NodeID, in graph: Graph, lanes: Int) {
    var reached = Array(repeating: false, count: graph.count)
    for node in nodes { reached[node.index] = true }
    let wanted = graph.ancestors(of: output)
    for index in graph.table.indices where !reached[index] && wanted[index] {
      let node = graph.table[index]
      let range = Int(node.operands)..<Int(node.operands + node.operandCount)
      reached[index] = range.contains { reached[Int(graph.operandTable[$0])] }
    }
    for node in nodes { reached[node.index] = false }
    self.lanes = lanes
    schedule = Schedule(graph, lanes: lanes, includes: reached)
    runs = graph.nodes.filter { reached[$0.index] }.map { (graph.slot(of: $0), graph.shape(of: $0).count) }
  }

  /// Plans all gates but those of other programs.
  public init(ofOwnGatesIn graph: Graph, lanes: Int) {
    let isOwn = graph.table.map { $0.gate >= 0 && !(graph.gates[Int($0.gate)] is any BlackBoxGate) }
    self.lanes = lanes
    schedule = Schedule(graph, lanes: lanes, includes: isOwn)
    runs = graph.nodes.filter { isOwn[$0.index] }.map { (graph.slot(of: $0), graph.shape(of: $0).count) }
  }

  /// Plans what a block of `node` reaches.
  public init(of block: Block, in node: NodeID, to output: NodeID, in graph: Graph, lanes: Int) {
    let blocks = graph.blocks(movedBy: block, of: node, upTo: output)
    self.lanes = lanes
    schedule = Schedule(graph, lanes: lanes, includes: blocks.map { $0 != nil }, blocks: blocks)
    var runs: [(start: Int, count: Int)] = []
    for node in graph.nodes {
      guard let block = blocks[node.index] else { continue }
      let start = graph.slot(of: node)
      for run in block.runs(in: graph.shape(of: node)) { runs.append((start + run.start, run.count)) }
    }
    self.runs = runs
  }

  /// About how many steps it takes to compute what a block of `node` reaches.
  public static func work(of block: Block, in node: NodeID, to output: NodeID, in graph: Graph) -> Int {
    graph.work(graph.blocks(movedBy: block, of: node, upTo: output))
  }
}
