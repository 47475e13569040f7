public import Gradients

/// What the nodes of a graph are called in equations.
///
/// A value that the formula names has that name, a number without a name is itself, and what else there is has its text
/// while that is short, and its position in the graph, `n7`, when it is not. No two nodes share a name.
public struct NodeNames: Sendable {
  private let names: [String]

  /// Names the nodes of `graph`.
  ///
  /// - Parameters:
  ///   - graph: the graph.
  ///   - output: the node that is differentiated.
  ///   - title: its name, where the formula gives it none.
  ///   - longestLabel: how long a text may be that stands for a value without a name.
  public init(_ graph: Graph, output: NodeID, title: String, longestLabel: Int = 0) {
    var names: [String] = []
    var taken: Set<String> = []
    for node in graph.nodes {
      if let number = graph.number(at: node) {
        names.append(NumberText.short(number))
        continue
      }
      let annotation = graph.annotation(of: node)
      var name = annotation.name ?? (node == output ? title : nil)
      if name == nil, let label = annotation.label, label.count <= longestLabel, !taken.contains(label) {
        name = label
      }
      var unique = name ?? node.description
      if taken.contains(unique) { unique = name.map { "\($0)_\(node)" } ?? unique }
      while taken.contains(unique) { unique += "_" }
      taken.insert(unique)
      names.append(unique)
    }
    self.names = names
  }

  /// The name of a node.
  public subscript(node: NodeID) -> String { names[node.index] }
}

extension Graph {
  /// The number that a constant without a name holds everywhere, also after it was broadcast.
  func number(at node: NodeID) -> Double? {
    switch kind(of: node) {
    case .input: return nil
    case .constant(let tensor):
      return tensor.shape == .scalar && annotation(of: node).name == nil ? tensor.elements[0] : nil
    case .gate(let gate):
      guard gate.card.name == "broadcast_to", let source = operands(of: node).first,
        case .constant = kind(of: source)
      else { return nil }
      return number(at: source)
    }
  }
}
