import FormulaLanguage
import Gradients
import Testing

@Suite struct OpenedGateTests {
  private static let formula = """
    gate square(a):
      forward:
        b = a * a
      backward(db):
        da = 2 * a * db
    gate swish(x, beta):
      forward:
        s = sigmoid(beta * x)
        z = x * s
      backward(dz):
        dx = dz * (s + x * s * (1 - s) * beta)
        dbeta = sum(dz * x * x * s * (1 - s))
    def layer(w, x): return swish(w * x, 1.5)
    w = [2, -1]
    x = [-1, 0.5]
    f = sum(square(layer(w, x)))
    """

  private func run(_ graph: Graph, _ output: NodeID, _ formula: Formula) throws -> (Tensor, [Tensor]) {
    var evaluation = try Evaluation(
      graph, inputs: Dictionary(uniqueKeysWithValues: formula.inputs.map { ($0.name, $0.value) }))
    try evaluation.forward()
    try evaluation.backward(from: output)
    return (evaluation.value(of: output), graph.inputs.map { evaluation.gradient(of: $0) })
  }

  @Test func `an opened gate computes what it did, by the gates of its forward pass`() throws {
    let formula = try Formula(parsing: Source(name: "f", text: Self.formula))
    let (graph, output) = try formula.graph.opened(formula.output)
    let gates = graph.nodes.compactMap { node in
      if case .gate(let gate) = graph.kind(of: node) { gate.card.name } else { nil }
    }
    #expect(!gates.contains("swish") && !gates.contains("square") && gates.contains("sigmoid"))
    let (closed, opened) = (
      try run(formula.graph, formula.output, formula), try run(graph, output, formula)
    )
    #expect(closed.0 == opened.0)
    for (a, b) in zip(closed.1.flatMap(\.elements), opened.1.flatMap(\.elements)) {
      #expect((a - b).magnitude <= 1e-14)
    }
  }

  @Test func `an opened gate is an expansion inside the function that uses it`() throws {
    let formula = try Formula(parsing: Source(name: "f", text: Self.formula))
    let (graph, output) = try formula.graph.opened(formula.output)
    #expect(graph.scopes.map(\.name) == ["layer", "swish", "square"])
    #expect(graph.scopes.map(\.parent) == [nil, 0, nil])
    #expect(graph.annotation(of: output).name == "f")
  }

  @Test func `a graph without such gates stays as it is`() throws {
    let formula = try Formula(parsing: Source(name: "f", text: "x = 2\nf = x * x"))
    let (graph, output) = try formula.graph.opened(formula.output)
    #expect(graph.count == formula.graph.count && output == formula.output)
  }

  @Test func `a gate that hands its operand back gets no node`() throws {
    let text =
      "gate same(a):\n  forward:\n    b = a\n  backward(db):\n    da = db\nx = 2\ny = same(x)\nf = y * 3"
    let formula = try Formula(parsing: Source(name: "f", text: text))
    let (graph, output) = try formula.graph.opened(formula.output)
    #expect(try run(graph, output, formula).0 == Tensor(6))
    #expect(graph.inputs.map { graph.annotation(of: $0).name } == ["x"])
  }
}
