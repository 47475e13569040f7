public import Gradients

/// The chain rule at every gate of a graph that has been run backward.
public struct ChainRules: Sendable {
  /// The rules in backward order: the output's gate first, the operands of a gate in their order.
  public let rules: [ChainRule]
  /// Where gradients add, in backward order.
  public let sums: [BranchSum]
  /// What the nodes are called in them.
  public let names: NodeNames
  /// Where the rules of each gate stand, and the sum of each value.
  private let places: [NodeID: Range<Int>]
  private let sumPlaces: [NodeID: Int]

  /// Writes the chain rule of every gate that `output` is computed from.
  ///
  /// Operands that hold labels, and what depends on no input, have no gradient and no rule.
  ///
  /// - Throws: `GateError` when a backward pass fails.
  public init(
    _ graph: Graph, _ evaluation: borrowing Evaluation, output: NodeID, names: NodeNames
  ) throws {
    self.names = names
    let reached = graph.ancestors(of: output)
    let depends = graph.dependsOnInput
    var rules: [ChainRule] = []
    var parts: [NodeID: [ChainRule]] = [:]
    var places: [NodeID: Range<Int>] = [:]
    for gate in graph.nodes.reversed() where reached[gate.index] && depends[gate.index] {
      guard case .gate = graph.kind(of: gate) else { continue }
      let start = rules.count
      let downstream = try evaluation.downstreamGradients(of: gate)
      for (position, operand) in graph.operands(of: gate).enumerated() {
        guard depends[operand.index], !graph.isLabel(position, of: gate) else { continue }
        let rule = try ChainRule(
          graph, evaluation, gate, position, downstream: downstream[position], output: output, names: names)
        rules.append(rule)
        parts[operand, default: []].append(rule)
      }
      places[gate] = start..<rules.count
    }
    self.rules = rules
    self.places = places
    let sums: [BranchSum] = graph.nodes.reversed().compactMap { node in
      guard let parts = parts[node], parts.count > 1 else { return nil }
      let total = evaluation.gradient(of: node)
      return BranchSum(
        node: node, parts: parts.reversed(), total: total.shape == .scalar ? total.elements[0] : nil)
    }
    self.sums = sums
    sumPlaces = Dictionary(uniqueKeysWithValues: sums.enumerated().map { ($1.node, $0) })
  }

  /// The rule of one operand of a gate; nil where there is no gradient.
  public subscript(gate: NodeID, position: Int) -> ChainRule? { self[gate].first { $0.position == position } }

  /// The rules of one gate, an operand each.
  public subscript(gate: NodeID) -> [ChainRule] { places[gate].map { Array(rules[$0]) } ?? [] }

  /// How the gradients of a value's branches add; nil for a value that is used once.
  public func sum(at node: NodeID) -> BranchSum? { sumPlaces[node].map { sums[$0] } }
}

/// The gradients that meet where a value is used more than once.
public struct BranchSum: Sendable {
  /// The value.
  public let node: NodeID
  /// What each use hands down, in the order of the graph.
  public let parts: [ChainRule]
  /// The gradient of the value; nil for tensors.
  let total: Double?

  /// The sum in symbols: `df/dx = df/da * da/dx + df/db * db/dx`.
  public var symbols: String {
    "\(parts[0].downstream) = \(parts.map(\.product).joined(separator: " + "))"
  }
}

extension ChainRule {
  fileprivate init(
    _ graph: Graph, _ evaluation: borrowing Evaluation, _ node: NodeID, _ position: Int, downstream: Tensor,
    output: NodeID, names: NodeNames
  ) throws {
    guard case .gate(let gate) = graph.kind(of: node) else { preconditionFailure("\(node) is no gate") }
    let operands = graph.operands(of: node)
    self.gate = node
    self.position = position
    operand = operands[position]
    self.downstream = Derivative(of: names[output], by: names[operands[position]])
    upstream = Derivative(of: names[output], by: names[node])
    local = Derivative(of: names[node], by: names[operands[position]])

    let shapes = operands.map { graph.shape(of: $0) }
    let words = operands.map { names[$0] }
    func filled(_ operands: [String], _ z: String, _ dz: String) -> LocalRule? {
      gate.rule(of: position, for: shapes, words: (operands, z, dz))
    }
    var rule = filled(words, names[node], upstream.description)
    let outputShape = graph.shape(of: node)
    let values = operands.map { evaluation.value(of: $0) }
    var convention = ""
    if shapes[position] == .scalar, outputShape == .scalar, values.allSatisfy({ $0.shape == .scalar }) {
      let numbers = (values + [evaluation.value(of: node)]).map { $0.elements[0] }
      let local = try gate.localGradients(at: values)[position].elements[0]
      // At a tie or a kink the gate follows a convention that its formula does not know.
      let exact = numbers.map(NumberText.exact)
      if let known = filled(exact.dropLast(), exact[exact.count - 1], "").flatMap({
        Arithmetic.value(of: $0.template)
      }),
        (known - local).magnitude > 1e-6 * max(1, local.magnitude)
      {
        rule = nil
        convention = gate.card.convention.map { "; \($0)" } ?? ""
      }
      scalars = Scalars(
        operands: numbers.dropLast(),
        constants: operands.map { graph.number(at: $0) == nil ? nil : names[$0] },
        output: numbers[numbers.count - 1], upstream: evaluation.gradient(of: node).elements[0], local: local,
        downstream: downstream.elements[0],
        fills: { [rule] in
          rule == nil ? nil : gate.rule(of: position, for: shapes, words: ($0, $1, ""))?.template
        })
      (self.shapes, jacobian) = (nil, nil)
    } else {
      scalars = nil
      self.shapes = Self.shapes(rule, shapes, position, outputShape, filled)
      jacobian = try Jacobian(gate, values, position, rows: outputShape.count)
    }
    self.rule = rule
    switch rule {
    case .local(let text): localRule = "\(local) = \(text.asMask)"
    case .whole(let text): localRule = "\(self.downstream) = \(text)"
    case nil: localRule = Self.words(gate.card, position, words, names[node], names[output]) + convention
    }
  }

  /// The card's words about the local gradient, with the names of this use.
  private static func words(
    _ card: GateCard, _ position: Int, _ operands: [String], _ z: String, _ output: String
  ) -> String {
    let parts = card.localGradient.split(separator: ", ").map(String.init)
    // A part for each operand, as in dL/dx = ..., dL/dw = ...; other words are about all of them.
    let isByOperand =
      parts.count == operands.count && parts.allSatisfy { $0.hasPrefix("d") && $0.contains(" = ") }
    let text = isByOperand ? parts[position] : card.localGradient
    return LocalRule.local(text).filled { name in
      if card.isVariadic, name == card.operands.last { return operands[position] }
      if let position = card.operands.firstIndex(of: name) { return operands[position] }
      if name.first == "d", let own = card.operands.firstIndex(of: String(name.dropFirst())) {
        return "d\(operands[card.isVariadic ? position : own])"
      }
      switch name {
      case "z": return z
      case "dz": return "d\(z)"
      case "dL": return "d\(output)"
      default: return nil
      }
    }
  }

  /// A product with the shapes of its factors.
  private static func shapes(
    _ rule: LocalRule?, _ operands: [Shape], _ position: Int, _ output: Shape,
    _ filled: ([String], String, String) -> LocalRule?
  ) -> String? {
    let result = operands[position]
    switch rule {
    case .local: return "\(result) = \(output) * \(result)"
    case .whole:
      // Marks that no name contains, so that a transposed factor is found by what follows its mark.
      let marks = operands.indices.map { "S\($0)S" }
      guard var text = filled(marks, "SzS", "SdzS")?.template, text.contains("@") || text.contains("outer")
      else { return nil }
      for (mark, shape) in zip(marks + ["SzS", "SdzS"], operands + [output, output]) {
        text = text.replacing("\(mark).T", with: Shape(shape.extents.reversed()).description)
        text = text.replacing(mark, with: shape.description)
      }
      return "\(result) = \(text)"
    case nil: return nil
    }
  }
}

extension Graph {
  /// For each node, whether it is computed from an input.
  fileprivate var dependsOnInput: [Bool] {
    var depends = Array(repeating: false, count: count)
    for node in nodes {
      switch kind(of: node) {
      case .input: depends[node.index] = true
      case .constant: break
      case .gate: depends[node.index] = operands(of: node).contains { depends[$0.index] }
      }
    }
    return depends
  }
}

extension String {
  /// A comparison in parentheses, so that it does not read as a chain: `dz/dx = (x > 0)`.
  fileprivate var asMask: String {
    let isComparison = [" > ", " < ", " == ", " != "].contains { contains($0) }
    return isComparison && !contains("(") ? "(\(self))" : self
  }
}
