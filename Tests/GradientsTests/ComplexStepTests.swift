import Gradients
import TestSupport
import Testing

/// The complex step beside the backward pass, which stems from other formulas.
@Suite struct ComplexStepTests {
  /// The gates of the catalogue whose functions are not known for complex numbers.
  private static let realOnly = ["gelu"]

  @Test(arguments: SampleUse.all)
  func `the complex step gives the gradient of every gate that has a complex forward pass`(
    use: SampleUse
  ) throws {
    guard use.gate is any ComplexGate else {
      #expect(Self.realOnly.contains(use.card.name), "\(use.card.name) has no complex forward pass")
      return
    }
    var graph = Graph()
    var inputs: [String: Tensor] = [:]
    let nodes = use.operands.enumerated().map { position, operand in
      inputs["\(position)"] = operand
      return graph.input("\(position)", shape: operand.shape)
    }
    let output = try graph.apply(use.gate, to: nodes)
    var evaluation = try Evaluation(graph, inputs: inputs)
    try evaluation.forward()
    let step = 0x1p-664
    let rows = try (0..<graph.shape(of: output).count).map { row in
      try use.gate.localGradients(of: row, at: use.operands)
    }
    for (position, operand) in use.operands.enumerated() where !use.card.isLabel(position) {
      for element in operand.elements.indices {
        var imaginary = Tensor(repeating: 0, shape: operand.shape)
        imaginary.elements[element] = step
        let column = try evaluation.imaginaryPart(of: output, moving: [(nodes[position], imaginary)])
        let expected = rows.map { $0[position].elements[element] }
        #expect(
          zip(column.elements, expected).allSatisfy { agree($0 / step, $1, digits: 11) },
          "element \(element) of operand \(position): \(column.elements.map { $0 / step }), not \(expected)")
      }
    }
  }

  @Test func `slopes that drown in rounding are exact`() throws {
    // Closed forms: sigmoid(40)' = e^-40 / (1 + e^-40)^2, tanh(20)' = 4 e^-40 / (1 + e^-40)^2.
    let decay = 4.248354255291589e-18
    for (name, x, expected) in [("sigmoid", 40.0, decay), ("tanh", 20, 4 * decay)] {
      var graph = Graph()
      let input = graph.input("x")
      let gate = try #require(GateCatalog.standard[name]).init(GateOptions())
      let output = try graph.apply(gate, to: input)
      var evaluation = try Evaluation(graph, inputs: ["x": Tensor(x)])
      try evaluation.forward()
      let part = try evaluation.imaginaryPart(of: output, moving: [(input, Tensor(0x1p-664))])
      #expect(agree(part.elements[0] * 0x1p664, expected, digits: 14))
    }
  }

  @Test func `a gate without a complex forward pass is named`() throws {
    var graph = Graph()
    let input = graph.input("x")
    let output = try graph.apply(try #require(GateCatalog.standard["gelu"]).init(GateOptions()), to: input)
    var evaluation = try Evaluation(graph, inputs: ["x": Tensor(1)])
    try evaluation.forward()
    #expect(throws: GateError("gate 'gelu' has no complex forward pass")) {
      _ = try evaluation.imaginaryPart(of: output, moving: [(input, Tensor(1))])
    }
  }
}
