import Diagrams
import FormulaLanguage
import Gradients
import GraphvizRendering
import Testing

/// The DOT text of a formula's diagram.
func dotText(
  _ formula: String, isBackward: Bool = true, options change: (inout DiagramOptions) -> Void = { _ in }
) throws -> String {
  var options = DiagramOptions()
  change(&options)
  let formula = try Formula(parsing: Source(name: "<formula>", text: formula))
  var evaluation = try Evaluation(
    formula.graph, inputs: Dictionary(uniqueKeysWithValues: formula.inputs.map { ($0.name, $0.value) }))
  try evaluation.forward()
  if isBackward { try evaluation.backward(from: formula.output) }
  return try Diagram(
    formula.graph, evaluation, output: formula.output, title: formula.outputName, source: formula.source.text,
    options: options
  ).dotText
}

func read(_ dot: String) throws -> StoredDiagram {
  let tables = try GraphvizReader.tables(dot: dot, attributes: StoredDiagram.reads)
  return try StoredDiagram(attributes: tables.attributes, nodes: tables.nodes, edges: tables.edges)
}

/// What is said when `stored` has become `present`.
private func words(_ stored: String, _ present: String, tolerance: Double = 1e-9) throws -> [String] {
  try DiagramComparison(
    stored: read(dotText(stored)), present: read(dotText(present)), tolerance: tolerance
  ).differences.map(\.description)
}

/// What is said when the stored DOT text of a formula has one text where it should have another.
private func words(_ formula: String, replacing text: String, by other: String) throws -> [String] {
  let dot = try dotText(formula)
  try #require(dot.contains(text))
  return try DiagramComparison(stored: read(dot.replacing(text, with: other)), present: read(dot))
    .differences.map(\.description)
}

@Suite struct DiagramComparisonTests {
  private static let circuit = "x = -2; y = 5; z = -4\nq = x + y\nf = q * z"
  private static let neuron = "x = 1\nf = 1 / (1 + exp(-x))"

  @Test(arguments: [circuit, neuron, "W = [[0.1, 0.5], [-0.3, 0.8]]; x = [0.2, 0.4]\nf = L2(W @ x)"])
  func `the same formula says nothing`(formula: String) throws {
    #expect(try words(formula, formula).isEmpty)
  }

  @Test func `another number of an input is the cause, and what follows is counted`() throws {
    // q = 4 and f = -16 follow, and the gradient of z, which is q.
    #expect(
      try words(Self.circuit, Self.circuit.replacing("x = -2", with: "x = -1")) == [
        "input x changed: -2 → -1 (and 2 values and 1 gradient that follow from it)"
      ])
  }

  @Test func `each of two causes is said`() throws {
    #expect(
      try words("x = 2; y = 4\nf = x * y", "x = 3; y = 5\nf = x * y") == [
        "input x changed: 2 → 3 (and 1 value and 2 gradients that follow from it)",
        "input y changed: 4 → 5 (and 1 value and 2 gradients that follow from it)",
      ])
  }

  @Test func `an inserted gate is new between its neighbours`() throws {
    // The value of exp, and the gradients of x, y and x*y.
    #expect(
      try words("x = 0.5; y = 2\nf = exp(x * y)", "x = 0.5; y = 2\nf = exp(tanh(x * y))") == [
        "gate 'tanh' (n3) is new between n2 and n4 (and 1 value and 3 gradients that follow from it)"
      ])
  }

  @Test func `a gate taken out is gone from between its neighbours`() throws {
    #expect(
      try words("x = 0.5; y = 2\nf = exp(tanh(x * y))", "x = 0.5; y = 2\nf = exp(x * y)") == [
        "gate 'tanh' (n3) is gone from between n2 and n4 (and 1 value and 3 gradients that follow from it)"
      ])
  }

  @Test func `a gate in place of another is said to be one now`() throws {
    #expect(
      try words("x = 0.5; y = 2\nf = exp(tanh(x * y))", "x = 0.5; y = 2\nf = exp(sin(x * y))") == [
        "gate 'tanh' (n3) is now 'sin' (n3) (and 2 values and 4 gradients that follow from it)"
      ])
  }

  @Test func `swapped operands are a change of the wires`() throws {
    #expect(
      try words("x = 5; y = 3\nf = x - y", "x = 5; y = 3\nf = y - x") == [
        "gate 'subtract' f (n2) reads y and x, stored x and y (and 1 value and 2 gradients that follow from it)"
      ])
  }

  @Test func `another constant in a gate is named`() throws {
    #expect(
      try words("x = 3\nf = x + 1", "x = 3\nf = x + 2") == [
        "gate 'add' f (n2): constant 2, stored 1 (and 1 value that follows from it)"
      ])
    #expect(
      try words("x = 3\nf = x - 1", "x = 3\nf = 1 - x") == [
        "gate 'subtract' f (n2): constant 1 as operand 0, stored 1 as operand 1 "
          + "(and 1 value and 1 gradient that follow from it)"
      ])
  }

  @Test func `a term that is added behind the rest leaves the rest as it was`() throws {
    #expect(
      try words("x = 2; y = 3\nf = x * y", "x = 2; y = 3; b = 1\nf = x * y + b") == [
        "input b is new, read by n4", "gate 'add' f (n4) is new behind n3, b, as the output",
      ])
    #expect(
      try words("x = 2; y = 3; b = 1\nf = x * y + b", "x = 2; y = 3\nf = x * y") == [
        "input b is gone; it was read by n4", "gate 'add' f (n4) is gone from behind n3, b, as the output",
      ])
  }

  @Test func `one more of many equal gates is one difference`() throws {
    let chain = "x = 1\nf = sin(sin(sin(sin(x))))"
    #expect(
      try words(chain, "x = 1\nf = sin(sin(sin(sin(sin(x)))))").map { $0.prefix { $0 != "(" } } == [
        "gate 'sin' f "
      ])
  }

  @Test func `other names are said, and nothing follows`() throws {
    #expect(
      try words("x = 2; y = 3\nq = x * y\nf = exp(q)", "u = 2; y = 3\np = u * y\nf = exp(p)") == [
        "input x is now called u", "gate 'multiply' q (n2) is now called p",
      ])
  }

  @Test func `an input that is not differentiated any more is said to be a constant`() throws {
    #expect(
      try words("x = 2; reg = 3\nf = x * reg", "x = 2; const reg = 3\nf = x * reg").first
        == "input reg is now a constant")
  }

  @Test func `statements in another order are the same graph`() throws {
    #expect(
      try words(
        "x = 1; y = 2\na = exp(x)\nb = sin(y)\nf = a * b", "y = 2; x = 1\nb = sin(y)\na = exp(x)\nf = a * b"
      )
      .isEmpty)
  }

  @Test func `of a tensor the element is said that is off most`() throws {
    // q[0], f, and the gradients of q, W and x.
    let formula = "W = [[0.1, 0.5], [-0.3, 0.8]]; x = [0.2, 0.4]\nq = W @ x\nf = L2(q)"
    #expect(
      try words(formula, formula.replacing("0.5", with: "0.6")) == [
        "input W changed: [0, 1] 0.5 → 0.6, 1 of 4 elements (and 2 values and 3 gradients that follow from it)"
      ])
  }

  @Test func `a large tensor differs by its range, its norm or a projection`() throws {
    let formula = "x = full((100, 100), 0.5)\nf = sum(x)"
    let changed = try words(formula, formula.replacing("0.5", with: "0.25"))
    #expect(changed == ["input x changed: norm 50 → 25 (and 1 value that follows from it)"])
    // One sign among 10,000 leaves the norm as it is.
    let stored = "x = ones((100, 100))\nf = sum(x)"
    let first = try #require(try words(stored, replacing: "projections=", by: "projections=1").first)
    #expect(first.hasPrefix("input x changed: projection 0 "))
  }

  @Test func `another shape is said with both`() throws {
    #expect(
      try words("x = [1, 2, 3]\nf = sum(exp(x))", "x = [1, 2, 3, 4]\nf = sum(exp(x))") == [
        "input x changed: shape (3,) → (4,) (and 2 values and 2 gradients that follow from it)"
      ])
  }

  @Test func `a gate that gives another value from the same operands is a cause`() throws {
    #expect(
      try words(Self.neuron, replacing: "data_value=\"0.36787944117144233\"", by: "data_value=\"0.3681\"")
        == [
          "gate 'exp' (n2): value 0.3679, stored 0.3681"
        ])
  }

  @Test func `a backward pass that gives something else is a cause`() throws {
    #expect(
      try words(Self.neuron, replacing: "data_local=\"0.36787944117144233\"", by: "data_local=\"0.4\"") == [
        "gate 'exp' (n2): local gradient of operand 0 (n1) 0.3679, stored 0.4"
      ])
    #expect(
      try words(Self.circuit, replacing: "data_downstream=\"3\"", by: "data_downstream=\"-3\"") == [
        "gate 'multiply' f (n4): downstream gradient of operand 1 (z) 3, stored -3"
      ])
    #expect(
      try words(
        Self.circuit, replacing: "data_value=\"5\", data_gradient=\"-4\"",
        by: "data_value=\"5\", data_gradient=\"4\"")
        == ["input y: gradient -4, stored 4"])
  }

  @Test func `the tolerance is relative, and 0 means equal`() throws {
    let (x, y) = ("x = 3\nf = x * 2", "x = 3.000000001\nf = x * 2")
    #expect(try words(x, y).isEmpty)
    #expect(try words(x, y, tolerance: 1e-12).count == 1)
    #expect(try words("x = 3\nf = x", "x = 3.0000000000000004\nf = x", tolerance: 0).count == 1)
  }

  @Test func `what rounding leaves of a difference is no difference`() throws {
    // 0.1 + 0.2 - 0.3 is 5.6e-17 in one order of operations, and 2.8e-17 in another.
    let formula = "x = 0.1; y = 0.2\nf = x + y - 0.3"
    #expect(
      try words(formula, replacing: "data_value=\"5.551115123125783e-17\"", by: "data_value=\"0\"").isEmpty)
    // A small number that is small by itself is compared as it is.
    #expect(try words("x = 1e-17\nf = x * 2", "x = 2e-17\nf = x * 2").count == 1)
  }

  @Test func `numbers that are not finite are equal to themselves alone`() throws {
    #expect(try words("x = -1\nf = log(x)", "x = -1\nf = log(x)").isEmpty)
    let formula = "x = 0\nf = exp(1 / x)"
    #expect(try words(formula, formula).isEmpty)
    #expect(
      try words(formula, replacing: "data_value=\"Infinity\"", by: "data_value=\"1\"") == [
        "gate 'divide' (n2): value Infinity, stored 1 (and 1 value that follows from it)"
      ])
  }

  @Test func `a diagram without gradients is compared by its values`() throws {
    let comparison = try DiagramComparison(
      stored: read(dotText(Self.circuit, isBackward: false)), present: read(dotText(Self.circuit)))
    #expect(comparison.differences.isEmpty)
  }

  @Test func `a formula that has nothing in common is compared to its end`() throws {
    let differences = try words(Self.circuit, "a = [1, 2]\nloss = sum(softplus(a))")
    #expect(differences.contains("input a is new, read by n1"))
    #expect(differences.contains("input x is gone; it was read by n3"))
  }

  @Test func `a style alone is said as such`() throws {
    #expect(
      try words(Self.circuit, replacing: "data_style=\"lecture\"", by: "data_style=\"values\"") == [
        "style: lecture, stored values"
      ])
  }

  @Test func `causes and what follows are marked on both sides`() throws {
    let comparison = try DiagramComparison(
      stored: read(dotText("x = 0.5; y = 2\nf = exp(x * y)")),
      present: read(dotText("x = 0.5; y = 2\nf = exp(tanh(x * y))")))
    #expect(comparison.markedInPresent.filter(\.isCause).map(\.node) == ["n3"])
    #expect(comparison.markedInPresent.filter { !$0.isCause }.map(\.node) == ["n0", "n1", "n2", "n4"])
    #expect(comparison.markedInStored.map(\.node) == ["n0", "n1", "n2", "n3"])
  }
}
