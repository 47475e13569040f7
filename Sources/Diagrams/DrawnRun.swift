internal import Gradients

/// The numbers of a picture.
struct DrawnRun {
  let graph: Graph
  let drawn: DrawnGraph
  let output: NodeID
  let format: NumberFormat
  private let values: [NodeID: Tensor]
  private let gradients: [NodeID: Tensor]
  private let downstreamGradients: [NodeID: [Tensor]]
  private let labels: Set<NodeID>

  init(
    _ graph: Graph, _ evaluation: borrowing Evaluation, _ drawn: DrawnGraph, output: NodeID,
    downstream: [NodeID: [Tensor]]
  ) {
    self.graph = graph
    self.drawn = drawn
    self.output = output
    downstreamGradients = downstream
    var values: [NodeID: Tensor] = [:]
    var gradients: [NodeID: Tensor] = [:]
    for element in drawn.elements {
      values[element.node] = evaluation.value(of: element.node)
      if evaluation.hasGradients, graph.isDifferentiated(element.node) {
        gradients[element.node] = evaluation.gradient(of: element.node)
      }
    }
    self.values = values
    self.gradients = gradients
    labels = Set(
      drawn.elements.flatMap { element in
        element.wires.filter { graph.isLabel($0.position, of: element.node) }.map(\.source)
      })
    format = Self.format(graph, drawn, values, gradients, downstream)
  }

  func value(of node: NodeID) -> Tensor? { values[node] }

  /// The gradient at a node; nil for what is not differentiated.
  func gradient(of node: NodeID) -> Tensor? { labels.contains(node) ? nil : gradients[node] }

  /// What a gate hands down over one of its wires.
  func downstream(of gate: NodeID, _ position: Int) -> Tensor? {
    guard let gradients = downstreamGradients[gate], !graph.isLabel(position, of: gate) else { return nil }
    return gradients[position]
  }

  private static func format(
    _ graph: Graph, _ drawn: DrawnGraph, _ values: [NodeID: Tensor], _ gradients: [NodeID: Tensor],
    _ downstream: [NodeID: [Tensor]]
  ) -> NumberFormat {
    var numbers: [Double] = []
    var products: [NumberFormat.Product] = []
    for element in drawn.elements {
      for tensor in [values[element.node], gradients[element.node]] + (downstream[element.node] ?? []) {
        if let tensor, tensor.shape.count <= 36 { numbers += tensor.elements }
      }
      guard case .gate(let gate) = graph.kind(of: element.node), gate.card.name == "multiply",
        let upstream = gradients[element.node], upstream.shape == .scalar
      else { continue }
      let operands = graph.operands(of: element.node).map { values[$0]?.elements[0] }
      for (other, position) in [(1, 0), (0, 1)] {
        guard let factor = operands[other], let result = downstream[element.node]?[position].elements[0]
        else { continue }
        products.append(NumberFormat.Product(factors: (upstream.elements[0], factor), result: result))
      }
    }
    return NumberFormat(numbers: numbers, products: products)
  }
}

extension Graph {
  /// Whether a gradient with respect to the node means anything.
  func isDifferentiated(_ node: NodeID) -> Bool {
    if case .constant = kind(of: node) { return false }
    return true
  }

  /// Whether a gate reads labels at this position.
  func isLabel(_ position: Int, of node: NodeID) -> Bool {
    guard case .gate(let gate) = kind(of: node) else { return false }
    return gate.card.isLabel(position)
  }
}
