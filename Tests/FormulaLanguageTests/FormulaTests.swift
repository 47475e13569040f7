import FormulaLanguage
import Gradients
import TestSupport
import Testing

@Suite struct FormulaTests {
  private func value(_ text: String, _ values: (String, String)..., seed: UInt64 = 0) throws -> Tensor {
    let formula = try Formula(
      parsing: Source(name: "f", text: text), replacing: values.map { (name: $0.0, text: $0.1) }, seed: seed)
    return try value(of: formula.output, formula.graph, formula)
  }

  private func value(of node: NodeID, _ graph: Graph, _ formula: Formula) throws -> Tensor {
    var evaluation = try Evaluation(
      graph, inputs: Dictionary(uniqueKeysWithValues: formula.inputs.map { ($0.name, $0.value) }))
    try evaluation.forward()
    return evaluation.value(of: node)
  }

  @Test(arguments: [
    ("x = 2; f = -x**2", -4.0), ("x = 2; f = 2**-x", 0.25), ("x = 2; f = 2**3**x", 512),
    ("x = 7; f = x - 2 - 1", 4),
    ("x = 2; f = 12 / x / 3", 2), ("x = 2; f = 1 + x * 3", 7), ("x = 2; f = (1 + x) * 3", 9),
    ("x = 2; f = --x", 2),
    ("x = 2; f = +x", 2), ("x = 2; f = (x > 1) + (x >= 2) + (x == 2) + (x != 2) + (x < 2) + (x <= 1)", 3),
    ("x = 2; f = np.exp(numpy.log(x))", 2), ("x = [1, 2, 3]; f = x.sum()", 6),
    ("x = [1, 2, 3]; f = x[-1] + x[0]", 4),
    ("x = [[1, 2], [3, 4]]; f = x[:, 1].sum() * x.shape[0]", 12),
    ("x = [1, 2, 3, 4]; f = sum(x[::-2] * [10, 1])", 42),
    ("x = [[1, 2], [3, 4]]; f = sum(x.T[0] * [1, 10])", 31),
    ("x = 2; y = 1_000.5; f = x*y # a comment", 2001),
    ("x = [[1, 2], [3, 4]]; y = [1, 0]; f = sum(x[arange(2), y])", 5), ("x = 4; f = x.sqrt()", 2),
    ("x = [1, 2]; f = concatenate([x, x], axis=0).sum()", 6),
    ("x = [1, 2]; f = sum(stack([x, x * 2], 1)[1])", 6),
    ("x = [\n  1,\n  2,\n]\nf = sum(\n  x\n)", 3), ("x = 2\nf = x \\\n  * 3", 6),
    ("x = 3; def sq(a): return a*a\nf = sq(sq(x))", 81),
    ("x = ones(2, 3); f = x.mean() + len(x) + x.ndim + x.size", 11), ("x = full((2,), 3); f = prod(x)", 9),
    ("x = linspace(0, 1, 5); f = x[3]", 0.75), ("x = arange(2, 8, 2); f = sum(x)", 12),
    ("x = 1; f = x * pi", 3.141592653589793),
    ("x = [1, 2, 3, 4]; f = sum(x.reshape(2, -1)[1])", 7),
    ("x = [[1, 2]]; f = sum(x.flatten() * [1, 10])", 21),
    ("x = [1, -2]; f = sum(where(x > 0, x, 10 * x))", -19), ("x = 0.3; f = x / 1/3", 0.1),
  ])
  func `a formula means what it means in numpy`(text: String, expected: Double) throws {
    #expect(agree(try value(text), Tensor(expected)))
  }

  @Test func `what is broadcast for a gate keeps its own text`() throws {
    let formula = try Formula(
      parsing: Source(name: "f", text: "x = [[1, 2], [3, 4]]\nb = [1, 2]\ny = x + b\nf = sum(y)"))
    let broadcast = try #require(
      formula.graph.nodes.first { node in
        if case .gate(let gate) = formula.graph.kind(of: node) {
          gate.card.name == "broadcast"
        } else {
          false
        }
      })
    #expect(formula.graph.annotation(of: broadcast).label == "b")
  }

  @Test func `a name left open becomes an input when a value is given for it`() throws {
    let formula = try Formula(
      parsing: Source(name: "f", text: "f = (x + y) * z"), replacing: [("z", "-4"), ("x", "-2"), ("y", "5")])
    #expect(formula.inputs.map(\.name) == ["x", "y", "z"])
    #expect(try value(of: formula.output, formula.graph, formula) == Tensor(-12))
  }

  @Test func `a value given for an input replaces it`() throws {
    #expect(try value("x = 2; f = x * 3", ("x", "[1, 2]")) == Tensor([3, 6]))
  }

  @Test func `a value for a name that the formula does not have is refused with those it has`() throws {
    let error = #expect(throws: FormulaError.self) { try value("x = 2; f = x * 3", ("y", "1")) }
    #expect(error?.diagnostics.first?.message.text == "the formula has no input 'y'; it has x")
    let computed = #expect(throws: FormulaError.self) { try value("x = 2; f = x * 3", ("f", "1")) }
    #expect(computed?.diagnostics.first?.message.id == "given-computed")
  }

  @Test func `constants, labels and sizes are not differentiated`() throws {
    let formula = try Formula(
      parsing: Source(
        name: "f",
        text: "x = randn(4, 3); y = [0, 1, 2, 0]; const c = 2; n = x.shape[0]\nf = softmax_loss(x, y) * c / n"
      ))
    #expect(formula.inputs.map(\.name) == ["x"])
  }

  @Test func `the output is the last value, and f when it has no name`() throws {
    #expect(try Formula(parsing: Source(name: "f", text: "x = 1; a = x * 2; b = a + 1")).outputName == "b")
    #expect(try Formula(parsing: Source(name: "f", text: "x = 1; x * 2")).outputName == "f")
  }

  @Test func `a claim is computed behind the function`() throws {
    let formula = try Formula(parsing: Source(name: "f", text: "x = 3\nf = x**2\ndf/dx = 2*x"))
    let claim = try #require(formula.claims.first)
    #expect(claim.of.name == "f" && claim.withRespectTo.name == "x")
    #expect(try value(of: claim.value, formula.claimGraph, formula) == Tensor(6))
    #expect(claim.place == Graph.Place(line: 3, column: 1))
  }

  @Test func `a gate written in a formula hands down what its backward pass says`() throws {
    let formula = try Formula(
      parsing: Source(
        name: "f",
        text: """
          gate affine(x, w, b):
              forward:
                  out = x @ w + b
              backward(dout):
                  dx = dout @ w.T
                  dw = x.T @ dout
                  db = sum(dout, axis=0)
          x = [[1, 2], [3, 4]]; w = [[1], [10]]; b = [0.5]
          f = sum(affine(x, w, b))
          """))
    var evaluation = try Evaluation(
      formula.graph, inputs: Dictionary(uniqueKeysWithValues: formula.inputs.map { ($0.name, $0.value) }))
    try evaluation.forward()
    try evaluation.backward(from: formula.output)
    #expect(evaluation.value(of: formula.output) == Tensor(65))
    #expect(
      formula.inputs.map { evaluation.gradient(of: $0.node) } == [
        Tensor([[1, 10], [1, 10]]), Tensor([[4], [6]]), Tensor([2]),
      ])
  }

  @Test func `each node knows its text, its place and its function`() throws {
    let formula = try Formula(
      parsing: Source(name: "f", text: "def g(a): return a  *  2\nx = 3\ny = g(x)\nf = y + 1"))
    let product = try #require(formula.graph.nodes.first { formula.graph.annotation(of: $0).name == "y" })
    let annotation = formula.graph.annotation(of: product)
    #expect(annotation.label == "a * 2" && annotation.place == Graph.Place(line: 1, column: 21))
    #expect(annotation.scope.map { formula.graph.scopes[$0].name } == "g")
  }

  @Test func `random data is the same for a seed, and each use has its own`() throws {
    let text = "x = randn(3); y = randn(3); f = concatenate([x, y])"
    #expect(try value(text, seed: 1) == value(text, seed: 1))
    #expect(try value(text, seed: 1) != value(text, seed: 2))
    let both = try value(text).elements
    #expect(both[0...2] != both[3...5])
    let many = try value("x = randn(20000); f = stack([mean(x), mean(x * x), mean(x**4)])").elements
    // Moments of the normal distribution 0, 1, 3; standard errors 0.007, 0.01, 0.07.
    #expect(many[0].magnitude < 0.03 && (many[1] - 1).magnitude < 0.04 && (many[2] - 3).magnitude < 0.3)
  }
}
