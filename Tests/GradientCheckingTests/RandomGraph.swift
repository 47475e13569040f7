import GradientChecking
import Gradients
import TestSupport

/// A random graph of gates of the catalogue, at a point that is hard on purpose.
struct RandomGraph {
  let seed: UInt64
  private(set) var graph = Graph()
  private(set) var inputs: [GradientCheck.Input] = []
  private(set) var output: NodeID

  /// Builds one to five gates.
  ///
  /// Nil when a value that the output is computed from is not finite, or its gradient is not: no gradient is right there.
  init?(seed: UInt64) throws {
    self.seed = seed
    var random = SplitMix64(seed: seed)
    let isExtreme = random.next() % 4 == 0
    output = NodeID(index: 0)
    let steps = 1 + Int(random.next() % 5)
    for _ in 0..<steps {
      let use = SampleUse.all[Int(random.next() % UInt64(SampleUse.all.count))]
      var operands: [NodeID] = []
      for (position, operand) in use.operands.enumerated() {
        if use.card.isLabel(position) {
          operands.append(graph.constant(operand))
          continue
        }
        let soFar = graph
        // An array: a lazy filter takes the places of what it filters.
        let fitting: [NodeID] = soFar.nodes.filter { node in
          if case .constant = soFar.kind(of: node) { return false }
          return soFar.shape(of: node) == operand.shape
        }
        if !fitting.isEmpty, random.next() % 3 > 0 {
          operands.append(fitting[Int(random.next() % UInt64(fitting.count))])
          continue
        }
        var value = operand
        for i in value.elements.indices where random.next() % 3 == 0 {
          value.elements[i] = Self.special(use.card, isExtreme, &random)
        }
        let name = "x\(inputs.count)"
        let node = graph.input(name, shape: value.shape)
        inputs.append(.init(name: name, node: node, value: value))
        operands.append(node)
      }
      output = try graph.apply(use.gate, to: operands)
    }
    var evaluation = try Evaluation(
      graph, inputs: Dictionary(uniqueKeysWithValues: inputs.map { ($0.name, $0.value) }))
    try evaluation.forward()
    let ancestors = graph.ancestors(of: output)
    let isFinite = graph.nodes.allSatisfy { node in
      !ancestors[node.index] || evaluation.value(of: node).elements.allSatisfy(\.isFinite)
    }
    if inputs.isEmpty || !isFinite { return nil }
    try evaluation.backward(from: output)
    let hasGradient = inputs.allSatisfy { evaluation.gradient(of: $0.node).elements.allSatisfy(\.isFinite) }
    if !hasGradient { return nil }
  }

  /// A kink, a zero, a point of saturation, or one at the ends of the range.
  private static func special(_ card: GateCard, _ isExtreme: Bool, _ random: inout SplitMix64) -> Double {
    var points = [0, 1, -1, 0.5, 1e-7, -1e-7, 40, -40, 1e-12] + card.kinks
    if isExtreme { points += [1e150, -1e150, 1e-150, -1e-150] }
    let point = points[Int(random.next() % UInt64(points.count))]
    // A power, a root or a logarithm of a negative number has no neighbourhood.
    return card.domain.lowerBound > 0 ? point.magnitude : point
  }

  var check: GradientCheck { GradientCheck(graph, inputs: inputs, output: ("f", output)) }

  /// The gates, for a test's message.
  var text: String {
    let gates = graph.nodes.map { node in
      switch graph.kind(of: node) {
      case .input(let name): "\(node) = \(name)"
      case .constant: "\(node) = constant"
      case .gate(let gate):
        "\(node) = \(gate.card.name)(\(graph.operands(of: node).map(\.description).joined(separator: ", ")))"
      }
    }
    return
      "seed \(seed): \(gates.joined(separator: "; ")) at \(inputs.map { "\($0.name) = \($0.value.elements)" })"
  }
}
