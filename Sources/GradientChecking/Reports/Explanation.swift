internal import Gradients

/// The evidence for one element of a gradient: what the difference quotients say at each step.
public struct Explanation: Sendable {
  /// What the function gives at one step.
  public struct Step: Sendable {
    /// Half the distance of the two points, as they were realised.
    public let step: Double
    /// The quotients from both sides, from above and from below.
    public let central, above, below: Double
    /// Whether the piecewise gates of the graph choose at both points what they choose in the middle.
    public let keepsBranches: Bool
  }

  /// The name of the input.
  public let input: String
  /// The element of it.
  public let index: [Int]
  /// The number made of the output.
  public let output: String
  /// The decision.
  public let comparison: Comparison
  /// The point.
  public let x: Double
  /// The function there.
  public let value: Double
  /// The steps, largest first.
  public let steps: [Step]
  /// The measured noise of the function.
  public let noise: Double
  /// What makes the values of the function coarse, if something does.
  public let coarseness: String?
  /// The extrapolated derivatives from both sides, from above and from below, each with its error and its step.
  public let limits: [(name: String, value: Double, error: Double, step: Double)]

  init(
    input: String, index: [Int], output: String, comparison: Comparison, evidence: Evidence?
  ) {
    (self.input, self.index, self.output, self.comparison) = (input, index, output, comparison)
    x = evidence?.x ?? .nan
    let center = evidence?.value ?? .nan
    value = center
    noise = evidence?.noise ?? .nan
    coarseness = evidence?.quantum?.cause
    steps = (evidence?.samples ?? []).map { sample in
      let (above, below) = (sample.above, sample.below)
      let x = evidence?.x ?? .nan
      return Step(
        step: (above.x - below.x) / 2, central: (above.value - below.value) / (above.x - below.x),
        above: (above.value - center) / (above.x - x), below: (center - below.value) / (x - below.x),
        keepsBranches: sample.keepsBranches)
    }
    limits = [("central", evidence?.central), ("above", evidence?.above), ("below", evidence?.below)]
      .compactMap {
        name, family in
        guard let limit = family?.strict ?? family?.coarse else { return nil }
        return (name, limit.value, limit.error, limit.step)
      }
  }

  /// The name of the element, as `w[0, 1]`.
  public var subject: String { input + index.bracketed }

  /// The distance of the central quotient of a step from the analytic gradient, relative to it.
  func relativeError(_ step: Step) -> Double {
    let distance = (step.central - comparison.analytic).magnitude
    return comparison.analytic == 0 ? distance : distance / comparison.analytic.magnitude
  }

  /// The evidence as a table for people, and the decision.
  public func text(colors: Bool = false) -> String {
    var lines = [
      "d\(output)/d\(subject) at \(subject) = \(NumberText.short(x)), where \(output) = \(NumberText.short(value))",
      "",
    ]
    var table = TextTable(["step", "central", "from above", "from below", "relative error", ""])
    for step in steps {
      table.add([
        NumberText.short(step.step, digits: 3), NumberText.short(step.central, digits: 10),
        NumberText.short(step.above, digits: 10), NumberText.short(step.below, digits: 10),
        NumberText.short(relativeError(step), digits: 2), step.keepsBranches ? "" : "another branch",
      ])
    }
    lines += table.lines() + [""]
    for limit in limits {
      lines.append(
        "\(limit.name): \(NumberText.short(limit.value, digits: 12)) ± \(NumberText.short(limit.error, digits: 2)), best near step \(NumberText.short(limit.step, digits: 2))"
      )
    }
    lines.append(
      "noise of \(output): \(NumberText.short(noise, digits: 2))\(coarseness.map { "; \($0)" } ?? "")")
    lines.append("")
    let reason = comparison.reason.map { " (\($0.rawValue))" } ?? ""
    lines.append(
      "\(comparison.verdict.text(colors))\(reason): analytic \(NumberText.short(comparison.analytic, digits: 12)), numerical \(NumberText.short(comparison.numerical, digits: 12)) ± \(NumberText.short(comparison.errorBound, digits: 2))"
    )
    return lines.joined(separator: "\n") + "\n"
  }
}

extension OutputRow {
  /// The number in words, for an output of the given name and shape.
  func text(_ output: String, _ shape: Shape) -> String {
    switch self {
    case .element(let element): return output + shape.index(of: element).bracketed
    case .sum: return "sum(\(output))"
    case .direction(let seed): return "\(output) summed with random signs (seed \(seed % 10000))"
    case .weighted: return "\(output) summed with weights"
    }
  }
}
