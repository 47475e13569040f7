import FormulaLanguage
import Foundation
import Gradients
import Testing

/// One example of the catalogue: numbers by name, as its source prints them or as they were recomputed at high precision.
private struct Example: Sendable, CustomStringConvertible {
  let file: String
  /// Forward value and gradient of each named value; nil for what the source does not give.
  let numbers: [(name: String, value: [Double]?, gradient: [Double]?)]
  /// How exact the numbers are: half a unit of their last digit, or a relative error.
  var digits = 9
  var description: String { file }

  init(_ file: String, digits: Int = 9, _ numbers: [(String, Double?, Double?)]) {
    self.init(file, digits: digits, tensors: numbers.map { ($0.0, $0.1.map { [$0] }, $0.2.map { [$0] }) })
  }

  init(_ file: String, digits: Int = 9, tensors: [(String, [Double]?, [Double]?)]) {
    self.file = file
    self.digits = digits
    numbers = tensors.map { (name: $0.0, value: $0.1, gradient: $0.2) }
  }
}

@Suite struct ExampleTests {
  private static let examples = [
    // CS231n notes, optimization-2, first circuit.
    Example("circuit", [("x", -2, -4), ("y", 5, -4), ("z", -4, 3), ("q", 3, -4), ("f", -12, 1)]),
    // CS231n notes, sigmoid neuron, recomputed in double precision.
    Example(
      "sigmoid_neuron",
      [
        ("w0", 2, -0.196611933), ("x0", -1, 0.393223866), ("w1", -3, -0.393223866), ("x1", -2, -0.589835800),
        ("w2", -3, 0.196611933), ("w0*x0", -2, 0.196611933), ("w1*x1", 6, 0.196611933),
        ("w0*x0 + w1*x1", 4, 0.196611933), ("w0*x0 + w1*x1 + w2", 1, 0.196611933),
        ("-(w0*x0 + w1*x1 + w2)", -1, -0.196611933),
        ("exp(-(w0*x0 + w1*x1 + w2))", 0.367879441171, -0.534446645),
        ("1 + exp(-(w0*x0 + w1*x1 + w2))", 1.367879441171, -0.534446645), ("f", 0.731058578630, 1),
      ]),
    Example("sigmoid_gate", [("s", 1, 0.196611933), ("f", 0.731058578630, 1), ("x1", -2, -0.589835800)]),
    // CS231n notes, patterns in backward flow.
    Example(
      "patterns",
      [
        ("x", 3, -8), ("y", -4, 6), ("z", 2, 2), ("w", -1, 0), ("x*y", -12, 2), ("maximum(z, w)", 2, 2),
        ("x*y + maximum(z, w)", -10, 2), ("f", -20, 1),
      ]),
    // CS231n 2025, slides 101-104.
    Example("pattern_add", [("x", 3, 2), ("y", 4, 2), ("z", 7, 2)]),
    Example("pattern_multiply", [("x", 2, 15), ("y", 3, 10), ("z", 6, 5)]),
    Example("pattern_copy", [("x", 7, 6)]),
    Example("pattern_max", [("x", 4, 0), ("y", 5, 9), ("z", 5, 9)]),
    // CS231n 2017, pp. 58-74.
    Example(
      "squared_norm",
      tensors: [
        ("W", [0.1, 0.5, -0.3, 0.8], [0.088, 0.176, 0.104, 0.208]), ("x", [0.2, 0.4], [-0.112, 0.636]),
        ("q", [0.22, 0.26], [0.44, 0.52]), ("f", [0.116], [1]),
      ]),
    // CS231n 2025, slides 132-138.
    Example(
      "relu_vector", tensors: [("x", [1, -2, 3, -1], [4, 0, 5, 0]), ("z", [1, 0, 3, 0], [4, -1, 5, 9])]),
    // CS231n 2025, slides 143-150; y and the gradients recomputed, since the printed y is not the product.
    Example(
      "matrix_multiply",
      tensors: [
        ("x", [2, 1, -3, -3, 4, 2], [0, 16, -9, -24, 9, -30]),
        ("w", [3, 2, 1, -1, 2, 1, 3, 2, 3, 2, 1, -2], [28, 3, -18, 0, -30, 7, 13, 33, -22, -7, 17, -15]),
        ("y", [-1, -1, 2, 6, 5, 2, 11, 7], [2, 3, -3, 9, -8, 1, 4, 6]),
      ]),
    // CS231n notes, staged computation, recomputed in double precision.
    Example(
      "staged",
      [
        ("sigy", 0.0179862100, 0.5121444488), ("num", 3.0179862100, 0.5121444488),
        ("sigx", 0.9525741268, -0.7915934473),
        ("xpy", -1, 1.5831868945), ("xpysqr", 1, -0.7915934473), ("den", 1.9525741268, -0.7915934473),
        ("invden", 0.5121444488, 3.0179862100), ("f", 1.5456448841, 1), ("x", 3, 2.0595697956),
        ("y", -4, 1.5922327515),
      ]),
    Example("product", [("x", 4, -3), ("y", -3, 4), ("f", -12, 1)]),
    // CS231n 2016, pp. 47-48: the multiply gate as a class; the numbers follow from its rule.
    Example("multiply_gate", [("x", 3, -4), ("y", -4, 3), ("z", -12, 1)]),
    Example("maximum", [("x", 4, 1), ("y", 2, 0), ("f", 4, 1)]),
    // Karpathy, nn-zero-to-hero, micrograd lecture.
    Example(
      "micrograd_expression",
      [("a", 2, 6), ("b", -3, -4), ("c", 10, -2), ("e", -6, -2), ("d", 4, -2), ("f", -2, 4), ("L", -8, 1)]),
    Example(
      "micrograd_neuron", digits: 4,
      [
        ("x1", 2, -1.5), ("w1", -3, 1), ("x2", 0, 0.5), ("w2", 1, 0), ("b", 6.8814, 0.5), ("x1*w1", -6, 0.5),
        ("x2*w2", 0, 0.5), ("n", 0.8814, 0.5), ("o", 0.7071, 1),
      ]),
    Example("micrograd_twice", [("a", 3, 2), ("b", 6, 1)]),
    Example("micrograd_branches", [("d", -6, 1), ("e", 1, -6), ("a", -2, -3), ("b", 3, -8), ("f", -6, 1)]),
    // C. Olah, Calculus on computational graphs.
    Example("colah", [("a", 2, 2), ("b", 1, 5), ("c", 3, 2), ("d", 2, 3), ("e", 6, 1)]),
    // S. Prince, Understanding Deep Learning, notebook 7.1, three decimals.
    Example(
      "toy_model", digits: 3,
      [
        ("f0", 1.230, 2.281), ("h1", 0.942, 6.824), ("f1", 1.623, -17.060), ("h2", 5.068, -3.366),
        ("f2", 7.137, -1.683),
        ("h3", 0.657, 2.234), ("f3", 2.372, 0.745), ("loss", 0.139, 1), ("beta3", 0.4, 0.745),
        ("omega3", 3, 0.489),
        ("beta2", -3, -1.683), ("omega2", 2, -8.530), ("beta1", 2, -17.060), ("omega1", -0.4, -16.079),
        ("beta0", 1, 2.281), ("omega0", 0.1, 5.246),
      ]),
    // K. Saito, Deep Learning from Scratch, figures 5-14 and 5-15.
    Example(
      "apples",
      [("apple", 100, 2.2), ("count", 2, 110), ("tax", 1.1, 200), ("price", 200, 1.1), ("total", 220, 1)]),
    Example(
      "apples_and_oranges",
      [
        ("apples", 2, 110), ("apple", 100, 2.2), ("orange", 150, 3.3), ("oranges", 3, 165), ("tax", 1.1, 650),
        ("apple_price", 200, 1.1), ("orange_price", 450, 1.1), ("price", 650, 1.1), ("total", 715, 1),
      ]),
    // UCLA, discussion section, 2024.
    Example(
      "two_neurons",
      [
        ("W0", 2, 2), ("x", 2, 2), ("W1", -4, 1), ("W2", 4, 0.5), ("W3", 5, 1), ("W0*x", 4, 1),
        ("W0*x + W1", 0, 1),
        ("s", 0.5, 4), ("s*W2", 2, 1), ("s*W2 + W3", 7, 1), ("f", 7, 1),
      ]),
    Example("multiply_add", [("a", 3, 4), ("b", 4, 3), ("c", -4, 1), ("x", 12, 1), ("f", 8, 1)]),
    // Closed forms: z = xy, L = z^2 / 2, so dL/dz = z, dL/dx = z y, dL/dy = z x.
    Example("gate", [("x", 3, 48), ("y", -4, -36), ("z", -12, -12), ("L", 72, 1)]),
    // z = W x = [6, -7], dL/dz = 2 z, dL/dx = W^T 2z, dL/dW = 2z x^T.
    Example(
      "vector_gate",
      tensors: [
        ("x", [2, -1, 4], [12, -66, 20]), ("z", [6, -7], [12, -14]),
        ("W", [1, -2, 0.5, 0, 3, -1], [24, -12, 48, -28, 14, -56]), ("L", [85], [1]),
      ]),
    // s = x W = [2.5, 2, -2.5]: class 1 is within the margin by 0.5; R = 0.1 * 5.5.
    Example(
      "loss_graph",
      tensors: [
        ("s", [2.5, 2, -2.5], [-1, 1, 0]), ("data", [0.5], [1]), ("R", [0.45], [1]), ("L", [0.95], [1]),
        ("x", [1, 3], [-2, 0.5]),
        ("W", [1, -1, 0.5, 0.5, 1, -1], [-0.8, 0.8, 0.1, -2.9, 3.2, -0.2]),
      ]),
    // h = 1.2, z = -1.14; y = 1 / (1 + e^1.14) and dL/dz = y - 1, worked out with Python's math.exp.
    Example(
      "binary_network",
      [("h", 1.2, nil), ("z", -1.14, -0.757679639), ("y", 0.242320361, nil), ("b", 0.3, -0.757679639)]),
    // z = W1 x = [0.7, -0.3, -0.9], h = [0.7, 0, 0], o = 0.7: L = 0.09, s = 0.05 (0.91 + 2.25).
    Example(
      "weight_decay",
      tensors: [
        ("h", [0.7, 0, 0], nil), ("o", [0.7], [-0.6]), ("L", [0.09], [1]), ("s", [0.158], [1]),
        ("J", [0.248], [1]),
        ("W2", [1, -1, 0.5], [-0.32, -0.1, 0.05]),
      ]),
    // Their gradients are claims in the files.
    Example("relu_4096", []), Example("layer_map", []),
    // W2 W1 = [[1, 3, 5], [1, -3, -1]]; f = (1 - 6 + 15) + (1 + 6 - 3), df/dx = the sums of its columns.
    Example("two_linear_layers", tensors: [("x", [1, -2, 3], [2, 0, 4]), ("f", [14], [1])]),
  ]

  @Test(arguments: examples)
  fileprivate func `an example has the numbers of its source`(example: Example) throws {
    let path = Tool.root.appending(path: "examples/\(example.file).grad").path
    let source = Source(name: example.file, text: try String(contentsOfFile: path, encoding: .utf8))
    let formula = try Formula(parsing: source)
    var evaluation = try Evaluation(
      formula.graph, inputs: Dictionary(uniqueKeysWithValues: formula.inputs.map { ($0.name, $0.value) }))
    try evaluation.forward()
    try evaluation.backward(from: formula.output)
    for (name, value, gradient) in example.numbers {
      let node = try #require(
        formula.graph.nodes.first { node in
          let annotation = formula.graph.annotation(of: node)
          return annotation.name == name || annotation.label == name
        }, "no '\(name)'")
      for (expected, found) in [
        (value, evaluation.value(of: node)), (gradient, evaluation.gradient(of: node)),
      ] {
        guard let expected else { continue }
        #expect(found.elements.count == expected.count)
        for (a, b) in zip(expected, found.elements) {
          #expect(isClose(a, b, example.digits), "\(name): \(a) in the source, \(b) here")
        }
      }
    }
  }

  @Test func `every example is in the catalogue`() throws {
    let files = try FileManager.default.contentsOfDirectory(
      atPath: Tool.root.appending(path: "examples").path)
    let names = files.filter { $0.hasSuffix(".grad") }.map { String($0.dropLast(5)) }.sorted()
    #expect(names == Self.examples.map(\.file).sorted())
  }

  @Test(arguments: examples.map(\.file))
  func `every example passes its check`(file: String) async throws {
    let run = try await Tool.run(["examples/\(file).grad"])
    #expect(run.status == 0, "\(run.output)\(run.error)")
  }

  /// Half a unit of the last decimal that is printed.
  private func isClose(_ expected: Double, _ found: Double, _ decimals: Int) -> Bool {
    var unit = 0.5
    for _ in 0..<decimals { unit /= 10 }
    return (expected - found).magnitude <= unit * 1.0001 + 1e-14 * expected.magnitude
  }
}
