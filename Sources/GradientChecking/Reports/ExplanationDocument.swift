internal import Gradients

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension Explanation {
  /// The evidence for machines: schema 1 of `docs/evidence.schema.json`, keys in alphabetical order.
  ///
  /// - Throws: nothing in practice; the encoder's error if it has one.
  public func json(version: String) throws -> String {
    try JSONEncoder.ofReports.text(of: ExplanationDocument(self, version: version))
  }
}

/// The shape of the JSON evidence.
private struct ExplanationDocument: Encodable {
  struct Step: Encodable {
    let step: Double
    let central: Double
    let above: Double
    let below: Double
    let error: Double
    let keeps_branches: Bool
  }

  struct Limit: Encodable {
    let side: String
    let value: Double
    let error: Double
    let step: Double
  }

  struct Finding: Encodable {
    let value: Double
    let numerical: Double
    let error_bound: Double
    let verdict: Verdict
    let reason: Comparison.Reason?

    init(_ comparison: Comparison) {
      value = comparison.analytic
      numerical = comparison.numerical
      error_bound = comparison.errorBound
      verdict = comparison.verdict
      reason = comparison.reason
    }
  }

  struct Claim: Encodable {
    let of: String
    let with_respect_to: String
    let place: String?
    let verdict: Verdict
    let finding: Finding?
    let message: String?
    let explanation: String?
  }

  let schema = 1
  let tool: String
  let verdict: Verdict
  let output: String
  let output_value: Double
  let input: String
  let index: [Int]
  let input_value: Double
  let steps: [Step]
  let limits: [Limit]
  let noise: Double
  let coarseness: String?
  let reference: Double
  let analytic: Finding
  let claims: [Claim]

  init(_ explanation: Explanation, version: String) {
    tool = "gradcheck \(version)"
    verdict = explanation.verdict
    (output, output_value) = (explanation.output, explanation.value)
    (input, index, input_value) = (explanation.input, explanation.index, explanation.x)
    steps = explanation.steps.map {
      Step(
        step: $0.step, central: $0.central, above: $0.above, below: $0.below,
        error: explanation.error(of: $0.central), keeps_branches: $0.keepsBranches)
    }
    limits = explanation.limits.map { Limit(side: $0.name, value: $0.value, error: $0.error, step: $0.step) }
    noise = explanation.noise
    coarseness = explanation.coarseness
    reference = explanation.reference
    analytic = Finding(explanation.comparison)
    claims = explanation.claims.map { claim in
      let comparison = explanation.comparison(of: claim)
      return Claim(
        of: claim.of, with_respect_to: claim.withRespectTo, place: claim.place?.description,
        verdict: comparison?.verdict ?? claim.verdict, finding: comparison.map(Finding.init),
        message: claim.message, explanation: claim.diagnosis?.message)
    }
  }
}
