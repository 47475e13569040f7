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
    /// Whether nothing depends on its shape: gates of clients that it reaches are checked at other shapes too.
    public let hasOpenShape: Bool

    /// Makes an input.
    public init(name: String, node: NodeID, value: Tensor, hasOpenShape: Bool = false) {
      self.name = name
      self.node = node
      self.value = value
      self.hasOpenShape = hasOpenShape
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

  /// Which gates are checked on their own, beside the whole function.
  public enum GateChoice: Sendable {
    /// All of them.
    case all
    /// The gates of clients and formulas; those of the catalogue only when an input does not agree.
    case whenNeeded
    /// All of them, but only when an input does not agree; else those of other programs are watched, no more.
    case whenWrong
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
  /// How numerical gradients are found.
  public var method = CheckMethod.auto
  /// Seed of everything that is drawn.
  public var seed: UInt64 = 0
  /// How many elements of each input are checked, drawn with the seed; all without it.
  public var sample: Int?
  /// The part of the elements that is checked; all without it.
  public var shard: CheckReport.Shard?
  /// How many cores share the work; the report is the same with one.
  public var jobs = 1
  /// Which gates are checked on their own.
  public var gates = GateChoice.all
  /// A report of the same check that was stopped: what it holds is not checked again.
  public var resumed: CheckReport?
  /// Asked now and then whether to stop; a check that is stopped gives a partial report.
  public var shouldStop: @Sendable () -> Bool = { false }
  /// Told now and then how many of the elements are done.
  public var progress: @Sendable (_ done: Int, _ count: Int) -> Void = { _, _ in }
  /// Told then before each gate how many of the gates are done.
  public var gateProgress: @Sendable (_ done: Int, _ count: Int) -> Void = { _, _ in }

  /// Makes a check of `output` at the given inputs.
  public init(_ graph: Graph, inputs: [Input], output: (name: String, node: NodeID)) {
    self.graph = graph
    self.inputs = inputs
    self.output = output
  }

  var settings: CheckSettings {
    CheckSettings(tolerance: tolerance, method: method, seed: seed, shouldStop: shouldStop)
  }

  var values: [String: Tensor] {
    Dictionary(inputs.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// Runs the check.
  ///
  /// - Throws: `InputError` when an input of the graph is missing or of another shape, `GateError` when a gate has no
  ///   output, `MergeError` when ``resumed`` is of another check. A backward pass that fails is a finding, not an error.
  public func run() throws -> CheckReport {
    let clock = ContinuousClock()
    let start = clock.now
    if method == .complex { try graph.requireComplexGates(upTo: output.node) }
    let rows = OutputRow.all(for: graph.shape(of: output.node), seed: seed)
    let check = try JacobianCheck(
      graph, inputs: values, output: output.node, rows: rows, settings: settings)
    let chosen = inputs.filter { only?.contains($0.name) ?? true }
    let gradients = try check.gradients(of: chosen.map(\.node), pastFailures: true)
    let result = CheckReport.Output(name: output.name, value: check.value(of: output.node))
    let reportSettings = CheckReport.Settings(
      tolerance: tolerance, method: method, seed: seed, sample: sample)
    if let resumed {
      try resumed.requireSame(function: function, output: result, rows: rows, settings: reportSettings)
      try resumed.requireResumable(inputs: chosen, shard: shard)
    }
    var findings = Findings()
    var isPartial = false
    do {
      try checkInputs(check, chosen, gradients, &findings)
      findings.joints = try checkJointly(check, chosen, gradients)
      try checkClaims(&findings)
      try checkGates(check, &findings)
      try weigh(check, chosen, &findings)
    } catch is StoppedCheck {
      isPartial = true
    }
    return CheckReport(
      function: function, output: result, rows: rows, inputs: findings.inputs, directions: findings.joints,
      gates: findings.gates, claims: findings.claims, settings: reportSettings,
      shards: shard.map { [$0] } ?? [], isPartial: isPartial,
      evaluationCount: check.evaluationCount + findings.evaluationCount + (resumed?.evaluationCount ?? 0),
      seconds: start.duration(to: clock.now) / .seconds(1))
  }

  /// Weighs what was found of the whole by what was found of its gates.
  private func weigh(_ check: JacobianCheck, _ chosen: [Input], _ findings: inout Findings) throws {
    try pardonInconstancy(check, chosen, &findings)
    guard !findings.isFine else { return }
    let ofGates = findings.gates.map(\.verdict).worst
    if ofGates != .disagree {
      try pardonRounding(check, chosen, &findings)
      try pardonKinks(check, chosen, &findings)
    }
    if ofGates == .agree {
      try settleResolution(&findings)
      doubtCancellation(&findings)
    }
  }

  /// A report that was stopped among claims and gates: with the same elements, what it holds of them is right here too.
  func known(beside findings: Findings) -> CheckReport? {
    guard let resumed, resumed.isPartial,
      resumed.inputs.map(\.name) == findings.inputs.map(\.name),
      resumed.inputs.map(\.elements) == findings.inputs.map(\.elements)
    else { return nil }
    return resumed
  }

  // MARK: - Inputs

  /// The elements of each input that are checked.
  private func chosenElements(_ chosen: [Input]) -> [[Int]] {
    var random = SplitMix64(seed: seed)
    var number = 0
    return chosen.map { input in
      let count = input.value.shape.count
      let elements = sample.map { random.sample($0, of: count) } ?? Array(0..<count)
      guard let shard else { return elements }
      defer { number += elements.count }
      return elements.enumerated().filter { (number + $0.offset) % shard.count == shard.number - 1 }.map(
        \.element)
    }
  }

  /// Checks the inputs element by element.
  ///
  /// - Throws: `StoppedCheck` where one asks to stop; what was found until then is among the findings.
  private func checkInputs(
    _ check: JacobianCheck, _ chosen: [Input], _ gradients: [[Tensor]], _ findings: inout Findings
  ) throws {
    // There is nothing to differentiate where the output has no element.
    let wanted = check.rows.isEmpty ? chosen.map { _ in [] } : chosenElements(chosen)
    let count = wanted.map(\.count).reduce(0, +)
    let parallel = try ParallelCheck(check, jobs: jobs, elementCount: count)
    var columns = chosen.map { input in
      Columns(resumed?.inputs.first { $0.name == input.name }, rowCount: check.rows.count)
    }
    let open = chosen.indices.map { position in
      JacobianCheck.Part(
        node: chosen[position].node, gradients: gradients[position],
        elements: columns[position].missing(of: wanted[position]))
    }
    let (openCount, knownCount) = (open.elementCount, count - open.elementCount)
    var batch = BatchSize(hasBlackBoxes: graph.hasBlackBoxes)
    var done = 0
    defer {
      findings.inputs = chosen.indices.map {
        columns[$0].report(chosen[$0].name, chosen[$0].value, wanted[$0])
      }
      findings.evaluationCount += parallel.evaluationCount
    }
    while done < openCount {
      try settings.requireGoingOn()
      let end = min(done + batch.count, openCount)
      let parts = open.parts(done..<end)
      let compared = try batch.measure { try parallel.compare(parts) }
      for (position, own) in compared.split(among: parts, rowCount: check.rows.count).enumerated() {
        columns[position].add(own, of: parts[position].elements)
      }
      done = end
      progress(knownCount + done, count)
    }
  }
}

extension GradientCheck {
  /// The evidence for one element of one input, in the row of the output, which has at least one, where it is worst.
  ///
  /// - Throws: as ``run()``.
  public func explanation(of input: Input, element: Int) throws -> Explanation {
    let rows = OutputRow.all(for: graph.shape(of: output.node), seed: seed)
    let check = try JacobianCheck(graph, inputs: values, output: output.node, rows: rows, settings: settings)
    let gradients = try check.gradients(of: [input.node], pastFailures: true)[0]
    let comparisons = try check.compare(gradients, of: input.node, elements: [element]).map { $0[0] }
    let row = comparisons.worstFirst[0]
    return Explanation(
      input: input.name, shape: input.value.shape, element: element,
      output: rows[row].text(output.name, graph.shape(of: output.node)), comparison: comparisons[row],
      evidence: try check.evidence(row: row, of: input.node, element: element),
      claims: try claims.filter { $0.withRespectTo.node == input.node }.map { try checkClaim($0).report })
  }
}
