import Gradients
import TestSupport
import Testing

/// What holds for every gate of the catalogue.
@Suite struct GateLaws {
  @Test(arguments: SampleUse.all)
  func `the gradient agrees with central differences`(use: SampleUse) throws {
    let output = try use.gate.output(at: use.operands)
    for element in 0..<output.shape.count {
      let gradients = try use.gate.localGradients(of: element, at: use.operands)
      for (position, operand) in use.operands.enumerated() where !use.card.isLabel(position) {
        for i in 0..<operand.shape.count {
          let h = 1e-5 * max(1, operand.elements[i].magnitude)
          func value(_ change: Double) throws -> Double {
            var moved = use.operands
            moved[position].elements[i] += change
            return try use.gate.output(at: moved).elements[element]
          }
          // Fourth order, so that the step's own error is far below the tolerance.
          let numerical =
            (8 * (try value(h) - value(-h)) - (try value(2 * h) - value(-2 * h))) / (12 * h)
          let analytic = gradients[position].elements[i]
          #expect(
            (analytic - numerical).magnitude <= 1e-8 * max(1, analytic.magnitude),
            "operand \(position), element \(i)")
        }
      }
    }
  }

  @Test(arguments: SampleUse.all)
  func `backward adds to what is there`(use: SampleUse) throws {
    let arena = try Arena(use)
    let fromZero = try arena.gradients(operandsBegin: 0)
    let fromTen = try arena.gradients(operandsBegin: 10)
    for operand in arena.site.operands {
      for slot in operand.start..<operand.start + operand.shape.count {
        #expect((fromTen[slot] - fromZero[slot] - 10).magnitude < 1e-9)
      }
    }
  }

  @Test(arguments: SampleUse.all)
  func `no slot outside a gate's own is touched`(use: SampleUse) throws {
    let arena = try Arena(use)
    let gradients = try arena.gradients(operandsBegin: 0)
    for slot in arena.fences {
      #expect(arena.values[slot] == Arena.fence)
      #expect(gradients[slot] == Arena.fence)
    }
  }

  @Test(arguments: SampleUse.all)
  func `lanes are separate runs`(use: SampleUse) throws {
    var graph = Graph()
    let nodes = use.operands.enumerated().map { graph.input("\($0.offset)", shape: $0.element.shape) }
    let output = try graph.apply(use.gate, to: nodes)
    func run(_ operands: [Tensor]) throws -> (Tensor, [Tensor]) {
      var evaluation = try Evaluation(graph, inputs: named(operands))
      try evaluation.forward()
      try evaluation.backward(from: output)
      return (evaluation.value(of: output), nodes.map { evaluation.gradient(of: $0) })
    }
    func named(_ operands: [Tensor]) -> [String: Tensor] {
      Dictionary(uniqueKeysWithValues: operands.enumerated().map { ("\($0.offset)", $0.element) })
    }
    var moved = use.operands
    for position in moved.indices where !use.card.isLabel(position) {
      for i in moved[position].elements.indices { moved[position].elements[i] *= 0.875 }
    }
    var evaluation = try Evaluation(graph, inputs: named(use.operands), lanes: 3)
    for (position, node) in nodes.enumerated() {
      for (i, value) in moved[position].elements.enumerated() {
        evaluation.set(node, element: i, lane: 1, to: value)
      }
    }
    try evaluation.forward()
    try evaluation.backward(from: output)
    for (lane, operands) in [use.operands, moved, use.operands].enumerated() {
      let (value, gradients) = try run(operands)
      #expect(agree(evaluation.value(of: output, lane: lane), value))
      for (node, gradient) in zip(nodes, gradients) {
        #expect(agree(evaluation.gradient(of: node, lane: lane), gradient))
      }
    }
  }

  @Test(arguments: GateCatalog.standard.cards.map(\.name))
  func `a wrong number of operands is refused in words`(name: String) throws {
    guard let type = GateCatalog.standard[name], !type.card.isVariadic else { return }
    guard let use = SampleUse.all.first(where: { $0.card.name == name }) else {
      Issue.record("no sample use")
      return
    }
    var graph = Graph()
    let nodes = (0...type.card.operands.count).map { graph.input("\($0)") }
    #expect(throws: ShapeError("\(name) takes \(type.card.operandCountText), not \(nodes.count)")) {
      _ = try graph.apply(use.gate, to: nodes)
    }
  }

  @Test(arguments: GateCatalog.standard.cards.map(\.name))
  func `a card is complete`(name: String) throws {
    let card = try #require(GateCatalog.standard[name]).card
    #expect(card.summary.hasSuffix("."))
    #expect(!card.localGradient.isEmpty && !card.symbol.isEmpty && !card.operands.isEmpty)
    #expect(card.kinks.isEmpty || card.convention != nil, "a kink needs a convention")
    #expect(SampleUse.all.contains { $0.card.name == name })
  }
}

/// A gate's operands and output in an arena, with fences before, between and behind them.
private struct Arena {
  static let fence = 12345.678
  let use: SampleUse
  let site: Site
  let values: ContiguousArray<Double>
  let fences: [Int]

  init(_ use: SampleUse) throws {
    self.use = use
    var values: ContiguousArray<Double> = [Self.fence]
    var fences = [0]
    var operands: [Operand] = []
    func close() {
      fences.append(values.count)
      values.append(Self.fence)
    }
    for operand in use.operands {
      operands.append(Operand(start: values.count, shape: operand.shape))
      values.append(contentsOf: operand.elements)
      close()
    }
    let shape = try use.gate.outputShape(for: use.operands.map(\.shape))
    let output = Operand(start: values.count, shape: shape)
    values.append(contentsOf: repeatElement(0, count: shape.count))
    close()
    site = Site(operands: operands, output: output, lanes: 1)
    var span = values.mutableSpan
    try use.gate.forward(&span, at: site)
    self.values = values
    self.fences = fences
  }

  func gradients(operandsBegin start: Double) throws -> ContiguousArray<Double> {
    var gradients = ContiguousArray(repeating: start, count: values.count)
    for slot in fences { gradients[slot] = Self.fence }
    for i in 0..<site.output.shape.count { gradients[site.output.start + i] = 1 + Double(i) / 4 }
    var span = gradients.mutableSpan
    try use.gate.backward(&span, values: values.span, at: site)
    return gradients
  }
}
