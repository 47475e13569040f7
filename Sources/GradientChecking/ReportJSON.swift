internal import Gradients

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension CheckReport {
  /// The report for machines: schema 1, keys in alphabetical order.
  ///
  /// - Throws: nothing in practice; the encoder's error if it has one.
  public func json(version: String) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    let data = try encoder.encode(ReportDocument(self, version: version))
    return String(decoding: data, as: UTF8.self) + "\n"
  }
}

/// The report as it is written down.
private struct ReportDocument: Encodable {
  struct Output: Encodable {
    let name: String
    let shape: [Int]
    let value: [Double]
  }

  struct Input: Encodable {
    let name: String
    let shape: [Int]
    let value: [Double]
    /// How many gradients follow one another in the three lists below.
    let rows: Int
    let analytic: [Double]
    let numerical: [Double]
    let error_bound: [Double]
    let verdict: Verdict
    let worst: Worst?
  }

  struct Worst: Encodable {
    let row: Int?
    let index: [Int]
    let analytic: Double
    let numerical: Double
    let relative_error: Double
    let reason: Comparison.Reason?
  }

  struct Gate: Encodable {
    let id: String
    let gate: String
    let label: String
    let place: String?
    let verdict: Verdict
    let operand: Int?
  }

  struct Claim: Encodable {
    let of: String
    let with_respect_to: String
    let place: String?
    let verdict: Verdict
    let claimed: [Double]
    let numerical: [Double]
    let message: String?
  }

  struct Blame: Encodable {
    let gate: String
    let operand: Int?
    let message: String?
  }

  let schema = 1
  let tool: String
  let verdict: Verdict
  let function: String
  let output: Output
  let inputs: [Input]
  let gates: [Gate]
  let claims: [Claim]
  let blame: [Blame]
  let evaluations: Int
  let seconds: Double

  init(_ report: CheckReport, version: String) {
    tool = "gradcheck \(version)"
    verdict = report.verdict
    function = report.function
    output = Output(
      name: report.output.name, shape: report.output.value.shape.extents, value: report.output.value.elements)
    inputs = report.inputs.map { input in
      Input(
        name: input.name, shape: input.value.shape.extents, value: input.value.elements, rows: input.rowCount,
        analytic: input.comparisons.map(\.analytic), numerical: input.comparisons.map(\.numerical),
        error_bound: input.comparisons.map(\.errorBound), verdict: input.verdict,
        worst: input.worstFirst.first.map { position in
          let (row, index) = input.index(of: position)
          let comparison = input.comparisons[position]
          return Worst(
            row: row, index: index, analytic: comparison.analytic, numerical: comparison.numerical,
            relative_error: comparison.relativeError, reason: comparison.reason)
        })
    }
    gates = report.gates.map {
      Gate(
        id: $0.node.description, gate: $0.name, label: $0.label, place: $0.place?.description,
        verdict: $0.verdict, operand: $0.operand)
    }
    claims = report.claims.map {
      Claim(
        of: $0.of, with_respect_to: $0.withRespectTo, place: $0.place?.description, verdict: $0.verdict,
        claimed: $0.comparisons.map(\.analytic), numerical: $0.comparisons.map(\.numerical),
        message: $0.message)
    }
    blame = report.blame.map { Blame(gate: $0.node.description, operand: $0.operand, message: $0.message) }
    evaluations = report.evaluationCount
    seconds = report.seconds
  }
}
