internal import Gradients

/// A gate whose forward and backward passes are written in a formula, for one use and its shapes.
struct WrittenGate: TensorGate, PiecewiseGate, CompositeGate, ComplexGate, ShapeBoundGate {
  let card: GateCard
  private let syntax: WrittenGateSyntax
  private let lowering: Lowering
  private let forwardGraph: Graph
  private let output: NodeID
  /// The forward pass, followed by the backward pass, which may read everything in it.
  private let backwardGraph: Graph
  private let gradients: [(node: NodeID, line: Int)]

  /// Reads both passes for operands of the given shapes, as the formula stands around the gate.
  init(lowering: Lowering, _ syntax: WrittenGateSyntax, _ shapes: [Shape]) throws(Diagnostic) {
    var passes = lowering
    let output = try passes.enterForwardPass(of: syntax, shapes)
    try self.init(lowering: lowering, syntax, &passes, output)
  }

  private init(
    lowering: Lowering, _ syntax: WrittenGateSyntax, _ passes: inout Lowering, _ output: NodeID
  ) throws(Diagnostic) {
    (self.lowering, self.syntax, self.output) = (lowering, syntax, output)
    card = GateCard(
      name: syntax.name.text, operands: syntax.operands.map(\.text), summary: "Is written in the formula.",
      localGradient: "as its backward pass says")
    forwardGraph = passes.graph
    gradients = try passes.enterBackwardPass(of: syntax, output: output)
    backwardGraph = passes.graph
  }

  func remade(for shapes: [Shape]) throws(GateError) -> (any Gate)? {
    var passes = lowering
    guard let output = try? passes.enterForwardPass(of: syntax, shapes) else { return nil }
    do throws(Diagnostic) {
      return try WrittenGate(lowering: lowering, syntax, &passes, output)
    } catch {
      throw GateError(error.message.text)
    }
  }

  var body: Graph { forwardGraph }
  var bodyOperands: [NodeID] { forwardGraph.inputs }
  var bodyOutput: NodeID { output }

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    forwardGraph.shape(of: output)
  }

  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor {
    try run(forwardGraph, operands, [:]) { $0.value(of: output) }
  }

  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    try run(backwardGraph, operands, [syntax.upstream.text: upstream]) { evaluation in
      gradients.map { evaluation.value(of: $0.node) }
    }
  }

  func gradientLine(of position: Int) -> Int? { gradients[position].line }

  func mixBranches(into signatures: inout [BranchSignature], values: Span<Double>, at site: Site) {
    for lane in signatures.indices {
      let operands = site.operands.map { Tensor($0, lane: lane, of: site.lanes, in: values) }
      let inner = try? run(forwardGraph, operands, [:]) { $0.branches(upTo: output)[0] }
      if let inner { signatures[lane].mix(Int(truncatingIfNeeded: inner.bits)) }
    }
  }

  private func run<Result>(
    _ graph: Graph, _ operands: [Tensor], _ more: [String: Tensor], _ read: (borrowing Evaluation) -> Result
  ) throws(GateError) -> Result {
    var inputs = more
    for (name, operand) in zip(card.operands, operands) { inputs[name] = operand }
    var evaluation: Evaluation
    do throws(InputError) {
      evaluation = try Evaluation(graph, inputs: inputs)
    } catch {
      throw GateError("gate '\(card.name)': \(error.description)")
    }
    try evaluation.forward()
    return read(evaluation)
  }
}
