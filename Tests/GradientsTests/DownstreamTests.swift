import Gradients
import TestSupport
import Testing

/// Computing a part again must give what computing everything gives, bit for bit.
@Suite struct DownstreamTests {
  @Test(arguments: SampleUse.all)
  func `what a block of an operand reaches is computed as in a full pass`(use: SampleUse) throws {
    let lanes = 16
    var graph = Graph()
    var inputs: [String: Tensor] = [:]
    let nodes = use.operands.enumerated().map { position, operand in
      inputs["\(position)"] = operand
      return graph.input("\(position)", shape: operand.shape)
    }
    let output = try graph.apply(use.gate, to: nodes)
    for (position, operand) in use.operands.enumerated()
    where !use.card.isLabel(position) && operand.shape.count > 0 {
      let element = operand.shape.count / 2
      let index = zip(operand.shape.extents, operand.shape.strides).map { element / $1 % $0 }
      var partly = try Evaluation(graph, inputs: inputs, lanes: lanes)
      try partly.forward()
      var wholly = try Evaluation(graph, inputs: inputs, lanes: lanes)
      let part = Downstream(
        of: Block(index.map { $0..<$0 + 1 }), in: nodes[position], to: output, in: graph, lanes: lanes)
      for lane in 0..<lanes {
        let moved = operand.elements[element] * (1 + 0x1p-10 * Double(lane))
        partly.set(nodes[position], element: element, lane: lane, to: moved)
        wholly.set(nodes[position], element: element, lane: lane, to: moved)
      }
      try partly.forward(part)
      try wholly.forward()
      for lane in 0..<lanes {
        #expect(
          partly.value(of: output, lane: lane).elements.map(\.bitPattern)
            == wholly.value(of: output, lane: lane).elements.map(\.bitPattern))
      }
    }
  }

  @Test(arguments: [3, 8, 13, 16])
  func `a lane holds what an evaluation of one lane gives`(lanes: Int) throws {
    var graph = Graph()
    let scores = graph.input("scores", shape: Shape(2, 3))
    let labels = graph.constant(Tensor([2, 0]))
    let gate = try #require(GateCatalog.standard["softmax_loss"]).init(GateOptions())
    let output = try graph.apply(gate, to: scores, labels)
    var random = SplitMix64(seed: 3)
    var many = try Evaluation(
      graph, inputs: ["scores": Tensor(repeating: 0, shape: Shape(2, 3))], lanes: lanes)
    var expected: [Double] = []
    for lane in 0..<lanes {
      let values = (0..<6).map { _ in Double(random.next() >> 11) * 0x1p-51 - 2 }
      for (element, value) in values.enumerated() {
        many.set(scores, element: element, lane: lane, to: value)
      }
      var one = try Evaluation(graph, inputs: ["scores": Tensor(shape: Shape(2, 3), elements: values)])
      try one.forward()
      expected.append(one.value(of: output).elements[0])
    }
    try many.forward()
    #expect((0..<lanes).map { many.value(of: output, lane: $0).elements[0] } == expected)
  }

  @Test func `a reset gives back what was there before`() throws {
    var graph = Graph()
    let (x, y) = (graph.input("x", shape: Shape(3, 2)), graph.input("y", shape: Shape(2, 4)))
    let gate = try #require(GateCatalog.standard["matmul"]).init(GateOptions())
    let output = try graph.apply(gate, to: x, y)
    var evaluation = try Evaluation(
      graph,
      inputs: [
        "x": Tensor(shape: Shape(3, 2), elements: [1, 2, 3, 4, 5, 6]),
        "y": Tensor(shape: Shape(2, 4), elements: [1, 0, 2, 1, 3, 1, 0, 2]),
      ], lanes: 8)
    try evaluation.forward()
    let (before, snapshot) = (evaluation.value(of: output, lane: 5), evaluation.snapshot())
    let part = Downstream(of: Block([0..<2, 1..<2]), in: y, to: output, in: graph, lanes: 8)
    evaluation.set(y, element: 5, lane: 5, to: 10)
    try evaluation.forward(part)
    #expect(evaluation.value(of: output, lane: 5).elements == [7, 20, 2, 5, 15, 40, 6, 11, 23, 60, 10, 17])
    evaluation.reset(part, to: snapshot)
    #expect(evaluation.value(of: output, lane: 5) == before)
  }
}
