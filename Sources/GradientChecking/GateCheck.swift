internal import Gradients

/// The backward pass of one gate beside finite differences of its own forward pass.
struct GateCheck {
  /// What was found of a gate.
  struct Finding {
    var verdict = Verdict.agree
    var operand: Int?
    var message: String?
    var diagnosis: Diagnosis?
    /// The numbers that do not agree, where two numbers tell it.
    var numbers: (analytic: Double, numerical: Double)?
  }

  /// An operand of the gate, and whether its gradient matters: that of a constant goes nowhere.
  struct Operand {
    let value: Tensor
    let varies: Bool
  }

  /// Up to this many elements of an operand are checked where the gate is of the catalogue, whose tests check all.
  private static let sampleCount = 32
  /// Up to this many elements of an output have a row each.
  private static let largestRowCount = 8

  let gate: any Gate
  let settings: CheckSettings
  /// Whether some elements stand for a large operand of any gate, as where the whole function agrees.
  var samples = false
  /// How many elements stand for a larger operand, if that is more than for a gate of the catalogue.
  var sample: Int?

  /// How many times the gate was computed.
  var evaluationCount = 0

  /// How many elements of an operand are checked at most; all of them without it.
  private var largestCount: Int? {
    samples || gate is any CatalogGate ? Self.sampleCount : sample.map { max($0, Self.sampleCount) }
  }

  /// Whether some elements stand for all those of an operand.
  func leavesOut(_ operands: [Operand]) -> Bool {
    operands.enumerated().contains { position, operand in
      operand.varies && !gate.card.isLabel(position) && operand.value.shape.count > largestCount ?? .max
    }
  }

  /// Checks the gate at the given operands, and with the upstream gradient that arrives at its output in the function,
  /// if that is known; `recorded` is the output that it had there.
  mutating func finding(
    at operands: [Operand], upstream: Tensor? = nil, recorded: Tensor? = nil
  ) throws -> Finding {
    let card = gate.card
    var graph = Graph()
    var inputs: [String: Tensor] = [:]
    let nodes = operands.enumerated().map { position, operand in
      guard operand.varies, !card.isLabel(position) else { return graph.constant(operand.value) }
      inputs["\(position)"] = operand.value
      return graph.input("\(position)", shape: operand.value.shape)
    }
    let checked = operands.indices.filter {
      operands[$0].varies && !card.isLabel($0) && operands[$0].value.shape.count > 0
    }
    guard !checked.isEmpty else { return Finding() }
    let output = try graph.apply(gate, to: nodes)
    let shape = graph.shape(of: output)
    guard shape.count > 0 else { return Finding() }
    let uneven = unevenUpstream(shape)
    var rows: [OutputRow] = shape.count <= Self.largestRowCount ? (0..<shape.count).map { .element($0) } : []
    let unevenRow = rows.count
    rows.append(.weighted(uneven.elements))
    if let upstream, upstream.elements.allSatisfy(\.isFinite), upstream.elements.contains(where: { $0 != 0 })
    {
      rows.append(.weighted(upstream.elements))
    }
    var blackBox = BlackBoxCheck(gate, operands.map(\.value), upstream: uneven)
    blackBox?.recorded = recorded
    let seen = Result { () throws(GateError) in try blackBox?.finding() }
    defer { evaluationCount += blackBox?.evaluationCount ?? 0 }
    let check = try JacobianCheck(
      graph, inputs: inputs, output: output, rows: rows, settings: settings, value: blackBox?.output,
      doubts: blackBox == nil)
    defer { evaluationCount += check.evaluationCount }
    let gradients: [[Tensor]]
    do {
      if let finding = try seen.get() ?? blackBox?.forgotten(among: checked) { return finding }
      gradients = try check.gradients(of: nodes)
    } catch {
      return try failure(error, check, nodes, operands, uneven, row: unevenRow)
    }
    let parts = checked.map { position in
      let count = operands[position].value.shape.count
      let elements = Array(stride(from: 0, to: count, by: max(1, count / (largestCount ?? count))))
      return JacobianCheck.Part(node: nodes[position], gradients: gradients[position], elements: elements)
    }
    var finding = Finding()
    for ((position, part), compared) in zip(zip(checked, parts), try check.compare(each: parts)) {
      let analytic = gradients[position]
      let size = analytic[unevenRow].largestMagnitude * (upstream?.largestMagnitude ?? 0)
      let comparisons = compared.enumerated().flatMap { row, comparisons in
        comparisons.filter { comparison in
          // A mask jumps where it is made; whether that matters, the function shows.
          if comparison.isJumpWithoutGradient, gate is any CatalogGate { return false }
          // Where what arrives from above cancels to nothing, only the rounding of the sum is left to compare.
          return row <= unevenRow || !comparison.isNegligible(beside: size)
        }
      }
      // Of several that are wrong, one that can be explained tells more than the first.
      let isUnexplained = finding.verdict == .disagree && finding.diagnosis == nil
      guard let worst = comparisons.worstFirst.first.map({ comparisons[$0] }),
        worst.verdict > finding.verdict || isUnexplained && worst.verdict == .disagree
      else { continue }
      var found = Finding(
        verdict: worst.verdict, operand: position,
        message: """
          the backward pass gives operand '\(card.operandName(position))' \
          \(NumberText.short(worst.analytic)), the numerical gradient is \(worst.numericalText)
          """,
        numbers: (worst.analytic, worst.numerical))
      if let reason = worst.reason, worst.verdict == .undecided {
        found.message = "operand '\(card.operandName(position))': \(reason.rawValue)"
      }
      if worst.verdict == .disagree {
        found.diagnosis = try diagnosis(
          check, gradients.map { $0[unevenRow] }, position, nodes, operands, uneven, row: unevenRow,
          output: check.value(of: output), kinks: compared[unevenRow].kinks(among: part.elements))
        if let other = blackBox?.explanation(insteadOf: found.diagnosis, of: position) {
          found.diagnosis = other
        }
      }
      if !isUnexplained || found.diagnosis != nil { finding = found }
    }
    blackBox?.isCoarse = check.isCoarse == true
    if finding.verdict == .undecided, let note = blackBox?.note?.message {
      finding.message = [finding.message, note].compactMap(\.self).joined(separator: "; ")
    }
    if finding.verdict == .disagree, let change = blackBox?.change() { return change }
    guard finding.verdict == .agree, !(gate is any CatalogGate) else { return finding }
    let moved = checked.map { (node: nodes[$0], value: operands[$0].value) }
    return try jointFinding(check, checked.map { gradients[$0] }, moved) ?? blackBox?.stale(among: checked)
      ?? blackBox?.note ?? finding
  }

  /// What is wrong when all operands move at once: gradients that are possible one by one, at a kink, may not be possible
  /// together.
  private func jointFinding(
    _ check: JacobianCheck, _ gradients: [[Tensor]], _ operands: [(node: NodeID, value: Tensor)]
  ) throws -> Finding? {
    let direction = Direction(
      weights: operands.map { operand in
        (operand.node, Tensor(repeating: 1, shape: operand.value.shape))
      })
    guard
      let worst = try check.compare(gradients, along: [direction])[0].first(where: { $0.verdict == .disagree }
      )
    else { return nil }
    return Finding(
      verdict: .disagree, operand: nil,
      message: """
        with all operands moved at once the backward pass gives \(NumberText.short(worst.analytic)), the numerical \
        derivative is \(NumberText.short(worst.numerical))
        """,
      diagnosis: Diagnosis(
        kind: .ties,
        message:
          "where values tie each gets the whole gradient, as by '>=' on both sides: together they get too much"
      ),
      numbers: (worst.analytic, worst.numerical))
  }

  /// What explains a wrong gradient of one operand.
  private func diagnosis(
    _ check: JacobianCheck, _ analytic: [Tensor], _ position: Int, _ nodes: [NodeID], _ operands: [Operand],
    _ upstream: Tensor, row: Int, output: Tensor, kinks: Set<Int>
  ) throws -> Diagnosis? {
    guard operands[position].value.shape.count <= Diagnosis.largestCount else { return nil }
    let numerical = try numericalGradients(check, nodes, operands, row: row)
    guard let own = numerical[position] else { return nil }
    let symptom = Diagnosis.Symptom(
      analytic: analytic[position], numerical: own, value: operands[position].value,
      subject: gate.card.operandName(position), upstream: upstream, output: output,
      others: operands.indices.filter { $0 != position }.map { other in
        .init(
          name: gate.card.operandName(other), value: operands[other].value, analytic: analytic[other],
          numerical: numerical[other])
      },
      paths: (gate as? any CompositeGate)?.paths(to: position, at: operands.map(\.value), upstream: upstream)
        ?? [])
    return symptom.away(from: kinks).diagnosis
  }

  /// The numerical gradient of each operand for the uneven upstream gradient.
  private func numericalGradients(
    _ check: JacobianCheck, _ nodes: [NodeID], _ operands: [Operand], row: Int
  ) throws -> [Tensor?] {
    try operands.indices.map { position in
      let shape = operands[position].value.shape
      guard operands[position].varies, !gate.card.isLabel(position), shape.count <= Diagnosis.largestCount
      else {
        return nil
      }
      return try check.numericalGradient(of: nodes[position], row: row)
    }
  }

  /// What explains a backward pass that gives no gradients, or gradients of other shapes.
  private func failure(
    _ error: GateError, _ check: JacobianCheck, _ nodes: [NodeID], _ operands: [Operand],
    _ upstream: Tensor,
    row: Int
  ) throws -> Finding {
    var finding = Finding(verdict: .disagree, operand: nil, message: error.description)
    guard let gate = gate as? any TensorGate else { return finding }
    let values = operands.map(\.value)
    let results = try? gate.backward(upstream: upstream, operands: values, output: gate.forward(values))
    guard let results, results.count == operands.count else { return finding }
    for position in operands.indices where results[position].shape != values[position].shape {
      finding.operand = position
      let numerical = try numericalGradients(check, nodes, operands, row: row)[position]
      finding.diagnosis = Diagnosis.ofShape(
        results[position], numerical, shape: values[position].shape, subject: gate.card.operandName(position))
      if finding.diagnosis != nil {
        // It names both shapes.
        let line = gate.gradientLine(of: position).map { " on line \($0)" } ?? ""
        finding.message =
          "operand '\(gate.card.operandName(position))' is given a gradient of another shape\(line)"
      }
      break
    }
    return finding
  }

  /// An upstream gradient no two elements of which are alike, so that nothing cancels and no sum hides an order.
  func unevenUpstream(_ shape: Shape) -> Tensor {
    var random = SplitMix64(seed: settings.seed &+ 0x51)
    return Tensor(
      shape: shape,
      elements: (0..<shape.count).map { _ in
        let size = 0.5 + Double(random.next() >> 11) * 0x1p-53
        return random.next() & 1 == 0 ? size : -size
      })
  }
}

extension Comparison {
  /// Whether a gradient of zero is all there is to say at a jump.
  fileprivate var isJumpWithoutGradient: Bool { reason == .jump && analytic == 0 }

  /// Whether both gradients are no more than the rounding of numbers of a given size.
  fileprivate func isNegligible(beside size: Double) -> Bool {
    max(analytic.magnitude, numerical.magnitude) <= 0x1p-40 * size
  }
}

extension CompositeGate {
  /// The gradients that reach the operand at `position` on each of its uses, when there are several.
  fileprivate func paths(to position: Int, at operands: [Tensor], upstream: Tensor) -> [Tensor] {
    let node = bodyOperands[position]
    let consumers = body.nodes.filter { body.operands(of: $0).contains(node) }
    let uses = consumers.flatMap { consumer in
      body.operands(of: consumer).indices.filter { body.operands(of: consumer)[$0] == node }.map {
        (consumer, $0)
      }
    }
    guard uses.count > 1 else { return [] }
    var inputs: [String: Tensor] = [:]
    for (name, operand) in zip(card.operands, operands) { inputs[name] = operand }
    guard var evaluation = try? Evaluation(body, inputs: inputs) else { return [] }
    do {
      try evaluation.forward()
      try evaluation.backward(from: bodyOutput, upstream: upstream)
      var paths: [Tensor] = []
      for (consumer, position) in uses {
        paths.append(try evaluation.downstreamGradients(of: consumer)[position])
      }
      return paths
    } catch {
      return []
    }
  }
}
