internal import Gradients

extension GradientCheck {
  /// More numbers than this between the inputs and the output are not traced.
  private static let largestCount = 4096

  /// Lets agree what disagrees by no more than the rounding of the backward pass although every gate is right.
  ///
  /// A gradient is a sum over all paths, and rounds relative to the sum of their magnitudes: where the paths cancel, as
  /// in `logsumexp(log_softmax(x))`, which is always 0, that is all there is of it.
  func pardonRounding(
    _ check: JacobianCheck, _ chosen: [Input], _ findings: inout Findings
  ) throws {
    var known: [Int: [NodeID: Tensor]] = [:]
    func rounding(_ row: Int, _ node: NodeID, _ element: Int) throws -> Double {
      if known[row] == nil { known[row] = try magnitudes(check, check.rows[row]) }
      return 64 * .ulpOfOne * (known[row]?[node]?.elements[element] ?? 0)
    }
    for (position, input) in chosen.enumerated() where findings.inputs[position].verdict == .disagree {
      let report = findings.inputs[position]
      findings.inputs[position].comparisons = try report.comparisons.enumerated().map { place, comparison in
        guard comparison.verdict == .disagree else { return comparison }
        let (row, element) = report.position(of: place)
        return comparison.pardoned(within: try rounding(row, input.node, element))
      }
    }
    for (position, weights) in directions(chosen).enumerated()
    where position < findings.joints.count && findings.joints[position].verdict == .disagree {
      findings.joints[position].comparisons = try findings.joints[position].comparisons.enumerated().map {
        row, comparison in
        guard comparison.verdict == .disagree else { return comparison }
        var sum = 0.0
        for (node, weights) in weights.direction.weights {
          for (element, weight) in weights.elements.enumerated() where weight != 0 {
            sum += weight.magnitude * (try rounding(row, node, element))
          }
        }
        return comparison.pardoned(within: sum)
      }
    }
  }

  /// For each node on the way to a row of the output, the sum over all paths of the magnitudes of its gradient.
  private func magnitudes(_ check: JacobianCheck, _ row: OutputRow) throws -> [NodeID: Tensor] {
    let reached = graph.ancestors(of: output.node)
    let varies = graph.descendantsOfInputs
    let nodes = graph.nodes.filter { reached[$0.index] && varies[$0.index] }
    guard nodes.map({ graph.shape(of: $0).count }).reduce(0, +) <= Self.largestCount else { return [:] }
    var sums = Dictionary(
      uniqueKeysWithValues: nodes.map { ($0, Tensor(repeating: 0, shape: graph.shape(of: $0))) })
    let weights = row.weights(graph.shape(of: output.node))
    sums[output.node] = Tensor(shape: weights.shape, elements: weights.elements.map(\.magnitude))
    for node in nodes.reversed() {
      guard case .gate(let gate) = graph.kind(of: node), let sum = sums[node] else { continue }
      let operands = graph.operands(of: node)
      let values = operands.map { check.value(of: $0) }
      for (element, above) in sum.elements.enumerated() where above != 0 {
        let slopes = try gate.localGradients(of: element, at: values)
        for (operand, slope) in zip(operands, slopes) {
          for (place, slope) in slope.elements.enumerated() {
            sums[operand]?.elements[place] += above * slope.magnitude
          }
        }
      }
    }
    return sums
  }
}

extension Comparison {
  /// The agreement that rounding of the given size makes of two different numbers, if it can.
  fileprivate func pardoned(within rounding: Double) -> Comparison {
    guard (analytic - numerical).magnitude <= rounding else { return self }
    return Comparison(
      analytic: analytic, numerical: numerical, errorBound: max(errorBound, rounding), verdict: .agree,
      reason: .resolution)
  }
}
