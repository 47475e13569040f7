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
    try JSONEncoder.ofReports.text(of: ReportDocument(self, version: version))
  }

  /// Reads a report for machines.
  ///
  /// - Throws: ``ReportError`` when it is none, or of another schema.
  public init(json: some Collection<UInt8>) throws {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    let document: ReportDocument
    do {
      document = try decoder.decode(ReportDocument.self, from: Data(json))
    } catch let error as DecodingError {
      throw ReportError("it is no report of gradcheck: \(error.summary)")
    }
    guard document.schema == 1 else {
      throw ReportError("it is a report of schema \(document.schema), and this version reads schema 1")
    }
    try self.init(document)
  }
}

extension JSONEncoder {
  /// For what machines read: keys in alphabetical order, and strings for numbers that JSON cannot hold.
  static var ofReports: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return encoder
  }

  func text(of document: some Encodable) throws -> String {
    String(decoding: try encode(document), as: UTF8.self) + "\n"
  }
}

/// A text that is no report.
public struct ReportError: Error, CustomStringConvertible {
  /// What is wrong with it, in words.
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// The report as it is written down.
private struct ReportDocument: Codable {
  struct Output: Codable {
    let name: String
    let shape: [Int]
    let value: [Double]
  }

  struct Input: Codable {
    let name: String
    let shape: [Int]
    let value: [Double]
    /// The elements that were checked, unless all were.
    let elements: [Int]?
    /// How many gradients follow one another in the three lists below.
    let rows: Int
    let analytic: [Double]
    let numerical: [Double]
    let error_bound: [Double]
    let verdict: Verdict
    let worst: Worst?
    /// The comparisons that are no plain agreement, by their position in the lists.
    let exceptions: [Exception]
  }

  struct Exception: Codable {
    let position: Int
    let verdict: Verdict
    let reason: Comparison.Reason?
  }

  struct Worst: Codable {
    let row: String?
    let index: [Int]
    let analytic: Double
    let numerical: Double
    let relative_error: Double
    let reason: Comparison.Reason?
  }

  struct Row: Codable {
    let element: Int?
    let seed: UInt64?
  }

  struct Joint: Codable {
    let direction: String
    let analytic: [Double]
    let numerical: [Double]
    let error_bound: [Double]
    let verdict: Verdict
    let exceptions: [Exception]
  }

  struct Gate: Codable {
    let id: String
    let gate: String
    let label: String
    let place: String?
    let verdict: Verdict
    let operand: Int?
    let message: String?
    let diagnosis: Diagnosis.Kind?
    let explanation: String?
    let analytic: Double?
    let numerical: Double?
    /// True, or left out.
    let sampled: Bool?
  }

  struct Claim: Codable {
    let of: String
    let with_respect_to: String
    let shape: [Int]
    let place: String?
    let verdict: Verdict
    let claimed: [Double]
    let numerical: [Double]
    let error_bound: [Double]
    let exceptions: [Exception]
    let message: String?
    let diagnosis: Diagnosis.Kind?
    let explanation: String?
  }

  struct Blame: Codable {
    let gate: String
    let operand: Int?
    let diagnosis: Diagnosis.Kind?
    let message: String?
  }

  struct Shard: Codable {
    let number: Int
    let count: Int
  }

  let schema: Int
  let tool: String
  let verdict: Verdict
  let function: String
  let output: Output
  let rows: [Row]
  let inputs: [Input]
  let directions: [Joint]
  let gates: [Gate]
  let claims: [Claim]
  let blame: [Blame]
  let note: String?
  let tolerance: Double
  let method: CheckMethod
  let seed: UInt64
  let sample: Int?
  let shards: [Shard]
  let partial: Bool
  let evaluations: Int
  let seconds: Double
}

extension ReportDocument {
  init(_ report: CheckReport, version: String) {
    schema = 1
    tool = "gradcheck \(version)"
    verdict = report.verdict
    function = report.function
    output = Output(
      name: report.output.name, shape: report.output.value.shape.extents, value: report.output.value.elements)
    rows = report.rows.map { row in
      switch row {
      case .element(let element): Row(element: element, seed: nil)
      case .direction(let seed): Row(element: nil, seed: seed)
      case .sum, .weighted: Row(element: nil, seed: nil)
      }
    }
    inputs = report.inputs.map { input in
      Input(
        name: input.name, shape: input.value.shape.extents, value: input.value.elements,
        elements: input.isSampled ? input.elements : nil, rows: report.rows.count,
        analytic: input.comparisons.map(\.analytic), numerical: input.comparisons.map(\.numerical),
        error_bound: input.comparisons.map(\.errorBound), verdict: input.verdict,
        worst: input.worstFirst.first.map { position in
          let (row, element) = input.position(of: position)
          let comparison = input.comparisons[position]
          return Worst(
            row: report.rows.count > 1
              ? report.rows[row].text(report.output.name, report.output.value.shape) : nil,
            index: input.value.shape.index(of: element), analytic: comparison.analytic,
            numerical: comparison.numerical, relative_error: comparison.relativeError,
            reason: comparison.reason)
        }, exceptions: input.comparisons.exceptions)
    }
    directions = report.joints.map {
      Joint(
        direction: $0.name, analytic: $0.comparisons.map(\.analytic),
        numerical: $0.comparisons.map(\.numerical),
        error_bound: $0.comparisons.map(\.errorBound), verdict: $0.verdict,
        exceptions: $0.comparisons.exceptions)
    }
    gates = report.gates.map {
      Gate(
        id: $0.node.description, gate: $0.name, label: $0.label, place: $0.place?.description,
        verdict: $0.verdict, operand: $0.operand, message: $0.message, diagnosis: $0.diagnosis?.kind,
        explanation: $0.diagnosis?.message, analytic: $0.analytic, numerical: $0.numerical,
        sampled: $0.isSampled ? true : nil)
    }
    claims = report.claims.map {
      Claim(
        of: $0.of, with_respect_to: $0.withRespectTo, shape: $0.shape.extents, place: $0.place?.description,
        verdict: $0.verdict, claimed: $0.comparisons.map(\.analytic),
        numerical: $0.comparisons.map(\.numerical),
        error_bound: $0.comparisons.map(\.errorBound), exceptions: $0.comparisons.exceptions,
        message: $0.message,
        diagnosis: $0.diagnosis?.kind, explanation: $0.diagnosis?.message)
    }
    blame = report.blame.map {
      Blame(
        gate: $0.node.description, operand: $0.operand, diagnosis: $0.diagnosis?.kind,
        message: $0.diagnosis?.message ?? $0.message)
    }
    note = report.discord
    tolerance = report.settings.tolerance
    method = report.settings.method
    seed = report.settings.seed
    sample = report.settings.sample
    shards = report.shards.map { Shard(number: $0.number, count: $0.count) }
    partial = report.isPartial
    evaluations = report.evaluationCount
    seconds = report.seconds
  }
}

extension CheckReport {
  fileprivate init(_ document: ReportDocument) throws {
    func tensor(_ shape: [Int], _ elements: [Double], _ name: String) throws -> Tensor {
      let shape = try? Shape(validating: shape)
      guard let shape, shape.count == elements.count else {
        throw ReportError("'\(name)' has \(elements.count) values, which do not fill its shape")
      }
      return Tensor(shape: shape, elements: elements)
    }
    func comparisons(
      _ name: String, _ analytic: [Double], _ numerical: [Double], _ bounds: [Double],
      _ exceptions: [ReportDocument.Exception], count: Int? = nil
    ) throws -> [Comparison] {
      let count = count ?? analytic.count
      guard analytic.count == count, numerical.count == count, bounds.count == count else {
        throw ReportError("'\(name)' has lists of different lengths")
      }
      var verdicts: [Int: ReportDocument.Exception] = [:]
      for exception in exceptions { verdicts[exception.position] = exception }
      return analytic.indices.map {
        Comparison(
          analytic: analytic[$0], numerical: numerical[$0], errorBound: bounds[$0],
          verdict: verdicts[$0]?.verdict ?? .agree, reason: verdicts[$0]?.reason)
      }
    }
    let inputs = try document.inputs.map { input in
      let value = try tensor(input.shape, input.value, input.name)
      let elements = input.elements ?? Array(0..<value.shape.count)
      guard elements.allSatisfy((0..<value.shape.count).contains) else {
        throw ReportError("'\(input.name)' lists an element that it does not have")
      }
      return Input(
        name: input.name, value: value, elements: elements,
        comparisons: try comparisons(
          input.name, input.analytic, input.numerical, input.error_bound, input.exceptions,
          count: elements.count * document.rows.count))
    }
    self.init(
      function: document.function,
      output: Output(
        name: document.output.name,
        value: try tensor(document.output.shape, document.output.value, document.output.name)),
      rows: document.rows.map { row in
        row.element.map { .element($0) } ?? row.seed.map { .direction(seed: $0) } ?? .sum
      },
      inputs: inputs,
      directions: try document.directions.map {
        Joint(
          name: $0.direction,
          comparisons: try comparisons($0.direction, $0.analytic, $0.numerical, $0.error_bound, $0.exceptions)
        )
      },
      gates: try document.gates.map {
        guard $0.id.first == "n", let index = Int($0.id.dropFirst()) else {
          throw ReportError("'\($0.id)' is no place of a gate")
        }
        return Gate(
          node: NodeID(index: index), name: $0.gate, label: $0.label,
          place: $0.place.flatMap(Graph.Place.init),
          verdict: $0.verdict, operand: $0.operand, message: $0.message,
          diagnosis: Diagnosis($0.diagnosis, $0.explanation), analytic: $0.analytic, numerical: $0.numerical,
          isSampled: $0.sampled ?? false)
      },
      claims: try document.claims.map {
        Claim(
          of: $0.of, withRespectTo: $0.with_respect_to, place: $0.place.flatMap(Graph.Place.init),
          comparisons: try comparisons($0.of, $0.claimed, $0.numerical, $0.error_bound, $0.exceptions),
          shape: (try? Shape(validating: $0.shape)) ?? .scalar, verdict: $0.verdict, message: $0.message,
          diagnosis: Diagnosis($0.diagnosis, $0.explanation))
      },
      settings: Settings(
        tolerance: document.tolerance, method: document.method, seed: document.seed, sample: document.sample),
      shards: document.shards.compactMap { Shard($0.number, of: $0.count) },
      isPartial: document.partial, evaluationCount: document.evaluations, seconds: document.seconds)
  }
}

extension [Comparison] {
  fileprivate var exceptions: [ReportDocument.Exception] {
    enumerated().filter { $0.element.verdict != .agree || $0.element.reason != nil }.map {
      .init(position: $0.offset, verdict: $0.element.verdict, reason: $0.element.reason)
    }
  }
}

extension Diagnosis {
  fileprivate init?(_ kind: Kind?, _ message: String?) {
    guard let kind, let message else { return nil }
    self.init(kind: kind, message: message)
  }
}

extension Graph.Place {
  /// Reads `line:column`.
  fileprivate init?(_ text: String) {
    let parts = text.split(separator: ":").compactMap { Int($0) }
    guard parts.count == 2 else { return nil }
    self.init(line: parts[0], column: parts[1])
  }
}

extension DecodingError {
  /// What is wrong, and where, in a few words.
  fileprivate var summary: String {
    func path(_ context: Context) -> String {
      context.codingPath.isEmpty
        ? "" : " in '\(context.codingPath.map(\.stringValue).joined(separator: "."))'"
    }
    return switch self {
    case .keyNotFound(let key, let context): "'\(key.stringValue)' is missing\(path(context))"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "a value is of the wrong kind\(path(context))"
    case .dataCorrupted(let context): "it cannot be read\(path(context))"
    @unknown default: "it cannot be read"
    }
  }
}
