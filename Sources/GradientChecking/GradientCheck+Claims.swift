internal import Gradients

extension GradientCheck {
  func checkClaim(
    _ claim: Claim
  ) throws -> (report: CheckReport.Claim, evaluationCount: Int) {
    // A claim about several numbers at once is about their sum, as is the gradient of a backward pass.
    let check = try JacobianCheck(
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
      return (report([], .disagree, message, diagnosis), check.evaluationCount)
    }
    let comparisons = try check.compare([claimed], of: node, elements: Array(0..<shape.count))[0]
    let verdict = comparisons.map(\.verdict).worst
    var diagnosis: Diagnosis?
    if verdict == .disagree, shape.count <= Diagnosis.largestCount {
      diagnosis = try symptom(of: claim, claimed, check)
        .away(from: comparisons.kinks(among: Array(comparisons.indices))).diagnosis
    }
    return (report(comparisons, verdict, nil, diagnosis), check.evaluationCount)
  }

  /// Leaves undecided what agrees at a kink claim by claim and is impossible together, as 1 and 1 where a maximum ties.
  func doubtTies(_ reports: inout [CheckReport.Claim]) throws {
    var open = claims.indices.filter { reports[$0].verdict == .agree }
    while let first = open.first {
      let ofOne = open.filter { claims[$0].of.node == claims[first].of.node }
      open.removeAll(where: ofOne.contains)
      let members = inputs.compactMap { input in
        ofOne.first { claims[$0].withRespectTo.node == input.node }.map { (input: input, claim: $0) }
      }
      let isOnKink = members.contains { reports[$0.claim].comparisons.contains { $0.reason == .kink } }
      guard members.count > 1, isOnKink else { continue }
      let check = try JacobianCheck(
        graph, inputs: values, output: claims[first].of.node, rows: [.sum], settings: settings, doubts: false)
      let compared = try check.compare(
        members.map { [check.value(of: claims[$0.claim].value)] },
        along: directions(members.map(\.input)).map(\.direction))
      guard compared.joined().contains(where: { $0.verdict == .disagree }) else { continue }
      for (_, claim) in members where reports[claim].comparisons.contains(where: { $0.reason == .kink }) {
        let report = reports[claim]
        reports[claim] = CheckReport.Claim(
          of: report.of, withRespectTo: report.withRespectTo, place: report.place,
          comparisons: report.comparisons.map { $0.reason == .kink ? $0.pardoned : $0 }, shape: report.shape,
          verdict: .undecided, message: "possible at the kink, but not together with the other claims",
          diagnosis: nil)
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
