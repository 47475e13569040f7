internal import Gradients

extension GradientCheck {
  /// Checks directions that move all inputs at once.
  func checkJointly(
    _ check: JacobianCheck, _ chosen: [Input], _ gradients: [[Tensor]]
  ) throws -> [CheckReport.Joint] {
    let isFinite = gradients.allSatisfy { $0.allSatisfy { $0.elements.allSatisfy(\.isFinite) } }
    guard !check.rows.isEmpty, chosen.map(\.value.shape.count).reduce(0, +) > 1, isFinite else { return [] }
    let directions = directions(chosen)
    return zip(directions, try check.compare(gradients, along: directions.map(\.direction))).map {
      CheckReport.Joint(name: $0.name, comparisons: $1)
    }
  }

  /// Directions that move all inputs at once: evenly, and at random.
  func directions(_ chosen: [Input]) -> [(name: String, direction: Direction)] {
    var random = SplitMix64(seed: seed)
    // A number so large that a step of one is rounding stays where it is.
    let even = chosen.map { input in
      input.value.elements.map { $0 == 0 ? 1 : $0.magnitude > 0x1p26 ? 0 : min($0.magnitude, 1) }
    }
    return ["ones", "random 1", "random 2"].enumerated().map { number, name in
      let weights = chosen.indices.map { position in
        var elements = even[position]
        if number > 0 {
          for element in elements.indices {
            // Between a half and one, to either side.
            let draw = Double(Int64(bitPattern: random.next())) * 0x1p-64
            elements[element] *= draw + Double(signOf: draw, magnitudeOf: 0.5)
          }
        }
        let input = chosen[position]
        return (node: input.node, weights: Tensor(shape: input.value.shape, elements: elements))
      }
      return (name, Direction(weights: weights))
    }
  }

  /// Leaves undecided what disagrees on a kink although every gate is right: where several gates tie at once, the
  /// slopes that they choose need not fit together, as those of `minimum(abs(x), x)` at 0.
  func pardonKinks(
    _ check: JacobianCheck, _ chosen: [Input], _ findings: inout Findings
  ) throws {
    for (position, input) in chosen.enumerated() {
      let report = findings.inputs[position]
      findings.inputs[position].comparisons = try report.comparisons.enumerated().map { place, comparison in
        guard comparison.verdict == .disagree, comparison.analytic.isFinite else { return comparison }
        let element = report.position(of: place).element
        return try check.isOnKink(.element(element, of: input.node)) ? comparison.pardoned : comparison
      }
    }
    for (position, weights) in directions(chosen).enumerated() where position < findings.joints.count {
      let joint = findings.joints[position]
      guard joint.verdict == .disagree, try check.isOnKink(.direction(weights.direction)) else { continue }
      findings.joints[position].comparisons = joint.comparisons.map {
        $0.verdict == .disagree ? $0.pardoned : $0
      }
    }
  }
}

extension Comparison {
  /// Undecided, on a kink.
  fileprivate var pardoned: Comparison {
    Comparison(
      analytic: analytic, numerical: numerical, errorBound: errorBound, verdict: .undecided, reason: .kink)
  }
}
