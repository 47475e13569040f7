import Diagrams
import FormulaLanguage
import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

private func network(_ formula: String) throws -> Network {
  let formula = try Formula(parsing: Source(name: "f", text: formula))
  return try Network(formula.graph, output: formula.output)
}

@Suite struct NetworkTests {
  @Test(arguments: [
    // CS231n notes, neural-networks-1: the two networks of its figure.
    ("3-4-2", 6, "20 weights + 6 biases = 26 parameters"),
    ("3-4-4-1", 9, "32 weights + 9 biases = 41 parameters"),
    ("3072-100-10", 110, "308200 weights + 110 biases = 308310 parameters"),
    ("1-1", 1, "1 weight + 1 bias = 2 parameters"),
  ])
  func `neurons, weights and biases are counted as the lecture counts them`(
    text: String, neurons: Int, parameters: String
  ) throws {
    let network = try Network(text)
    #expect(network.neurons == neurons && network.parameters == parameters && network.name == text)
    #expect(network.svg().contains(">\(text): \(parameters)<"))
  }

  @Test(arguments: [
    "3", "3-", "a-b", "3-0-2", "", "-3-4", "3--4", "99999999999999999999-2",
    "1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16-17-18-19-20-21",
  ])
  func `what is no network is refused`(text: String) {
    #expect(throws: DiagramError.self) { try Network(text) }
  }

  @Test func `every neuron of a small layer is drawn, of a wide one the ends`() throws {
    func circles(_ text: String) throws -> Int {
      try Network(text).svg().split(separator: "\n").count { $0.contains(" r=\"15\"") }
    }
    #expect(try circles("3-4-4-2") == 13)
    #expect(try circles("3072-100-10") == 8 + 8 + 10)
    // A line for each pair of neighbours: 12 + 16 + 8.
    #expect(try Network("3-4-4-2").svg().count { $0 == "M" } == 36)
  }

  @Test(arguments: [
    (
      "x = ones(5, 3); w = ones(3, 4); b = zeros(4); v = ones(4, 2); c = zeros(2)\nf = sum(relu(x @ w + b) @ v + c)",
      "3-4-2", 6, "relu"
    ),
    (
      "x = ones(5, 3); w = ones(3, 4); b = zeros(4)\ns = affine(x, w, b)\nf = softmax_loss(s, [0, 1, 2, 3, 0])",
      "3-4", 4, nil
    ),
    (
      "x = ones(3); w = ones(4, 3); v = ones(2, 4); c = zeros(2)\nf = sum(v @ tanh(w @ x) + c)", "3-4-2", 2,
      "tanh"
    ),
    (
      "def sigmoid(x):\n    return 1 / (1 + exp(-x))\nx = ones(5, 3); w = ones(3, 4); b = zeros(4); v = ones(4, 2)\nconst reg = 0.1\nf = sum(sigmoid(x @ w + b) @ v) + reg * sum(w*w)",
      "3-4-2", 4, "sigmoid"
    ),
    (
      "def layer(x, w, b):\n    return maximum(0, x @ w + b)\nx = ones(5, 3); w = ones(3, 4); b = zeros(4); v = ones(4, 2); c = zeros(2)\nf = sum(layer(layer(x, w, b), v, c))",
      "3-4-2", 6, "maximum"
    ),
  ])
  func `the layers of a formula are found`(formula: String, name: String, biases: Int, activation: String?)
    throws
  {
    let network = try network(formula)
    #expect(network.name == name && network.biases == biases && network.layers[1].activation == activation)
  }

  @Test func `the scales and shifts of normalizations are parameters, unless they are constants`() throws {
    let formula = """
      x = ones(5, 3); w = ones(3, 4); b = zeros(4); v = ones(4, 2); c = zeros(2)
      gamma = ones(4); beta = zeros(4); g2 = ones(2); const b2 = zeros(2)
      f = sum(layernorm(relu(batchnorm(x @ w + b, gamma, beta)) @ v + c, g2, b2))
      """
    let network = try network(formula)
    // 12 + 8 weights, 4 + 2 biases, and 4 + 4 + 2 numbers of the two normalizations.
    #expect(network.layers.map(\.scales) == [0, 8, 2])
    #expect(network.parameters == "20 weights + 6 biases + 10 of normalizations = 36 parameters")
  }

  @Test(arguments: [
    ("x = 2\nf = x + 1", "there is no fully connected layer"),
    ("x = ones(2, 3); w = ones(3, 3)\nh = x @ w\nf = sum(h + relu(h) @ w)", "no chain of layers"),
    ("x = ones(2, 3); w = ones(3, 3); v = ones(3, 3)\nf = sum((x @ w + x @ v) @ w)", "does not follow"),
  ])
  func `what is no chain of layers is refused in words`(formula: String, words: String) throws {
    let error = #expect(throws: DiagramError.self) { try network(formula) }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: DiagramTheme.allCases)
  func `a picture is XML in every theme`(theme: DiagramTheme) throws {
    #expect(XMLParser(data: Data(try Network("3072-100-10").svg(theme: theme).utf8)).parse())
  }
}
