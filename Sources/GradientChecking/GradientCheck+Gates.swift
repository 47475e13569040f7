internal import Gradients

extension GradientCheck {
  /// Checks the gates that the output is computed from, except those that are known.
  func checkGates(_ check: JacobianCheck, _ findings: inout Findings) throws {
    let isFine = findings.isFine
    let known = known(beside: findings)?.gates ?? []
    let reached = graph.ancestors(of: output.node)
    lazy var varies = graph.descendantsOfInputs
    var upstreams: [NodeID: Tensor]?
    let chosen = graph.nodes.compactMap { node -> (node: NodeID, gate: any Gate)? in
      guard reached[node.index], case .gate(let gate) = graph.kind(of: node) else { return nil }
      return isFine && gates != .all && gate is any CatalogGate ? nil : (node, gate)
    }
    for (number, (node, gate)) in chosen.enumerated() {
      gateProgress(number, chosen.count)
      if let report = known.first(where: { $0.node == node }) {
        findings.gates.append(report)
        continue
      }
      try settings.requireGoingOn()
      let upstream = upstreams ?? check.upstreams(of: graph.nodes.filter { reached[$0.index] })
      upstreams = upstream
      let annotation = graph.annotation(of: node)
      let operands = graph.operands(of: node).map { operand in
        GateCheck.Operand(value: check.value(of: operand), varies: varies[operand.index])
      }
      var gateCheck = GateCheck(
        gate: gate, settings: settings, samples: isFine && gate is any BlackBoxGate, sample: sample)
      defer { findings.evaluationCount += gateCheck.evaluationCount }
      var finding: GateCheck.Finding
      do {
        let recorded = check.value(of: node)
        finding =
          try isFine && gates == .whenWrong
          ? gateCheck.watched(at: operands, recorded: recorded)
          : gateCheck.finding(at: operands, upstream: upstream[node], recorded: recorded)
        if finding.verdict == .agree, !(gate is any CatalogGate), hasOpenShape(node),
          let other = try gateCheck.findingAtOtherShapes(than: operands)
        {
          finding = other
        }
      } catch let error as GateError {
        // The check of a gate has a graph of its own, whose nodes mean nothing here.
        throw error.at(node)
      }
      findings.gates.append(
        CheckReport.Gate(
          node: node, name: gate.card.name, label: annotation.label ?? annotation.name ?? node.description,
          place: annotation.place, verdict: finding.verdict, operand: finding.operand,
          message: finding.message, diagnosis: finding.diagnosis,
          analytic: finding.numbers?.analytic, numerical: finding.numbers?.numerical,
          isSampled: sample != nil && !(gate is any CatalogGate) && gateCheck.leavesOut(operands)))
    }
  }

  /// Leaves undecided what disagrees because a gate answers differently when it is asked again.
  ///
  /// Where only its backward pass does, the numerical gradients are those of a function still, and what does not depend
  /// on the gate is what it is.
  func pardonInconstancy(_ check: JacobianCheck, _ chosen: [Input], _ findings: inout Findings) throws {
    let inconstant = findings.gates.filter { gate in
      gate.verdict == .undecided && gate.diagnosis.map { [.random, .stale].contains($0.kind) } ?? false
    }
    guard !inconstant.isEmpty else { return }
    guard try check.answersAgain() else {
      findings.judge(\.ofInconstantFunction)
      // A claim of another shape has no comparisons, and is wrong whatever the function is.
      for position in findings.claims.indices where !findings.claims[position].comparisons.isEmpty {
        let claim = findings.claims[position]
        findings.claims[position].comparisons = claim.comparisons.map(\.ofInconstantFunction)
        findings.claims[position].diagnosis = nil
      }
      return
    }
    let known = findings.inputs
    findings.judge(\.ofInconstantFunction)
    for (position, input) in chosen.enumerated()
    where !inconstant.contains(where: { graph.ancestors(of: $0.node)[input.node.index] }) {
      findings.inputs[position] = known[position]
    }
  }

  /// Whether all that a value is computed from may have another shape.
  private func hasOpenShape(_ node: NodeID) -> Bool {
    let ancestors = graph.ancestors(of: node)
    return graph.nodes.allSatisfy { leaf in
      guard ancestors[leaf.index], graph.shape(of: leaf).rank > 0 else { return true }
      switch graph.kind(of: leaf) {
      case .input: return inputs.contains { $0.node == leaf && $0.hasOpenShape }
      case .constant: return false
      case .gate: return true
      }
    }
  }
}

extension Comparison {
  /// Undecided instead of wrong, because the function answers differently when it is asked again.
  fileprivate var ofInconstantFunction: Comparison {
    guard verdict == .disagree else { return self }
    return Comparison(
      analytic: analytic, numerical: numerical, errorBound: errorBound, verdict: .undecided,
      reason: .nondeterministic)
  }
}

extension JacobianCheck {
  /// The gradient of the first row with respect to each of `nodes`; none where the backward pass fails.
  fileprivate func upstreams(of nodes: [NodeID]) -> [NodeID: Tensor] {
    guard let gradients = try? gradients(of: nodes, rowCount: 1, pastFailures: true) else { return [:] }
    return Dictionary(
      zip(nodes, gradients).compactMap { node, rows in rows.first.map { (node, $0) } },
      uniquingKeysWith: { first, _ in first })
  }
}
