internal import Gradients

extension GradientCheck {
  /// Leaves undecided what disagrees although every gate is right on its own: where values cancel, the backward pass
  /// and the differences are rounding, each in its own way.
  ///
  /// Not where clients take part, whose gates may answer otherwise in the whole than alone.
  func doubtCancellation(_ findings: inout Findings) {
    let reached = graph.ancestors(of: output.node)
    let isOurs = graph.nodes.allSatisfy { node in
      guard reached[node.index], case .gate(let gate) = graph.kind(of: node) else { return true }
      return gate is any CatalogGate || gate is any CompositeGate
    }
    if isOurs { findings.judge(\.doubted) }
  }

  /// Lets agree what the rounding of the function leaves open, where every gate agrees on its own: then the backward
  /// pass is right, and so are its numbers, and the claims that are the same.
  func settleResolution(_ findings: inout Findings) throws {
    findings.judge { $0.settled(by: $0.analytic, tolerance) }
    let reached = graph.ancestors(of: output.node)
    for (position, claim) in self.claims.enumerated()
    where findings.claims[position].verdict == .undecided && reached[claim.of.node.index] {
      let check = try JacobianCheck(
        graph, inputs: values, output: claim.of.node, rows: [.sum], settings: settings, doubts: false)
      let node = claim.withRespectTo.node
      guard let exact = try check.gradients(of: [node])[0].first else { continue }
      let comparisons = findings.claims[position].comparisons
      findings.claims[position].comparisons = zip(comparisons, exact.elements).map {
        $0.settled(by: $1, tolerance)
      }
    }
  }
}

extension Comparison {
  /// Undecided where it disagrees.
  fileprivate var doubted: Comparison {
    guard verdict == .disagree, analytic.isFinite else { return self }
    return Comparison(
      analytic: analytic, numerical: numerical, errorBound: max(errorBound, (analytic - numerical).magnitude),
      verdict: .undecided, reason: .resolution)
  }

  /// The agreement with an exact gradient, where it is no farther off than the resolution of the function.
  fileprivate func settled(by exact: Double, _ tolerance: Double) -> Comparison {
    let size = max(analytic.magnitude, exact.magnitude)
    guard verdict == .undecided, reason == .resolution, (analytic - numerical).magnitude <= errorBound,
      (analytic - exact).magnitude <= tolerance * size
    else { return self }
    return Comparison(
      analytic: analytic, numerical: numerical, errorBound: errorBound, verdict: .agree, reason: .resolution)
  }
}
