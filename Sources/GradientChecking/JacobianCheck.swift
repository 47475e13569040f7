internal import Gradients

/// The analytic gradients of an output, row by row, put beside numerical ones.
final class JacobianCheck {
  /// The gradients that are checked.
  let rows: [OutputRow]

  private let graph: Graph
  private let inputs: [String: Tensor]
  let output: NodeID
  let settings: CheckSettings
  private var analytic: Evaluation
  /// The row of which `analytic` holds the gradients.
  private var heldRow: Int?
  let probe: Probe
  /// The magnitude to which each row rounds: of what it is summed of and, once the gradients are known, of what its gates
  /// round.
  private(set) var sizes: [Double]
  /// Whether a program rounds to single precision inside; nil until it matters.
  private(set) var isCoarse: Bool?
  private var complexCount = 0
  /// Why nothing can be said of the function, whatever its gradient.
  let obstacle: Comparison.Reason?

  /// Computes `graph` at `inputs`, unless it is one gate whose output is known to have `value`; it `doubts` whether the
  /// function is one, unless others ask that.
  ///
  /// - Throws: `GateError` when a gate has no output there.
  init(
    _ graph: Graph, inputs: [String: Tensor], output: NodeID, rows: [OutputRow], settings: CheckSettings,
    value: Tensor? = nil, doubts: Bool = true
  ) throws {
    var analytic = try Evaluation(graph, inputs: inputs)
    if let value { analytic.set(output, lane: 0, to: value.elements[...]) } else { try analytic.forward() }
    let obstacle = doubts ? try analytic.doubt(inputs, output) : nil
    let probe = try Probe(analytic, output: output)
    self.obstacle = obstacle
    self.graph = graph
    self.inputs = inputs
    self.output = output
    self.settings = settings
    self.rows = rows
    self.analytic = analytic
    self.probe = probe
    sizes = rows.map { $0.magnitude(probe.value.elements) }
  }

  /// An arena of more numbers than this has no lane for each row.
  private static let largestArena = 1 << 22

  /// How many times the function was computed to find numerical gradients.
  var evaluationCount: Int { probe.evaluationCount + complexCount }

  /// How many numbers a run of the function holds.
  var slotCount: Int { graph.slotCount }

  /// So many elements are asked at once for what a stage of the ladder needs.
  private static let groupCount = 64

  /// Whether another program runs a part of the function.
  var hasBlackBoxes: Bool { graph.hasBlackBoxes }

  /// Whether the function still answers as it did at first.
  func answersAgain() throws(GateError) -> Bool { try analytic.answersAgain(output) }

  /// The same check, for another thread.
  func copy() throws -> JacobianCheck {
    let copy = try JacobianCheck(graph, inputs: inputs, output: output, rows: rows, settings: settings)
    copy.sizes = sizes
    copy.isCoarse = isCoarse
    return copy
  }

  /// The value of a node.
  func value(of node: NodeID) -> Tensor { analytic.value(of: node) }

  /// The analytic gradients with respect to each of `nodes`: one for each row, or for the first so many.
  ///
  /// - Throws: `GateError` when a backward pass fails, unless it goes on `pastFailures`: then NaN stands for what is not known.
  func gradients(
    of nodes: [NodeID], rowCount: Int? = nil, pastFailures: Bool = false
  ) throws(GateError) -> [[Tensor]] {
    let upstreams = rows.prefix(rowCount ?? rows.count).map { $0.weights(graph.shape(of: output)) }
    // A message to another program costs more than what is in it: there a lane for each row goes in one.
    if upstreams.count > 1, graph.hasBlackBoxes, upstreams.count * graph.slotCount <= Self.largestArena {
      var lanes = analytic.copy(lanes: upstreams.count)
      try lanes.backward(from: output, upstreams: upstreams, pastFailures: pastFailures)
      for row in upstreams.indices {
        sizes[row] = max(sizes[row], lanes.roundingSize(lane: row, ofLeaves: true))
      }
      return nodes.map { node in upstreams.indices.map { lanes.gradient(of: node, lane: $0) } }
    }
    var gradients: [[Tensor]] = Array(repeating: [], count: nodes.count)
    for (row, upstream) in upstreams.enumerated() {
      if heldRow != row {
        heldRow = nil
        try analytic.backward(from: output, upstreams: [upstream], pastFailures: pastFailures)
        heldRow = row
        sizes[row] = max(sizes[row], analytic.roundingSize(ofLeaves: hasBlackBoxes))
      }
      for (position, node) in nodes.enumerated() { gradients[position].append(analytic.gradient(of: node)) }
    }
    return gradients
  }

  /// Compares gradients with the numerical ones, one part after the other.
  ///
  /// The comparisons of one element stand side by side, one for each row.
  func compare(_ parts: [Part]) throws -> [Comparison] {
    let hasLook = settings.method != .complex && obstacle == nil
    var comparisons = hasLook ? try lookQuickly(parts) : parts.flatMap(\.open)
    if comparisons.contains(where: { $0.verdict != .agree }) { lookForCoarseness(parts.map(\.node)) }
    var number = 0
    for part in parts {
      var open: [(number: Int, element: Int)] = []
      for element in part.elements {
        if rows.indices.contains(where: { comparisons[number * rows.count + $0].verdict != .agree }) {
          open.append((number, element))
        }
        number += 1
      }
      for start in stride(from: 0, to: open.count, by: Self.groupCount) {
        try settle(&comparisons, part, Array(open[start..<min(start + Self.groupCount, open.count)]))
      }
    }
    return comparisons
  }

  /// Compares the gradients of `node`, one for each row, at some of its elements: the comparisons of each row.
  func compare(_ gradients: [Tensor], of node: NodeID, elements: [Int]) throws -> [[Comparison]] {
    try compare(each: [Part(node: node, gradients: gradients, elements: elements)])[0]
  }

  /// One number of the analytic gradient in one row.
  struct Claim {
    let row: Int
    let analytic: Double
    /// The largest magnitude in the same gradient.
    var largest: Double
  }

  /// Decides the given rows along a line; nil where that takes more than there is up to a stage.
  func settle(
    _ claims: [Claim], _ line: inout Line, upTo stage: StepLadder.Stage
  ) throws -> [Comparison]? {
    if let obstacle { return claims.map { .undecided($0.analytic, obstacle) } }
    guard line.x.isFinite else { return claims.map { .undecided($0.analytic, .valueNotFinite) } }
    var comparisons: [Comparison] = []
    for claim in claims {
      let target = target(claim.row)
      let decision = Decision(
        tolerance: settings.tolerance, analytic: claim.analytic, largest: claim.largest,
        isCoarse: isCoarse == true)
      guard target.value.isFinite else {
        comparisons.append(.undecided(claim.analytic, .valueNotFinite))
        continue
      }
      if settings.method == .complex, let exact = try exactFinding(decision, target, line),
        exact.verdict == .agree
      {
        comparisons.append(exact)
        continue
      }
      guard var comparison = try decision.comparison(&line, target, upTo: stage, probe) else { return nil }
      if settings.method == .auto, comparison.isInDoubt || comparison.verdict == .disagree,
        let exact = try exactFinding(decision, target, line)
      {
        comparison = comparison.settled(by: exact)
      }
      comparisons.append(comparison)
    }
    return comparisons
  }

  /// Compares the derivatives along directions that move every element of some nodes at once: for each, one for each
  /// row.
  ///
  /// Two gradients that are each possible at a kink may be impossible together, as (1, 1) where a maximum ties.
  /// The gradients are those of the nodes that the directions move, in the same order.
  func compare(_ gradients: [[Tensor]], along directions: [Direction]) throws -> [[Comparison]] {
    if let obstacle { return directions.map { _ in rows.map { _ in .undecided(.nan, obstacle) } } }
    let claims = directions.map { self.claims(gradients, along: $0) }
    let glances: [[Comparison]?] =
      settings.method == .complex ? directions.map { _ in nil } : try glance(claims, directions)
    return try directions.indices.map { number in
      if let comparisons = glances[number] { return comparisons }
      lookForCoarseness(directions[number].weights.map(\.node))
      var line = Line(directions[number], ulp: ulp(gradients, along: directions[number]))
      return try settle(claims[number], &line, upTo: .farthest) ?? []
    }
  }

  /// What is claimed along a direction in each row.
  private func claims(_ gradients: [[Tensor]], along direction: Direction) -> [Claim] {
    // Where everything moves at once a row can be the rounding of the others.
    var scale = 0.0
    var claims = rows.indices.map { row in
      var sum = 0.0
      var largest = 0.0
      for (position, (_, weights)) in direction.weights.enumerated() {
        let gradient = gradients[position][row].elements
        for element in gradient.indices where gradient[element] != 0 {
          let slope = weights.elements[element] * gradient[element]
          sum += slope
          largest = max(largest, slope.magnitude)
        }
      }
      scale = max(scale, largest)
      return Claim(row: row, analytic: sum, largest: largest)
    }
    for position in claims.indices { claims[position].largest = scale }
    return claims
  }

  /// The rounding of a point on the line along a direction, of the numbers that move there and have a gradient.
  private func ulp(_ gradients: [[Tensor]], along direction: Direction) -> Double {
    var ulp = 0.0
    for (position, (node, weights)) in direction.weights.enumerated() {
      let values = probe.value(of: node).elements
      for gradient in gradients[position] {
        for element in values.indices where gradient.elements[element] != 0 && values[element] != 0 {
          let weight = weights.elements[element]
          if weight != 0 { ulp = max(ulp, values[element].ulp / weight.magnitude) }
        }
      }
    }
    return ulp
  }

  /// The evidence for one element in one row, from the whole ladder.
  func evidence(row: Int, of node: NodeID, element: Int) throws -> Evidence? {
    var line = Line(element, of: node, at: probe.value(of: node).elements[element])
    return try line.evidence(target(row), .whole, probe)
  }

  /// The gradient of one row by differences alone, whatever the analytic one is; NaN where they do not converge.
  func numericalGradient(of node: NodeID, row: Int) throws -> Tensor {
    var gradient = Tensor(repeating: .nan, shape: graph.shape(of: node))
    let target = target(row)
    for element in gradient.elements.indices {
      var line = Line(element, of: node, at: probe.value(of: node).elements[element])
      for stage in [StepLadder.Stage.middle, .whole] {
        let central = try line.evidence(target, stage, probe)?.central
        guard let limit = central?.strict ?? central?.coarse, limit.isFinite else { continue }
        gradient.elements[element] = limit.value
        if limit.error <= 1e-9 * limit.value.magnitude { break }
      }
    }
    return gradient
  }

  /// Whether the piecewise gates of the graph choose otherwise however little is moved along a path.
  func isOnKink(_ path: Line.Path) throws -> Bool {
    let x: Double =
      switch path {
      case .element(let element, of: let node): probe.value(of: node).elements[element]
      case .direction: 0
      }
    let step = StepLadder.scale(at: x) * StepLadder.mantissa * 0x1p-40
    return try probe.answers(along: path, at: [x - step, x + step]).contains { $0.branches != 0 }
  }

  /// What reaches `node` in the first row on each of its uses, when there are several.
  func paths(through node: NodeID) throws -> [Tensor] {
    _ = try gradients(of: [], rowCount: 1)
    let reached = graph.ancestors(of: output)
    var paths: [Tensor] = []
    for consumer in graph.nodes where consumer > node && reached[consumer.index] {
      let positions = graph.operands(of: consumer).indices.filter { graph.operands(of: consumer)[$0] == node }
      guard !positions.isEmpty else { continue }
      let gradients = try analytic.downstreamGradients(of: consumer)
      paths += positions.map { gradients[$0] }
    }
    return paths.count > 1 ? paths : []
  }

  private func lookForCoarseness(_ nodes: [NodeID]) {
    guard hasBlackBoxes, isCoarse == nil, obstacle == nil else { return }
    isCoarse = looksCoarse(nodes)
  }

  /// One row where nothing is moved.
  func target(_ row: Int) -> Line.Target {
    Line.Target(
      row: rows[row], value: rows[row].value(probe.value.elements), size: sizes[row],
      noise: isCoarse == true ? 0x1p-24 * sizes[row] : 0)
  }

  /// What the complex step says; nil where it cannot tell.
  private func exactFinding(
    _ decision: Decision, _ target: Line.Target, _ line: Line
  ) throws -> Comparison? {
    guard let exact = try exactDerivatives(line.path) else { return nil }
    return decision.finding(exact: target.row.value(exact), x: line.x, target)
  }

  /// The derivatives of every element of the output by the complex step; nil where it cannot tell, and on a kink,
  /// where it sees one side alone.
  private func exactDerivatives(_ path: Line.Path) throws -> [Double]? {
    guard let derivatives = try? analytic.complexDerivatives(of: output, along: path) else { return nil }
    complexCount += 1
    return try derivatives.allSatisfy(\.isFinite) && !isOnKink(path) ? derivatives : nil
  }
}

extension Evaluation {
  /// Whether the function changes what it is given, or answers differently when it is asked again.
  fileprivate func doubt(
    _ inputs: [String: Tensor], _ output: NodeID
  ) throws(GateError) -> Comparison.Reason? {
    for node in graph.inputs {
      guard case .input(let name) = graph.kind(of: node), let given = inputs[name] else { continue }
      if !holds(given, at: node) { return .changesOperands }
    }
    return try answersAgain(output) ? nil : .nondeterministic
  }

  /// Whether the output is the same when it is computed once more; the values stay those of the first time.
  fileprivate func answersAgain(_ output: NodeID) throws(GateError) -> Bool {
    var again = copy(lanes: 1)
    try again.forward()
    return again.holds(value(of: output), at: output)
  }
}

extension Comparison {
  /// Whether differences alone leave something open.
  fileprivate var isInDoubt: Bool {
    switch reason {
    case .resolution, .twoSlopes, .gradientNotFinite: verdict != .disagree
    case .valueNotFinite: verdict == .undecided
    default: false
    }
  }

  /// What is left of it beside what the complex step says.
  ///
  /// That condemns nothing: what it gives for terms that cancel is the rounding of the terms.
  fileprivate func settled(by exact: Comparison) -> Comparison {
    if exact.verdict == .agree {
      // Two kinds of evidence that contradict one another are both rounding.
      return verdict == .disagree
        ? Comparison(
          analytic: analytic, numerical: exact.numerical, errorBound: exact.errorBound, verdict: .agree,
          reason: .resolution) : exact
    }
    guard verdict == .agree, reason == .resolution else { return self }
    return Comparison(
      analytic: analytic, numerical: exact.numerical,
      errorBound: max(exact.errorBound, (analytic - exact.numerical).magnitude), verdict: .undecided,
      reason: .resolution)
  }

  static func undecided(_ analytic: Double, _ reason: Reason) -> Comparison {
    Comparison(
      analytic: analytic, numerical: .nan, errorBound: .infinity, verdict: .undecided, reason: reason)
  }
}

extension Tensor {
  /// The largest finite magnitude; 0 where there is none.
  var largestMagnitude: Double { elements.lazy.map(\.magnitude).filter(\.isFinite).max() ?? 0 }

  /// Whether both hold the same bits.
  func isIdentical(to other: Tensor) -> Bool {
    shape == other.shape && zip(elements, other.elements).allSatisfy { $0.bitPattern == $1.bitPattern }
  }
}
