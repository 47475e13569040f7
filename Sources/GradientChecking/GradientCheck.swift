public import Gradients

/// Puts every gradient of a function beside the numerical one.
public struct GradientCheck: Sendable {
  /// An input of the function and where it is checked.
  public struct Input: Sendable {
    /// Its name.
    public let name: String
    /// Its place in the graph.
    public let node: NodeID
    /// Where it is checked.
    public let value: Tensor

    /// Makes an input.
    public init(name: String, node: NodeID, value: Tensor) {
      self.name = name
      self.node = node
      self.value = value
    }
  }

  /// A gradient derived by hand, whose value the graph computes.
  public struct Claim: Sendable {
    /// The name and the node of the value that is differentiated.
    public let of: (name: String, node: NodeID)
    /// The name and the node of the value that it is differentiated to.
    public let withRespectTo: (name: String, node: NodeID)
    /// The node of the claimed gradient.
    public let value: NodeID
    /// Where the claim stands.
    public let place: Graph.Place?

    /// Makes a claim.
    public init(
      of: (name: String, node: NodeID), withRespectTo: (name: String, node: NodeID), value: NodeID,
      place: Graph.Place? = nil
    ) {
      self.of = of
      self.withRespectTo = withRespectTo
      self.value = value
      self.place = place
    }
  }

  /// The function and, after it, the claims.
  public let graph: Graph
  /// All inputs of the graph.
  public let inputs: [Input]
  /// The name and the node of the value that is differentiated.
  public let output: (name: String, node: NodeID)
  /// The gradients derived by hand.
  public var claims: [Claim] = []
  /// The text of the function.
  public var function = ""
  /// The names of the inputs to be checked; all without it.
  public var only: [String]?
  /// How far apart the two gradients may be, relative to the larger one, beyond what the evidence is off.
  public var tolerance = 1e-7
  /// Seed of everything that is drawn.
  public var seed: UInt64 = 0

  /// Makes a check of `output` at the given inputs.
  public init(_ graph: Graph, inputs: [Input], output: (name: String, node: NodeID)) {
    self.graph = graph
    self.inputs = inputs
    self.output = output
  }

  /// Runs the check.
  ///
  /// - Throws: `InputError` when an input of the graph is missing or of another shape, `GateError` when a gate has no
  ///   output. A backward pass that fails is a finding, not an error.
  public func run() throws -> CheckReport {
    let clock = ContinuousClock()
    let start = clock.now
    let values = Dictionary(inputs.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    var check = try JacobianCheck(
      graph, inputs: values, output: output.node,
      rows: JacobianCheck.rows(for: graph.shape(of: output.node), seed: seed), tolerance: tolerance)
    let inputReports = try checkInputs(&check)
    let gateReports = try checkGates(check)
    let claimReports = try claims.map { try checkClaim($0, values) }
    return CheckReport(
      function: function,
      output: CheckReport.Output(name: output.name, value: check.value(of: output.node)),
      inputs: inputReports, gates: gateReports, claims: claimReports.map(\.report),
      evaluationCount: check.evaluationCount + claimReports.map(\.evaluationCount).reduce(0, +),
      seconds: start.duration(to: clock.now) / .seconds(1))
  }

  private func checkInputs(_ check: inout JacobianCheck) throws(GateError) -> [CheckReport.Input] {
    let chosen = inputs.filter { only?.contains($0.name) ?? true }
    let gradients = check.gradientsOrNaN(of: chosen.map { ($0.node, $0.value.shape) })
    var reports: [CheckReport.Input] = []
    for (input, gradients) in zip(chosen, gradients) {
      let comparisons = try check.compare(gradients, of: input.node, elements: 0..<input.value.shape.count)
      reports.append(
        CheckReport.Input(
          name: input.name, value: input.value, comparisons: comparisons, rowCount: check.rows.count))
    }
    return reports
  }

  private func checkGates(_ check: borrowing JacobianCheck) throws -> [CheckReport.Gate] {
    let reached = graph.ancestors(of: output.node)
    let varies = graph.descendantsOfInputs
    var reports: [CheckReport.Gate] = []
    for node in graph.nodes where reached[node.index] {
      guard case .gate(let gate) = graph.kind(of: node) else { continue }
      let annotation = graph.annotation(of: node)
      let operands = graph.operands(of: node).map { operand in
        GateCheck.Operand(value: check.value(of: operand), varies: varies[operand.index])
      }
      let finding = try GateCheck(gate, tolerance: tolerance, seed: seed).finding(at: operands)
      reports.append(
        CheckReport.Gate(
          node: node, name: gate.card.name, label: annotation.label ?? annotation.name ?? node.description,
          place: annotation.place, verdict: finding.verdict, operand: finding.operand,
          message: finding.message))
    }
    return reports
  }

  private func checkClaim(
    _ claim: Claim, _ values: [String: Tensor]
  ) throws -> (report: CheckReport.Claim, evaluationCount: Int) {
    // A claim about several numbers at once is about their sum, as is the gradient of a backward pass.
    let sum = Tensor(repeating: 1, shape: graph.shape(of: claim.of.node))
    var check = try JacobianCheck(
      graph, inputs: values, output: claim.of.node, rows: [sum], tolerance: tolerance)
    let claimed = check.value(of: claim.value)
    let shape = graph.shape(of: claim.withRespectTo.node)
    func report(_ comparisons: [Comparison], _ verdict: Verdict, _ message: String?) -> CheckReport.Claim {
      CheckReport.Claim(
        of: claim.of.name, withRespectTo: claim.withRespectTo.name, place: claim.place,
        comparisons: comparisons, shape: shape, verdict: verdict, message: message)
    }
    guard claimed.shape == shape else {
      let message =
        "the claim has shape \(claimed.shape), and '\(claim.withRespectTo.name)' has shape \(shape)"
      return (report([], .disagree, message), 0)
    }
    let comparisons = try check.compare(
      [claimed], of: claim.withRespectTo.node, elements: 0..<shape.count)
    return (report(comparisons, comparisons.map(\.verdict).worst, nil), check.evaluationCount)
  }
}

extension Graph {
  /// For each node, whether an input changes it.
  fileprivate var descendantsOfInputs: [Bool] {
    var varies = Array(repeating: false, count: count)
    for node in nodes {
      switch kind(of: node) {
      case .input: varies[node.index] = true
      case .constant: break
      case .gate: varies[node.index] = operands(of: node).contains { varies[$0.index] }
      }
    }
    return varies
  }
}

extension JacobianCheck {
  /// The gradients of `nodes`; where the backward pass fails there are none, and NaN stands for them.
  fileprivate mutating func gradientsOrNaN(of nodes: [(node: NodeID, shape: Shape)]) -> [[Tensor]] {
    let gradients = try? self.gradients(of: nodes.map(\.node))
    return nodes.map { node, shape in
      gradients?[node] ?? rows.map { _ in Tensor(repeating: .nan, shape: shape) }
    }
  }
}
