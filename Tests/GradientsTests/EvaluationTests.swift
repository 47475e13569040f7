import Gradients
import TestSupport
import Testing

/// The multiply gate of the lecture, as a client of the package writes it (CS231n 2016, lecture 4).
private struct MultiplyGate: TensorGate {
  let card = GateCard(
    name: "my_multiply", symbol: "*", operands: ["x", "y"], summary: "Multiplies x and y.",
    localGradient: "dz/dx = y, dz/dy = x")

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape { operands[0] }

  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor {
    Tensor(operands[0].elements[0] * operands[1].elements[0])
  }

  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    let dz = upstream.elements[0]
    return [Tensor(operands[1].elements[0] * dz), Tensor(operands[0].elements[0] * dz)]
  }
}

/// A gate whose backward pass forgets the shape of its operand.
private struct CarelessSum: TensorGate {
  let card = GateCard(name: "careless_sum", summary: "Adds all elements.", localGradient: "dz/dx = 1")

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape { .scalar }
  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor { Tensor(operands[0].elements.reduce(0, +)) }
  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    [upstream]
  }
}

private func gate(_ name: String) throws -> any Gate {
  try #require(GateCatalog.standard[name]).init(GateOptions())
}

@Suite struct EvaluationTests {
  @Test func `a client's own gate runs in a graph`() throws {
    // CS231n notes: x = -2, y = 5, z = -4 gives f = -12 and the gradients -4, -4, 3.
    var graph = Graph()
    let (x, y, z) = (graph.input("x"), graph.input("y"), graph.input("z"))
    let f = try graph.apply(MultiplyGate(), to: [graph.apply(gate("add"), to: [x, y]), z])
    var evaluation = try Evaluation(graph, inputs: ["x": Tensor(-2), "y": Tensor(5), "z": Tensor(-4)])
    try evaluation.forward()
    try evaluation.backward(from: f)
    #expect(evaluation.value(of: f) == Tensor(-12))
    #expect([x, y, z].map { evaluation.gradient(of: $0) } == [Tensor(-4), Tensor(-4), Tensor(3)])
  }

  @Test func `a gradient of another shape than its operand is caught with both shapes`() throws {
    var graph = Graph()
    let x = graph.input("x", shape: Shape(2, 3))
    let f = try graph.apply(CarelessSum(), to: [x])
    var evaluation = try Evaluation(graph, inputs: ["x": Tensor(repeating: 1, shape: Shape(2, 3))])
    try evaluation.forward()
    let error = GateError(
      "gate 'careless_sum' gave operand 'x' of shape (2, 3) a gradient of shape ()", operands: [0])
    #expect(throws: error.at(f)) { try evaluation.backward(from: f) }
  }

  @Test func `past a gate that fails, what does not need it has its gradient, and the rest is no number`()
    throws
  {
    var graph = Graph()
    let (x, y) = (graph.input("x", shape: Shape(2)), graph.input("y", shape: Shape(2)))
    let square = try graph.apply(gate("multiply"), to: [x, x])
    let sum = try graph.apply(CarelessSum(), to: [square])
    let product = try graph.apply(gate("multiply"), to: [y, y])
    let f = try graph.apply(gate("add"), to: [sum, try graph.apply(gate("sum"), to: [product])])
    var evaluation = try Evaluation(graph, inputs: ["x": [1, 2], "y": [3, 4]])
    try evaluation.forward()
    try evaluation.backward(from: f, upstreams: [Tensor(1)], pastFailures: true)
    #expect(evaluation.gradient(of: x).elements.allSatisfy { $0.isNaN })
    #expect(evaluation.gradient(of: y) == [6, 8])
  }

  @Test func `a value used twice receives both gradients`() throws {
    var graph = Graph()
    let a = graph.input("a")
    let b = try graph.apply(gate("add"), to: [a, a])
    var evaluation = try Evaluation(graph, inputs: ["a": Tensor(3)])
    try evaluation.forward()
    try evaluation.backward(from: b)
    #expect(evaluation.gradient(of: a) == Tensor(2))
  }

  @Test func `a chain of a million gates works`() throws {
    // x + 1 + 1 + …: the value is x + 1,000,000 and the gradient is 1.
    var graph = Graph()
    let x = graph.input("x")
    let one = graph.constant(Tensor(1))
    let add = try gate("add")
    var node = x
    for _ in 0..<1_000_000 { node = try graph.apply(add, to: [node, one]) }
    var evaluation = try Evaluation(graph, inputs: ["x": Tensor(0.5)])
    try evaluation.forward()
    try evaluation.backward(from: node)
    #expect(evaluation.value(of: node) == Tensor(1_000_000.5))
    #expect(evaluation.gradient(of: x) == Tensor(1))
    #expect(evaluation.gradient(of: one) == Tensor(1_000_000))
  }

  @Test func `only what a moved value reaches is computed again`() throws {
    var graph = Graph()
    let (x, y) = (graph.input("x"), graph.input("y"))
    let ex = try graph.apply(gate("exp"), to: [x])
    let ey = try graph.apply(gate("exp"), to: [y])
    let f = try graph.apply(gate("add"), to: [ex, ey])
    var evaluation = try Evaluation(graph, inputs: ["x": Tensor(0), "y": Tensor(0)])
    try evaluation.forward()
    let part = Downstream(of: [ex], to: f, in: graph, lanes: 1)
    evaluation.set(ex, element: 0, lane: 0, to: 5)
    evaluation.set(y, element: 0, lane: 0, to: 1)
    try evaluation.forward(part)
    #expect(evaluation.value(of: f) == Tensor(6))
  }

  @Test func `an input of another shape is refused with both shapes`() {
    var graph = Graph()
    _ = graph.input("x", shape: Shape(2))
    #expect(throws: InputError("input 'x' has shape (2,), not (3,)")) {
      _ = try Evaluation(graph, inputs: ["x": Tensor([1, 2, 3])])
    }
    #expect(throws: InputError("input 'x' has no value")) { _ = try Evaluation(graph) }
  }

  @Test func `shapes that do not broadcast are refused with both`() throws {
    var graph = Graph()
    let (x, y) = (graph.input("x", shape: Shape(2)), graph.input("y", shape: Shape(3)))
    #expect(throws: ShapeError("shapes (2,) and (3,) do not broadcast: 2 and 3 differ, and neither is 1")) {
      _ = try graph.apply(gate("add"), to: [x, y])
    }
  }

  @Test func `the gradient of a broadcast operand is summed over the axes it was repeated along`() throws {
    var graph = Graph()
    let (x, b) = (graph.input("x", shape: Shape(2, 3)), graph.input("b", shape: Shape(3)))
    let f = try graph.apply(gate("add"), to: [x, b])
    var evaluation = try Evaluation(
      graph, inputs: ["x": Tensor(repeating: 0, shape: Shape(2, 3)), "b": Tensor([1, 2, 3])])
    try evaluation.forward()
    try evaluation.backward(from: f, upstream: Tensor([[1, 2, 3], [10, 20, 30]]))
    #expect(evaluation.value(of: f) == Tensor([[1, 2, 3], [1, 2, 3]]))
    #expect(evaluation.gradient(of: b) == Tensor([11, 22, 33]))
  }
}
