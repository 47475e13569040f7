internal import Gradients

extension GradientCheck {
  /// Checks the claims, except those that are known.
  func checkClaims(_ findings: inout Findings) throws {
    findings.claims = Array(known(beside: findings)?.claims.prefix(claims.count) ?? [])
    for claim in claims.dropFirst(findings.claims.count) {
      try settings.requireGoingOn()
      let (report, count) = try checkClaim(claim)
      findings.claims.append(report)
      findings.evaluationCount += count
    }
    try condemnTies(&findings.claims)
  }

  /// Checks one claim, and counts how often the function was computed for it.
  func checkClaim(_ claim: Claim) throws -> (report: CheckReport.Claim, evaluationCount: Int) {
    // A claim about several numbers at once is about their sum, as is the gradient of a backward pass.
    let check = try JacobianCheck(
      graph, inputs: values, output: claim.of.node, rows: [.sum], settings: settings)
    let claimed = check.value(of: claim.value)
    let node = claim.withRespectTo.node
    let shape = graph.shape(of: node)
    // It tells what the gates round too; unless that takes a message.
    let gradient = check.hasBlackBoxes ? nil : (try? check.gradients(of: [node]))?[0]
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
      return (report([], .disagree, message, diagnosis), check.evaluationCount)
    }
    var comparisons = try check.compare([claimed], of: node, elements: Array(0..<shape.count))[0]
    if let gradient { try measure(claim, &comparisons, by: gradient, check) }
    let verdict = comparisons.map(\.verdict).worst
    var diagnosis: Diagnosis?
    if verdict == .disagree, shape.count <= Diagnosis.largestCount {
      diagnosis = try symptom(of: claim, claimed, check)
        .away(from: comparisons.kinks(among: Array(comparisons.indices))).diagnosis
    }
    return (report(comparisons, verdict, nil, diagnosis), check.evaluationCount)
  }

  /// Holds what the resolution of the function leaves open against its gradient, where that is certain.
  private func measure(
    _ claim: Claim, _ comparisons: inout [Comparison], by gradient: [Tensor], _ check: JacobianCheck
  ) throws {
    let open = comparisons.indices.filter { comparisons[$0].reason == .resolution }
    let settled = try check.compare(gradient, of: claim.withRespectTo.node, elements: open)[0]
    let negligible = Decision.negligible * (comparisons.map(\.analytic.magnitude).max() ?? 0)
    let contradictions = zip(open, settled).filter { element, settled in
      settled.verdict == .agree && settled.reason == nil
        && settled.contradicts(comparisons[element], tolerance, slack: negligible)
    }
    guard !contradictions.isEmpty else { return }
    // A claim loses digits of its own, as `s*(1 - s)` where a sigmoid is saturated.
    let claimed = try JacobianCheck(
      graph, inputs: values, output: claim.value, rows: contradictions.map { .element($0.0) },
      settings: settings)
    _ = try? claimed.gradients(of: [])
    for (row, (element, settled)) in contradictions.enumerated() {
      let slack = 4 * claimed.target(row).rounding + negligible
      guard settled.contradicts(comparisons[element], tolerance, slack: slack) else { continue }
      comparisons[element] = Comparison(
        analytic: comparisons[element].analytic, numerical: settled.numerical,
        errorBound: settled.errorBound, verdict: .disagree)
    }
  }

  /// Condemns what agrees at a kink number by number and is impossible together, as 1 and 1 where a maximum ties.
  private func condemnTies(_ reports: inout [CheckReport.Claim]) throws {
    var open = claims.indices.filter { reports[$0].verdict == .agree }
    while let first = open.first {
      let ofOne = open.filter { claims[$0].of.node == claims[first].of.node }
      open.removeAll(where: ofOne.contains)
      let members = inputs.compactMap { input in
        ofOne.first { claims[$0].withRespectTo.node == input.node }.map { (input: input, claim: $0) }
      }
      let isOnKink = members.contains { reports[$0.claim].comparisons.contains { $0.reason == .kink } }
      guard isOnKink, members.map(\.input.value.shape.count).reduce(0, +) > 1 else { continue }
      let check = try JacobianCheck(
        graph, inputs: values, output: claims[first].of.node, rows: [.sum], settings: settings, doubts: false)
      let compared = try check.compare(
        members.map { [check.value(of: claims[$0.claim].value)] },
        along: directions(members.map(\.input)).map(\.direction))
      guard compared.joined().contains(where: { $0.verdict == .disagree }) else { continue }
      for (_, claim) in members where reports[claim].comparisons.contains(where: { $0.reason == .kink }) {
        reports[claim].comparisons = reports[claim].comparisons.map { $0.reason == .kink ? $0.condemned : $0 }
        reports[claim].message = "possible at the kink one by one, but not together"
      }
    }
  }

  /// What is known around a wrong claim.
  private func symptom(
    of claim: Claim, _ claimed: Tensor, _ check: JacobianCheck
  ) throws -> Diagnosis.Symptom {
    let node = claim.withRespectTo.node
    var others: [Diagnosis.Symptom.Other] = []
    for other in graph.nodes.prefix(claim.of.node.index) where other != node {
      let annotation = graph.annotation(of: other)
      guard let name = annotation.name else { continue }
      let value = check.value(of: other)
      let own = claims.first { $0.of.node == claim.of.node && $0.withRespectTo.node == other }
      let isInput = graph.inputs.contains(other) && value.shape.count <= Diagnosis.largestCount
      others.append(
        .init(
          name: name, value: value, analytic: own.map { check.value(of: $0.value) },
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

extension Comparison {
  /// Whether the two are about different gradients, by more than `slack`.
  fileprivate func contradicts(_ other: Comparison, _ tolerance: Double, slack: Double) -> Bool {
    let size = max(analytic.magnitude, other.analytic.magnitude)
    return (analytic - other.analytic).magnitude > tolerance * size + slack
  }

  /// Impossible, on a kink.
  fileprivate var condemned: Comparison {
    Comparison(
      analytic: analytic, numerical: numerical, errorBound: errorBound, verdict: .disagree, reason: .kink)
  }
}
