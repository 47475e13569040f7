public import Gradients

extension Network {
  /// Finds the fully connected layers of a function: `affine(x, w, b)`, `x @ w + b` or `W @ x + b`, each followed by any
  /// activation.
  ///
  /// What comes after the last layer, such as a loss, and what is added to it, such as a regularization, is left out.
  ///
  /// - Throws: `DiagramError` when there is no layer, or when layers do not follow one another.
  public init(_ graph: Graph, output: NodeID) throws(DiagramError) {
    self.init(layers: try NetworkReader(graph, output: output).layers())
  }
}

private struct NetworkReader {
  let graph: Graph
  let output: NodeID
  /// The matrix products, in order.
  private let products: [Product]
  /// For each node, which products it is computed from without another one between.
  private let nearest: [Set<Int>]

  private struct Product {
    let node: NodeID
    let data: NodeID
    let weight: NodeID
    let size: (incoming: Int, outgoing: Int)
    /// The bias of an affine gate.
    let bias: NodeID?
  }

  init(_ graph: Graph, output: NodeID) {
    self.graph = graph
    self.output = output
    let reached = graph.ancestors(of: output)
    var products: [Product] = []
    var nearest: [Set<Int>] = Array(repeating: [], count: graph.count)
    for node in graph.nodes where reached[node.index] {
      let operands = graph.operands(of: node)
      let known = operands.reduce(into: Set<Int>()) { $0.formUnion(nearest[$1.index]) }
      if let product = Self.product(graph, node, operands, hasLayer: { !nearest[$0.index].isEmpty }) {
        nearest[node.index] = [products.count]
        products.append(product)
      } else {
        nearest[node.index] = known
      }
    }
    self.products = products
    self.nearest = nearest
  }

  func layers() throws(DiagramError) -> [Network.Layer] {
    guard let first = products.first else {
      throw DiagramError(
        "there is no fully connected layer in the formula; a layer is affine(x, w, b), or x @ w + b with a matrix w"
      )
    }
    guard products.count < Network.mostLayers else {
      throw DiagramError(
        "\(products.count) layers are more than the \(Network.mostLayers - 1) that can be drawn")
    }
    var layers = [Network.Layer(count: first.size.incoming, biases: 0)]
    for (i, product) in products.enumerated() {
      let sources = nearest[product.data.index]
      guard sources == (i == 0 ? [] : [i - 1]) else {
        throw DiagramError("layer \(i + 1) does not follow layer \(i) alone, so they are no chain of layers")
      }
      guard product.size.incoming == layers[i].count else {
        throw DiagramError(
          "layer \(i + 1) reads \(product.size.incoming) numbers, and the one before it gives \(layers[i].count)"
        )
      }
      let end = i + 1 < products.count ? products[i + 1].data : output
      let path = path(from: product.node, to: end)
      layers.append(
        Network.Layer(
          count: product.size.outgoing, biases: biases(product, path), scales: scales(path),
          activation: activation(path)))
    }
    let last = nearest[output.index].map { $0 + 1 }.sorted()
    guard last == [products.count] else {
      let list = last.map(String.init).joined(separator: " and ")
      throw DiagramError(
        "the output is computed from layers \(list) side by side, so they are no chain of layers")
    }
    return layers
  }

  /// A product of a matrix that is a leaf with what the layers before give, or with a leaf in the first layer.
  private static func product(
    _ graph: Graph, _ node: NodeID, _ operands: [NodeID], hasLayer: (NodeID) -> Bool
  ) -> Product? {
    guard case .gate(let gate) = graph.kind(of: node) else { return nil }
    func isMatrix(_ operand: NodeID) -> Bool {
      if case .gate = graph.kind(of: operand) { return false }
      return graph.shape(of: operand).rank == 2
    }
    func product(_ data: NodeID, _ weight: NodeID, isLeft: Bool, bias: NodeID? = nil) -> Product {
      let extents = graph.shape(of: weight).extents
      return Product(
        node: node, data: data, weight: weight,
        size: isLeft ? (extents[1], extents[0]) : (extents[0], extents[1]), bias: bias)
    }
    switch gate.card.name {
    case "affine": return product(operands[0], operands[1], isLeft: false, bias: operands[2])
    case "matmul":
      // x @ w, unless the matrix stands before a column or before what another layer gives.
      if isMatrix(operands[1]), !hasLayer(operands[1]), hasLayer(operands[0]) || !isMatrix(operands[0]) {
        return product(operands[0], operands[1], isLeft: false)
      }
      if isMatrix(operands[0]), !hasLayer(operands[0]), hasLayer(operands[1]) || !isMatrix(operands[1]) {
        return product(operands[1], operands[0], isLeft: true)
      }
      return isMatrix(operands[1]) ? product(operands[0], operands[1], isLeft: false) : nil
    default: return nil
    }
  }

  /// The gates between a product and what reads it, the first one first.
  private func path(from start: NodeID, to end: NodeID) -> [NodeID] {
    var path: [NodeID] = []
    var node = end
    while node != start {
      path.append(node)
      guard let next = graph.operands(of: node).first(where: { nearest[$0.index] == nearest[start.index] })
      else { break }
      node = next
    }
    return path.reversed()
  }

  /// How many numbers are added to a product before anything else happens to it.
  private func biases(_ product: Product, _ path: [NodeID]) -> Int {
    if let bias = product.bias { return graph.shape(of: bias).count }
    guard let sum = path.first, case .gate(let gate) = graph.kind(of: sum), gate.card.name == "add" else {
      return 0
    }
    guard var other = graph.operands(of: sum).first(where: { nearest[$0.index].isEmpty }) else { return 0 }
    while case .gate(let gate) = graph.kind(of: other), gate.card.name == "broadcast_to" {
      other = graph.operands(of: other)[0]
    }
    guard case .input = graph.kind(of: other) else { return 0 }
    return graph.shape(of: other).count
  }

  /// How many numbers normalizations scale and shift by: the operands that every one of them calls gamma and beta.
  private func scales(_ path: [NodeID]) -> Int {
    var count = 0
    for node in path {
      guard case .gate(let gate) = graph.kind(of: node) else { continue }
      for (name, operand) in zip(gate.card.operands, graph.operands(of: node))
      where ["gamma", "beta"].contains(name) {
        if case .input = graph.kind(of: operand) { count += graph.shape(of: operand).count }
      }
    }
    return count
  }

  /// The names of what is applied to a layer: a gate's, or that of the function it was expanded from.
  ///
  /// What is no longer a layer of numbers, such as a loss, is not among them.
  private func activation(_ path: [NodeID]) -> String? {
    var names: [String] = []
    for node in path where graph.shape(of: node).rank > 0 {
      guard case .gate(let gate) = graph.kind(of: node) else { continue }
      let scope = graph.annotation(of: node).scope
      let isArithmetic = gate.card.infix != nil || gate.card.name == "broadcast_to"
      if isArithmetic, scope == nil { continue }
      let name =
        scope.flatMap { isLayer($0) ? nil : graph.scopes[$0].name } ?? (isArithmetic ? nil : gate.card.name)
      if let name, names.last != name { names.append(name) }
    }
    return names.isEmpty ? nil : names.joined(separator: ", ")
  }

  /// Whether a function holds a product, so that it is a layer and no activation.
  private func isLayer(_ scope: Graph.ScopeID) -> Bool {
    products.contains { graph.annotation(of: $0.node).scope == scope }
  }
}
