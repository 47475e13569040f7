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
  /// The claims about the gradient with respect to the input.
  public let claims: [CheckReport.Claim]
  /// The element among those of the input.
  private let element: Int
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
    input: String, shape: Shape, element: Int, output: String, comparison: Comparison, evidence: Evidence?,
    claims: [CheckReport.Claim]
  ) {
    (self.input, self.element, self.output, self.comparison) = (input, element, output, comparison)
    self.claims = claims
    index = shape.index(of: element)
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

  /// The worst verdict of the backward pass and of the claims.
  public var verdict: Verdict {
    max(comparison.verdict, claims.map { self.comparison(of: $0)?.verdict ?? $0.verdict }.worst)
  }

  /// What a claim says of the element; nil when it is of another shape.
  func comparison(of claim: CheckReport.Claim) -> Comparison? {
    claim.comparisons.indices.contains(element) ? claim.comparisons[element] : nil
  }

  /// The derivative as well as it is known: the analytic one where it lies within the error of the best limit, for it
  /// has more digits; else the limit, for the analytic one is wrong.
  var reference: Double {
    let best = limits.min { $0.error < $1.error }
    guard let best else { return comparison.verdict == .agree ? comparison.analytic : comparison.numerical }
    let isWithin = (comparison.analytic - best.value).magnitude <= 4 * best.error
    return isWithin || comparison.verdict == .agree ? comparison.analytic : best.value
  }

  /// The distance of a number from the derivative, relative to that unless it is 0.
  func error(of value: Double) -> Double {
    let distance = (value - reference).magnitude
    return reference == 0 ? distance : distance / reference.magnitude
  }

  /// The evidence as a table for people, and the decision.
  public func text(colors: Bool = false) -> String {
    var lines = [
      "d\(output)/d\(subject) at \(subject) = \(NumberText.short(x)), where \(output) = \(NumberText.short(value))",
      "",
    ]
    let errorName = reference == 0 ? "error" : "relative error"
    var table = TextTable(["step", "central", "from above", "from below", errorName, ""])
    for step in steps {
      table.add([
        NumberText.short(step.step, digits: 3), NumberText.short(step.central, digits: 10),
        NumberText.short(step.above, digits: 10), NumberText.short(step.below, digits: 10),
        NumberText.short(error(of: step.central), digits: 2), step.keepsBranches ? "" : "another branch",
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
    lines.append(comparison.decision("analytic", colors))
    lines += claims.map { claim in
      let name = "claim d\(claim.of)/d\(claim.withRespectTo)\(claim.place.map { " at \($0)" } ?? "")"
      guard let comparison = comparison(of: claim) else {
        return "\(name): \(claim.verdict.text(colors)): \(claim.message ?? "")"
      }
      let words = [comparison.decision("claimed", colors), claim.diagnosis?.message].compactMap(\.self)
      return "\(name): \(words.joined(separator: "; "))"
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Comparison {
  /// The verdict with both numbers, the first of which was `given`.
  func decision(_ given: String, _ colors: Bool = false, digits: Int = 12) -> String {
    let reason = reason.map { " (\($0.rawValue))" } ?? ""
    let given = "\(verdict.text(colors))\(reason): \(given) \(NumberText.short(analytic, digits: digits))"
    guard !numerical.isNaN else { return given + ", no numerical one" }
    let error = slopes == nil ? " ± \(NumberText.short(errorBound, digits: 2))" : ""
    return "\(given), numerical \(numericalText(digits: digits))\(error)"
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
