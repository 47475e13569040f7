/// What a change of some nodes reaches on the way to an output: the part of a graph that must run again.
///
/// A class, as plans are handed on far more often than made.
public final class Downstream: Sendable {
  /// For how many lanes it is planned.
  public let lanes: Int

  let schedule: Schedule
  /// The block of each node that is computed; nil where nothing is.
  let blocks: [Block?]

  /// Plans what `nodes` reach, themselves left out: they have been given other values.
  public convenience init(of nodes: [NodeID], to output: NodeID, in graph: Graph, lanes: Int) {
    self.init(of: nodes.map { ($0, Block(graph.shape(of: $0))) }, to: output, in: graph, lanes: lanes)
  }

  /// Plans all gates but those of other programs.
  public init(ofOwnGatesIn graph: Graph, lanes: Int) {
    let isOwn = graph.table.map { $0.gate >= 0 && !(graph.gates[Int($0.gate)] is any BlackBoxGate) }
    self.lanes = lanes
    schedule = Schedule(graph, lanes: lanes, includes: isOwn)
    blocks = graph.nodes.map { isOwn[$0.index] ? Block(graph.shape(of: $0)) : nil }
  }

  /// Plans what a block of `node` reaches.
  public convenience init(of block: Block, in node: NodeID, to output: NodeID, in graph: Graph, lanes: Int) {
    self.init(of: [(node, block)], to: output, in: graph, lanes: lanes)
  }

  private init(of moved: [(node: NodeID, block: Block)], to output: NodeID, in graph: Graph, lanes: Int) {
    var blocks = graph.blocks(movedBy: moved, upTo: output)
    var includes = blocks.map { $0 != nil }
    for (node, _) in moved { includes[node.index] = false }
    self.lanes = lanes
    schedule = Schedule(graph, lanes: lanes, includes: includes, blocks: blocks)
    for (node, _) in moved { blocks[node.index] = nil }
    self.blocks = blocks
  }

  /// About how many steps it takes to compute what a block of `node` reaches.
  public static func work(of block: Block, in node: NodeID, to output: NodeID, in graph: Graph) -> Int {
    graph.work(graph.blocks(movedBy: [(node, block)], upTo: output))
  }
}
