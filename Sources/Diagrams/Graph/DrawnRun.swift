internal import Gradients

/// The numbers of a picture.
struct DrawnRun {
  let graph: Graph
  let drawn: DrawnGraph
  let output: NodeID
  let format: NumberFormat
  /// What gates read as labels, which count.
  private let labels: Set<NodeID>
  /// The wires that read each node, in order.
  let readers: [NodeID: [DrawnGraph.Wire]]
  /// The chain rule at every gate; nil where it is not shown, and in a graph too large for it.
  let rules: ChainRules?
  private let values: [NodeID: Tensor]
  private let gradients: [NodeID: Tensor]
  private let downstreamGradients: [NodeID: [Tensor]]
  /// The rows of the small Jacobians of each gate that is drawn, by operand.
  private var jacobians: [NodeID: [[Tensor]?]] = [:]

  /// Reads the numbers of `drawn` from a run of the graph; the gradients only when there are any, and when asked for.
  init(
    _ graph: Graph, _ evaluation: borrowing Evaluation, _ drawn: DrawnGraph, output: NodeID,
    title: String, options: DiagramOptions
  ) throws {
    self.graph = graph
    self.drawn = drawn
    self.output = output
    readers = Dictionary(grouping: drawn.elements.flatMap(\.wires), by: \.source)
    let hasGradients = evaluation.hasGradients && options.style != .values
    var values: [NodeID: Tensor] = [:]
    var gradients: [NodeID: Tensor] = [:]
    var downstreamGradients: [NodeID: [Tensor]] = [:]
    var labels: Set<NodeID> = []
    for element in drawn.elements {
      for use in element.wires.flatMap(\.uses) where graph.isLabel(use.position, of: use.gate) {
        labels.insert(use.operand)
      }
    }
    for element in drawn.elements {
      for node in element.outputs + element.wires.flatMap(\.uses).map(\.operand) where values[node] == nil {
        values[node] = evaluation.value(of: node)
        guard hasGradients, graph.isDifferentiated(node), !labels.contains(node) else { continue }
        gradients[node] = evaluation.gradient(of: node)
      }
      guard hasGradients else { continue }
      let gates = element.wires.flatMap(\.uses).map(\.gate)
      for gate in gates where downstreamGradients[gate] == nil {
        downstreamGradients[gate] = try evaluation.downstreamGradients(of: gate)
      }
    }
    for element in drawn.elements where element.isBundle {
      let parts = element.outputs.compactMap { gradients[$0] }
      gradients[element.node] = parts.isEmpty ? nil : Tensor(joining: parts)
      values[element.node] = Tensor(joining: element.outputs.compactMap { values[$0] })
    }
    self.values = values
    self.labels = labels
    self.gradients = gradients
    self.downstreamGradients = downstreamGradients
    let needsRules = options.style == .full || options.style == .closeup || options.step != nil
    rules =
      hasGradients && needsRules && graph.count <= Self.largestRuleCount
      ? try ChainRules(
        graph, evaluation, output: output,
        names: NodeNames(graph, output: output, title: title, longestLabel: 12)) : nil
    format =
      options.decimals.map(NumberFormat.init(decimals:))
      ?? Self.format(graph, drawn, values, gradients, downstreamGradients)
    guard hasGradients else { return }
    for gate in drawn.elements.flatMap(\.wires).compactMap(\.uses.first?.gate) where jacobians[gate] == nil {
      jacobians[gate] = computedJacobians(of: gate)
    }
  }

  /// No rules are written for a graph of more nodes.
  private static let largestRuleCount = 1_000

  var hasGradients: Bool { !gradients.isEmpty }

  func value(of node: NodeID) -> Tensor? { values[node] }

  /// How the value of a node is printed: a label as the whole number that it is.
  func format(of node: NodeID) -> NumberFormat {
    let isCount = labels.contains(node) && (values[node]?.elements.allSatisfy { $0 == $0.rounded() } ?? false)
    return isCount ? NumberFormat(decimals: 0) : format
  }

  /// The gradient at a node; nil for what is not differentiated.
  func gradient(of node: NodeID) -> Tensor? { gradients[node] }

  /// What is handed down over a wire: by several gates in one box, their sum; nil for a bundle.
  func downstream(of wire: DrawnGraph.Wire) -> Tensor? {
    var sum: Tensor?
    for use in wire.uses {
      guard use.operand == wire.source, graph.isDifferentiated(use.operand),
        !graph.isLabel(use.position, of: use.gate),
        let part = downstreamGradients[use.gate]?[use.position]
      else { return nil }
      sum =
        sum.map { total in
          Tensor(shape: total.shape, elements: zip(total.elements, part.elements).map { $0 + $1 })
        } ?? part
    }
    return sum
  }

  /// The values that a gate reads, constants that were folded into it included.
  func operandValues(of gate: NodeID) -> [Tensor]? {
    let operands = graph.operands(of: gate)
    let tensors = operands.compactMap { operand -> Tensor? in
      if let value = values[operand] { return value }
      var leaf = operand
      while let source = graph.operands(of: leaf).first { leaf = source }
      guard case .constant(let tensor) = graph.kind(of: leaf) else { return nil }
      return Tensor(repeating: tensor.elements[0], shape: graph.shape(of: operand))
    }
    return tensors.count == operands.count ? tensors : nil
  }

  /// The local gradient of a gate with respect to one operand: the rows of its Jacobian, while it is small.
  func jacobian(of node: NodeID, _ position: Int) -> [Tensor]? { jacobians[node]?[position] }

  private func computedJacobians(of node: NodeID) -> [[Tensor]?]? {
    guard case .gate(let gate) = graph.kind(of: node), let operands = operandValues(of: node) else {
      return nil
    }
    let count = graph.shape(of: node).count
    let isShown = operands.indices.map { position in
      count * operands[position].shape.count <= 64 && !gate.card.isLabel(position)
    }
    guard isShown.contains(true) else { return nil }
    let rows = (0..<count).compactMap { try? gate.localGradients(of: $0, at: operands) }
    return isShown.enumerated().map { position, isShown in isShown ? rows.map { $0[position] } : nil }
  }

  private static func format(
    _ graph: Graph, _ drawn: DrawnGraph, _ values: [NodeID: Tensor], _ gradients: [NodeID: Tensor],
    _ downstream: [NodeID: [Tensor]]
  ) -> NumberFormat {
    var numbers: [Double] = []
    var products: [NumberFormat.Product] = []
    for element in drawn.elements {
      let parts = element.gates.count == 1 ? downstream[element.node] ?? [] : []
      for tensor in element.outputs.flatMap({ [values[$0], gradients[$0]] }) + parts {
        if let tensor, tensor.shape.count <= 36 { numbers += tensor.elements }
      }
      guard case .gate = element.content, case .gate(let gate) = graph.kind(of: element.node),
        gate.card.name == "multiply", let upstream = gradients[element.node], upstream.shape == .scalar
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

extension Tensor {
  /// The elements of several tensors in a row.
  fileprivate init(joining tensors: [Tensor]) {
    self.init(tensors.flatMap(\.elements))
  }
}
