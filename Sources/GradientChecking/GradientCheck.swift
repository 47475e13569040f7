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
  /// Which gates are checked on their own.
  public var gates = GateChoice.all
  /// A report of the same check that was stopped: what it holds is not checked again.
  public var resumed: CheckReport?
  /// Asked now and then whether to stop; a check that is stopped gives a partial report.
  public var shouldStop: @Sendable () -> Bool = { false }
  /// Told now and then how many of the elements are done.
  public var progress: @Sendable (_ done: Int, _ count: Int) -> Void = { _, _ in }

  /// Makes a check of `output` at the given inputs.
  public init(_ graph: Graph, inputs: [Input], output: (name: String, node: NodeID)) {
    self.graph = graph
    self.inputs = inputs
    self.output = output
  }

  /// Elements that are checked between two looks at the clock, at most; fewer in a large graph.
  private static let largestBatch = 8192

  private var settings: CheckSettings {
    CheckSettings(tolerance: tolerance, method: method, seed: seed)
  }

  private var values: [String: Tensor] {
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
    var check = try JacobianCheck(
      graph, inputs: values, output: output.node, rows: rows, settings: settings)
    let chosen = inputs.filter { only?.contains($0.name) ?? true }
    let gradients = check.gradientsOrNaN(of: chosen.map { ($0.node, $0.value.shape) })
    let result = CheckReport.Output(name: output.name, value: check.value(of: output.node))
    if let resumed {
      try resumed.requireSame(function: function, output: result, rows: rows, inputs: chosen, seed: seed)
    }
    var (inputReports, isPartial) = try checkInputs(&check, chosen, gradients)
    var joints: [CheckReport.Joint] = []
    var gateReports: [CheckReport.Gate] = []
    var claimReports: [(report: CheckReport.Claim, evaluationCount: Int)] = []
    if !isPartial {
      joints = try checkJointly(&check, chosen, gradients)
      claimReports = try claims.map { try checkClaim($0) }
      let isFine =
        inputReports.allSatisfy { $0.verdict == .agree } && joints.allSatisfy { $0.verdict == .agree }
      gateReports = try checkGates(
        &check, onlyClients: gates != .all && isFine, onlyWatches: gates == .whenWrong && isFine, isFine: isFine)
      if !isFine, gateReports.allSatisfy({ $0.verdict != .disagree }) {
        try pardonKinks(&check, &inputReports, &joints, chosen)
      }
    }
    return CheckReport(
      function: function, output: result, rows: rows, inputs: inputReports, joints: joints,
      gates: gateReports,
      claims: claimReports.map(\.report), seed: seed, shards: shard.map { [$0] } ?? [], isPartial: isPartial,
      evaluationCount: check.evaluationCount + claimReports.map(\.evaluationCount).reduce(0, +)
        + (resumed?.evaluationCount ?? 0),
      seconds: start.duration(to: clock.now) / .seconds(1))
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

  private func checkInputs(
    _ check: inout JacobianCheck, _ chosen: [Input], _ gradients: [[Tensor]]
  ) throws -> (reports: [CheckReport.Input], isPartial: Bool) {
    let wanted = chosenElements(chosen)
    let count = wanted.map(\.count).reduce(0, +)
    let batch = max(16, min(Self.largestBatch, (1 << 26) / max(1, graph.slotCount)))
    var done = 0
    var isStopped = false
    var reports: [CheckReport.Input] = []
    for (position, input) in chosen.enumerated() {
      let known = resumed?.inputs.first { $0.name == input.name }
      var columns = Columns(known, rowCount: check.rows.count)
      let elements = columns.missing(of: wanted[position])
      done += wanted[position].count - elements.count
      var start = 0
      while start < elements.count {
        if shouldStop() {
          isStopped = true
          break
        }
        let some = Array(elements[start..<min(start + batch, elements.count)])
        columns.add(try check.compare(gradients[position], of: input.node, elements: some), of: some)
        start += some.count
        done += some.count
        progress(done, count)
      }
      reports.append(columns.report(input.name, input.value, wanted[position]))
    }
    return (reports, isStopped)
  }

  /// Checks directions that move all inputs at once.
  private func checkJointly(
    _ check: inout JacobianCheck, _ chosen: [Input], _ gradients: [[Tensor]]
  ) throws -> [CheckReport.Joint] {
    let isFinite = gradients.allSatisfy { $0.allSatisfy { $0.elements.allSatisfy(\.isFinite) } }
    guard chosen.map(\.value.shape.count).reduce(0, +) > 1, isFinite else { return [] }
    let table = Dictionary(zip(chosen.map(\.node), gradients), uniquingKeysWith: { first, _ in first })
    return try directions(chosen).map { name, direction in
      CheckReport.Joint(name: name, comparisons: try check.compare(table, along: direction))
    }
  }

  /// Directions that move all inputs at once: evenly, and at random.
  private func directions(_ chosen: [Input]) -> [(name: String, direction: Direction)] {
    var random = SplitMix64(seed: seed)
    return ["ones", "random 1", "random 2"].enumerated().map { number, name in
      let weights = chosen.map { input in
        let elements = input.value.elements.map { x in
          // A number so large that a step of one is rounding stays where it is.
          let scale = x == 0 ? 1 : x.magnitude > 0x1p26 ? 0 : min(x.magnitude, 1)
          guard number > 0 else { return scale }
          let size = 0.5 + Double(random.next() >> 11) * 0x1p-53
          return scale * (random.next() & 1 == 0 ? size : -size)
        }
        return (node: input.node, weights: Tensor(shape: input.value.shape, elements: elements))
      }
      return (name, Direction(weights: weights))
    }
  }

  /// Leaves undecided what disagrees on a kink although every gate is right: where several gates tie at once, the
  /// slopes that they choose need not fit together, as those of `minimum(abs(x), x)` at 0.
  private func pardonKinks(
    _ check: inout JacobianCheck, _ reports: inout [CheckReport.Input], _ joints: inout [CheckReport.Joint],
    _ chosen: [Input]
  ) throws {
    for (position, input) in chosen.enumerated() {
      let report = reports[position]
      let comparisons = try report.comparisons.enumerated().map { place, comparison in
        guard comparison.verdict == .disagree, comparison.analytic.isFinite else { return comparison }
        let element = report.position(of: place).element
        return try check.isOnKink(.element(element, of: input.node)) ? comparison.pardoned : comparison
      }
      reports[position] = CheckReport.Input(
        name: report.name, value: report.value, elements: report.elements, comparisons: comparisons)
    }
    for (position, weights) in directions(chosen).enumerated() where position < joints.count {
      guard joints[position].verdict == .disagree, try check.isOnKink(.direction(weights.direction)) else {
        continue
      }
      joints[position] = CheckReport.Joint(
        name: weights.name,
        comparisons: joints[position].comparisons.map { $0.verdict == .disagree ? $0.pardoned : $0 })
    }
  }

  // MARK: - Gates

  private func checkGates(_ check: inout JacobianCheck, onlyClients: Bool, onlyWatches: Bool, isFine: Bool) throws
    -> [CheckReport.Gate]
  {
    let reached = graph.ancestors(of: output.node)
    let varies = graph.descendantsOfInputs
    var reports: [CheckReport.Gate] = []
    var upstream: [NodeID: [Tensor]]?
    for node in graph.nodes where reached[node.index] {
      guard case .gate(let gate) = graph.kind(of: node) else { continue }
      if onlyClients, gate is any CatalogGate { continue }
      if upstream == nil {
        upstream = (try? check.gradients(of: graph.nodes.filter { reached[$0.index] })) ?? [:]
      }
      let annotation = graph.annotation(of: node)
      let operands = graph.operands(of: node).map { operand in
        GateCheck.Operand(value: check.value(of: operand), varies: varies[operand.index])
      }
      let gateCheck = GateCheck(gate: gate, settings: settings, samples: isFine && gate is any BlackBoxGate)
      let finding =
        try onlyWatches
        ? gateCheck.watched(at: operands) : gateCheck.finding(at: operands, upstream: upstream?[node]?.first)
      reports.append(
        CheckReport.Gate(
          node: node, name: gate.card.name, label: annotation.label ?? annotation.name ?? node.description,
          place: annotation.place, verdict: finding.verdict, operand: finding.operand,
          message: finding.message, diagnosis: finding.diagnosis))
    }
    return reports
  }

  // MARK: - Claims

  private func checkClaim(
    _ claim: Claim
  ) throws -> (report: CheckReport.Claim, evaluationCount: Int) {
    // A claim about several numbers at once is about their sum, as is the gradient of a backward pass.
    var check = try JacobianCheck(
      graph, inputs: values, output: claim.of.node, rows: [.sum], settings: settings)
    let claimed = check.value(of: claim.value)
    let node = claim.withRespectTo.node
    let shape = graph.shape(of: node)
    func report(
      _ comparisons: [Comparison], _ verdict: Verdict, _ message: String? = nil, _ diagnosis: Diagnosis? = nil
    ) -> CheckReport.Claim {
      CheckReport.Claim(
        of: claim.of.name, withRespectTo: claim.withRespectTo.name, place: claim.place,
        comparisons: comparisons, shape: shape, verdict: verdict, message: message, diagnosis: diagnosis)
    }
    guard claimed.shape == shape else {
      let message =
        "the claim has shape \(claimed.shape), and '\(claim.withRespectTo.name)' has shape \(shape)"
      let numerical =
        shape.count <= Diagnosis.largestCount ? try check.numericalGradient(of: node, row: 0) : nil
      let diagnosis = Diagnosis.ofShape(claimed, numerical, shape: shape, subject: claim.withRespectTo.name)
      return (
        report([], .disagree, message, diagnosis.kind == .shape ? nil : diagnosis), check.evaluationCount
      )
    }
    let comparisons = try check.compare([claimed], of: node, elements: Array(0..<shape.count))[0]
    let verdict = comparisons.map(\.verdict).worst
    var diagnosis: Diagnosis?
    if verdict == .disagree, shape.count <= Diagnosis.largestCount {
      diagnosis = try symptom(of: claim, claimed, &check).diagnosis
    }
    return (report(comparisons, verdict, nil, diagnosis), check.evaluationCount)
  }

  /// What is known around a wrong claim.
  private func symptom(
    of claim: Claim, _ claimed: Tensor, _ check: inout JacobianCheck
  ) throws -> Diagnosis.Symptom {
    let node = claim.withRespectTo.node
    var others: [Diagnosis.Symptom.Other] = []
    for other in graph.nodes.prefix(claim.of.node.index) where other != node {
      let annotation = graph.annotation(of: other)
      guard let name = annotation.name else { continue }
      let value = check.value(of: other)
      let isInput = graph.inputs.contains(other) && value.shape.count <= Diagnosis.largestCount
      others.append(
        .init(
          name: name, value: value,
          numerical: isInput && value.shape.count == claimed.shape.count
            ? try check.numericalGradient(of: other, row: 0) : nil))
    }
    return Diagnosis.Symptom(
      analytic: claimed, numerical: try check.numericalGradient(of: node, row: 0),
      value: check.value(of: node),
      subject: claim.withRespectTo.name, others: others,
      paths: (try? check.paths(through: node)) ?? [])
  }
}

extension GradientCheck {
  /// The evidence for one element of one input, in the row of the output where it is worst.
  ///
  /// - Throws: as ``run()``.
  public func explanation(of input: Input, element: Int) throws -> Explanation {
    let rows = OutputRow.all(for: graph.shape(of: output.node), seed: seed)
    var check = try JacobianCheck(graph, inputs: values, output: output.node, rows: rows, settings: settings)
    let gradients = check.gradientsOrNaN(of: [(input.node, input.value.shape)])[0]
    let comparisons = try check.compare(gradients, of: input.node, elements: [element]).map { $0[0] }
    let row = comparisons.worstFirst[0]
    return Explanation(
      input: input.name, index: input.value.shape.index(of: element),
      output: rows[row].text(output.name, graph.shape(of: output.node)), comparison: comparisons[row],
      evidence: try check.evidence(row: row, of: input.node, element: element))
  }
}

extension Comparison {
  /// Undecided, on a kink.
  fileprivate var pardoned: Comparison {
    Comparison(
      analytic: analytic, numerical: numerical, errorBound: errorBound, verdict: .undecided, reason: .kink)
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
