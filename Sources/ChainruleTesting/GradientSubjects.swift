public import GradientChecking
public import Gradients

// What a test can check, each as the check of a graph.

extension GradientCheck {
  /// The check of a function of variables.
  ///
  /// - Parameters:
  ///   - function: builds the expression from its variables; it is called once.
  ///   - inputs: where it is checked, a tensor for each variable; they are called x0, x1 …, or x when there is one.
  /// - Throws: what `function` throws, `VariableError` when an operation does not fit.
  public init(of function: ([Variable]) throws -> Variable, at inputs: [Tensor]) throws {
    let variables = inputs.enumerated().map { number, value in
      (name: inputs.count == 1 ? "x" : "x\(number)", variable: Variable(value))
    }
    let (graph, leaves, output) = try function(variables.map(\.variable)).graph(naming: variables)
    self.init(
      graph, inputs: leaves.map { Input(name: $0.name, node: $0.node, value: $0.value) },
      output: ("f", output))
  }

  /// The check of a gate alone; its operands are called as its card calls them.
  ///
  /// - Throws: `ShapeError` when the operands do not fit the gate.
  public init(of gate: some Gate, at operands: [Tensor]) throws {
    let card = gate.card
    var graph = Graph()
    var inputs: [Input] = []
    let nodes = operands.enumerated().map { position, value in
      let name = card.operandName(position)
      guard !card.isLabel(position) else { return graph.constant(value, name: name) }
      let node = graph.input(name, shape: value.shape)
      inputs.append(Input(name: name, node: node, value: value))
      return node
    }
    let output = try graph.apply(gate, to: nodes)
    self.init(graph, inputs: inputs, output: (card.name, output))
  }

  /// The check of a gradient written by hand.
  ///
  /// - Parameters:
  ///   - function: a function of an array.
  ///   - gradient: its gradient, an array as long as the operand.
  ///   - x: where it is checked.
  /// - Throws: `ShapeError` when there are too many numbers.
  public init(
    of function: @escaping @Sendable ([Double]) -> Double,
    gradient: @escaping @Sendable ([Double]) -> [Double], at x: [Double]
  ) throws {
    let gate = FunctionGate(
      operands: ["x"], value: { function($0[0].elements) },
      gradients: { [Tensor(gradient($0[0].elements))] })
    try self.init(of: gate, at: [Tensor(x)])
  }
}

/// A function of tensors and its gradient, as one gate.
struct FunctionGate: TensorGate {
  let card: GateCard
  private let value: @Sendable ([Tensor]) throws(GateError) -> Double
  private let gradients: @Sendable ([Tensor]) throws(GateError) -> [Tensor]

  init(
    operands: [String], value: @escaping @Sendable ([Tensor]) throws(GateError) -> Double,
    gradients: @escaping @Sendable ([Tensor]) throws(GateError) -> [Tensor]
  ) {
    card = GateCard(
      name: "f", operands: operands, summary: "Is written in Swift.", localGradient: "as its gradient says")
    self.value = value
    self.gradients = gradients
  }

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape { .scalar }

  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor { Tensor(try value(operands)) }

  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    try gradients(operands).map { gradient in
      Tensor(shape: gradient.shape, elements: gradient.elements.map { upstream.elements[0] * $0 })
    }
  }
}
