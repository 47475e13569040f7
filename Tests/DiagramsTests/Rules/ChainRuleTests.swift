import Diagrams
import Gradients
import Testing

private func gate(_ name: String) throws -> any Gate {
  try #require(GateCatalog.standard[name]).init(GateOptions())
}

/// A graph under construction, whose values have names.
private struct Sketch {
  var graph = Graph()
  var inputs: [String: Tensor] = [:]

  mutating func input(_ name: String, _ value: Tensor) -> NodeID {
    inputs[name] = value
    return graph.input(name, shape: value.shape)
  }

  mutating func apply(_ name: String, _ operands: NodeID..., as result: String? = nil) throws -> NodeID {
    let node = try graph.apply(gate(name), to: operands)
    if let result { graph.annotate(node) { $0.name = result } }
    return node
  }

  /// The rules of a graph that ends in a gate more.
  mutating func rules(ending name: String, _ operands: NodeID...) throws -> ChainRules {
    let output = try graph.apply(gate(name), to: operands)
    return try rules(output)
  }

  func rules(_ output: NodeID) throws -> ChainRules {
    var evaluation = try Evaluation(graph, inputs: inputs)
    try evaluation.forward()
    try evaluation.backward(from: output)
    return try ChainRules(
      graph, evaluation, output: output, names: NodeNames(graph, output: output, title: "f"))
  }
}

@Suite struct ChainRuleTests {
  @Test func `the lecture's first circuit, in symbols and in numbers`() throws {
    // CS231n notes, optimization-2: (x + y) z at -2, 5, -4.
    var sketch = Sketch()
    let (x, y) = (sketch.input("x", Tensor(-2)), sketch.input("y", Tensor(5)))
    let z = sketch.input("z", Tensor(-4))
    let q = try sketch.apply("add", x, y, as: "q")
    let f = try sketch.apply("multiply", q, z)
    let rules = try sketch.rules(f)
    #expect(
      rules.rules.map(\.symbols) == [
        "df/dq = df/df * z", "df/dz = df/df * q", "df/dx = df/dq * dq/dx", "df/dy = df/dq * dq/dy",
      ])
    #expect(rules.rules.map(\.localRule) == ["df/dq = z", "df/dz = q", "dq/dx = 1", "dq/dy = 1"])
    #expect(
      rules.rules.map { $0.numbers(decimals: 0)?.description } == [
        "-4 = 1 * (-4)", "3 = 1 * 3", "-4 = -4 * 1", "-4 = -4 * 1",
      ])
  }

  /// The sigmoid neuron from its weighted sum 1 on (CS231n notes, optimization-2).
  private func sigmoid() throws -> ChainRules {
    var sketch = Sketch()
    let s = sketch.input("s", Tensor(1))
    let one = sketch.graph.constant(Tensor(1))
    let minus = try sketch.apply("negate", s, as: "m")
    let e = try sketch.apply("exp", minus, as: "e")
    let den = try sketch.apply("add", one, e, as: "den")
    return try sketch.rules(ending: "divide", one, den)
  }

  @Test func `the lecture's sigmoid, with two decimals`() throws {
    let rules = try sigmoid().rules
    #expect(
      rules.map { $0.numbers()?.description } == [
        "-0.53 = 1.00 * (-0.53)", "-0.53 = -0.53 * 1", "-0.20 = -0.53 * 0.37", "0.20 = -0.20 * (-1)",
      ])
    #expect(
      rules.map { $0.numbers()?.localSteps } == ["-1 / 1.37**2 = -0.53", nil, "exp(-1.00) = 0.37", nil])
    #expect(
      rules.map(\.localRule) == ["df/dden = -1 / den**2", "dden/de = 1", "de/dm = exp(m)", "dm/ds = -1"])
  }

  @Test func `decimals are added until the product of what is shown is what is shown`() throws {
    // cs231n.github.io PR 105: 2 x 0.20 is not 0.39; 2 x 0.1966 is 0.3932.
    var sketch = Sketch()
    let (w, x) = (sketch.input("w", Tensor(2)), sketch.input("x", Tensor(0.5)))
    let s = try sketch.apply("multiply", w, x, as: "s")
    let rules = try sketch.rules(ending: "sigmoid", s)
    #expect(rules[s, 1]?.numbers()?.description == "0.3932 = 0.1966 * 2.0000")
    #expect(rules[s, 1]?.numbers()?.sign == "=")
  }

  @Test func `a product that no number of decimals makes exact says so`() throws {
    // 95.238... x 142.857... = 13605.442...: the rounding of each factor is multiplied by the other.
    var sketch = Sketch()
    let (a, b) = (sketch.input("a", Tensor(1 / 3.0)), sketch.input("b", Tensor(1000.0 / 7)))
    let p = try sketch.apply("multiply", a, b, as: "p")
    let rules = try sketch.rules(ending: "square", p)
    #expect(rules[p, 0]?.numbers()?.sign == "\u{2248}")
  }

  @Test func `a backward pass that is no product is not called one`() throws {
    struct Deaf: TensorGate {
      let card = GateCard(name: "deaf", summary: "Copies x.", localGradient: "3, whatever comes")
      func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape { operands[0] }
      func forward(_ operands: [Tensor]) throws(GateError) -> Tensor { operands[0] }
      func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
        [Tensor(3)]
      }
    }
    var sketch = Sketch()
    let x = sketch.input("x", Tensor(2))
    let y = try sketch.graph.apply(Deaf(), to: [x])
    let rules = try sketch.rules(ending: "square", y)
    #expect(rules[y, 0]?.numbers(decimals: 0)?.description == "3 \u{2260} 4 * 3")
    #expect(rules[y, 0]?.localRule == "3, whatever comes")
  }

  @Test func `at a tie the convention stands in place of the formula`() throws {
    var sketch = Sketch()
    let (x, y) = (sketch.input("x", Tensor(2)), sketch.input("y", Tensor(2)))
    let rules = try sketch.rules(ending: "maximum", x, y).rules
    #expect(rules.map { $0.rule } == [nil, nil])
    #expect(
      rules.map(\.localRule)
        == Array(
          repeating: "1 for the larger operand, 0 for the other; at a tie each operand gets half", count: 2))
    #expect(rules.map { $0.numbers(decimals: 1)?.description } == ["0.5 = 1.0 * 0.5", "0.5 = 1.0 * 0.5"])
  }

  @Test func `a reader who works out the local gradient gets it, powers of ten among its numbers`() throws {
    var sketch = Sketch()
    let x = sketch.input("x", Tensor(1e-5))
    let rules = try sketch.rules(ending: "square", x).rules
    #expect(rules.first?.numbers()?.localSteps == "2 * 1e-05 = 2e-05")
  }

  @Test func `gradients add where a value branches`() throws {
    // CS231n 2025, "copy gate: gradient adder": 4 + 2 = 6.
    var sketch = Sketch()
    let x = sketch.input("x", Tensor(7))
    let a = try sketch.apply("multiply", sketch.graph.constant(Tensor(4)), x, as: "a")
    let b = try sketch.apply("multiply", sketch.graph.constant(Tensor(2)), x, as: "b")
    let rules = try sketch.rules(ending: "add", a, b)
    #expect(rules.sums.map(\.symbols) == ["df/dx = df/da * da/dx + df/db * db/dx"])
    #expect(rules.sum(at: x)?.numbers(decimals: 0) == "4 + 2 = 6")
  }

  @Test func `a matrix product has its rule with shapes`() throws {
    var sketch = Sketch()
    let x = sketch.input("x", Tensor(repeating: 1, shape: Shape(2, 3)))
    let w = sketch.input("w", Tensor(repeating: 2, shape: Shape(3, 4)))
    let y = try sketch.apply("matmul", x, w, as: "y")
    let rules = try sketch.rules(ending: "sum", y)
    #expect(rules[y].map(\.symbols) == ["df/dx = df/dy @ w.T", "df/dw = x.T @ df/dy"])
    #expect(rules[y].map(\.shapes) == ["(2, 3) = (2, 4) @ (4, 3)", "(3, 4) = (3, 2) @ (2, 4)"])
    #expect(rules[y, 0]?.numbers() == nil)
  }

  @Test func `an elementwise gate has a diagonal Jacobian, a selection one-hot rows, a matrix itself`() throws
  {
    var sketch = Sketch()
    let x = sketch.input("x", Tensor([1, -2, 3, -1]))
    let z = try sketch.apply("relu", x, as: "z")
    let jacobian = try #require(try sketch.rules(ending: "sum", z)[z, 0]?.jacobian)
    // CS231n 2025, slides 132-138.
    #expect(jacobian.structure == .diagonal)
    #expect(jacobian.matrix == [[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]])

    var product = Sketch()
    let W = product.input("W", Tensor([[0.1, 0.5], [-0.3, 0.8]]))
    let q = try product.apply("matmul", W, product.input("x", Tensor([0.2, 0.4])), as: "q")
    let rule = try #require(try product.rules(ending: "L2", q)[q, 1])
    #expect(rule.jacobian?.matrix == [[0.1, 0.5], [-0.3, 0.8]] && rule.jacobian?.structure == .full)
    #expect(rule.symbols == "df/dx = W.T @ df/dq" && rule.shapes == "(2,) = (2, 2) @ (2,)")

    var large = Sketch()
    let v = large.input("v", Tensor(repeating: 1, shape: Shape(20, 30)))
    let t = try large.apply("transpose", v, as: "t")
    let turned = try #require(try large.rules(ending: "sum", t)[t, 0]?.jacobian)
    #expect(turned.matrix == nil && turned.structure == .oneHotRows && turned.rows == 600)
  }

  @Test func `labels and constants have no chain rule`() throws {
    var sketch = Sketch()
    let scores = sketch.input("scores", Tensor([[1, 2]]))
    let labels = sketch.graph.constant(Tensor([0]), name: "y")
    let rules = try sketch.rules(ending: "softmax_loss", scores, labels)
    #expect(rules.rules.map(\.operand) == [scores])
  }

  @Test func `no two nodes share a name`() throws {
    var graph = Graph()
    let x = graph.input("x")
    let h = try graph.apply(gate("exp"), to: x)
    graph.annotate(h) { $0.name = "h" }
    let again = try graph.apply(gate("exp"), to: h)
    graph.annotate(again) { $0.name = "h" }
    let last = try graph.apply(gate("exp"), to: again)
    graph.annotate(last) { $0.label = "exp(h)" }
    let names = NodeNames(graph, output: last, title: "f")
    #expect([x, h, again, last].map { names[$0] } == ["x", "h", "h_n2", "f"])
  }
}
