internal import Gradients

extension CheckReport {
  /// Joins reports of parts of one check, element by element.
  ///
  /// - Throws: ``MergeError`` when the reports are of different functions, or differ in an element that several hold.
  public init(merging reports: [CheckReport]) throws(MergeError) {
    guard let first = reports.first else { throw MergeError("there is no report to merge") }
    for report in reports.dropFirst() {
      try report.requireSame(
        function: first.function, output: first.output, rows: first.rows, seed: first.seed)
    }
    var names: [String] = []
    for report in reports {
      for input in report.inputs where !names.contains(input.name) { names.append(input.name) }
    }
    var inputs: [Input] = []
    for name in names {
      inputs.append(
        try Input(merging: reports.compactMap { report in report.inputs.first { $0.name == name } }))
    }
    // What every part holds is the same in each that came to its end; where some elements are not right, more is asked of
    // the gates than where all of them are.
    let finished = reports.filter { !$0.isPartial }
    let whole = (finished.isEmpty ? reports : finished).worst ?? first
    self.init(
      function: first.function, output: first.output, rows: first.rows, inputs: inputs,
      directions: whole.directions,
      gates: whole.gates, claims: whole.claims, seed: first.seed, shards: [],
      isPartial: false, evaluationCount: reports.map(\.evaluationCount).reduce(0, +),
      seconds: reports.map(\.seconds).reduce(0, +))
    let shards = reports.flatMap(\.shards)
    guard let count = shards.first?.count, reports.allSatisfy({ !$0.shards.isEmpty }) else {
      isPartial = reports.contains(where: \.isPartial)
      return
    }
    guard shards.allSatisfy({ $0.count == count }) else {
      throw MergeError(
        "the reports are parts of different divisions: of \(count), and of \(shards.first { $0.count != count }?.count ?? 0)"
      )
    }
    let numbers = Set(shards.map(\.number))
    let isComplete = numbers.count == count
    self.shards = isComplete ? [] : numbers.sorted().compactMap { Shard($0, of: count) }
    // One part of several is not the check either.
    let isFinished =
      (isComplete || numbers.count > 1)
      && numbers.allSatisfy { number in
        reports.contains { $0.shards.contains { $0.number == number } && !$0.isPartial }
      }
    isPartial = !isFinished
  }

  /// Throws unless this is a report of the given function at the given inputs.
  func requireSame(
    function: String, output: Output, rows: [OutputRow], inputs: [GradientCheck.Input]? = nil, seed: UInt64
  ) throws(MergeError) {
    func shortened(_ text: String) -> String { text.count > 60 ? text.prefix(57) + "..." : text }
    guard self.function == function else {
      throw MergeError(
        "the reports are of different functions: '\(shortened(function))' and '\(shortened(self.function))'")
    }
    guard self.output.name == output.name, self.output.value.isIdentical(to: output.value) else {
      throw MergeError("the reports are of different points: the output is not the same")
    }
    guard self.seed == seed, self.rows == rows else {
      throw MergeError("the reports have different seeds: \(seed) and \(self.seed)")
    }
    for input in inputs ?? [] {
      guard let own = self.inputs.first(where: { $0.name == input.name }) else { continue }
      guard own.value.isIdentical(to: input.value) else {
        throw MergeError("the reports are of different points: '\(input.name)' is not the same")
      }
    }
  }
}

/// Reports that do not belong together.
public struct MergeError: Error, CustomStringConvertible {
  /// What differs, in words.
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}

extension [CheckReport] {
  /// The first of those whose inputs have the worst verdict.
  fileprivate var worst: CheckReport? {
    let verdicts = map { $0.inputs.lazy.map(\.verdict).worst }
    return verdicts.firstIndex(of: verdicts.worst).map { self[$0] }
  }
}

extension CheckReport.Input {
  fileprivate init(merging parts: [CheckReport.Input]) throws(MergeError) {
    let first = parts[0]
    var columns: [Int: [Comparison]] = [:]
    for part in parts {
      guard part.value.isIdentical(to: first.value) else {
        throw MergeError("the reports are of different points: '\(first.name)' is not the same")
      }
      for (position, element) in part.elements.enumerated() {
        let column = stride(from: position, to: part.comparisons.count, by: part.elements.count).map {
          part.comparisons[$0]
        }
        if let known = columns[element], !zip(known, column).allSatisfy({ $0.isIdentical(to: $1) }) {
          let index = bracketed(first.value.shape.index(of: element))
          throw MergeError("two reports differ at \(first.name)\(index)")
        }
        columns[element] = column
      }
    }
    let elements = columns.keys.sorted()
    let rowCount = columns.values.first?.count ?? 0
    var comparisons: [Comparison] = []
    for row in 0..<rowCount {
      for element in elements { comparisons += columns[element].map { [$0[row]] } ?? [] }
    }
    self.init(name: first.name, value: first.value, elements: elements, comparisons: comparisons)
  }
}

extension Comparison {
  /// Whether both hold the same bits.
  func isIdentical(to other: Comparison) -> Bool {
    analytic.bitPattern == other.analytic.bitPattern && numerical.bitPattern == other.numerical.bitPattern
      && errorBound.bitPattern == other.errorBound.bitPattern && verdict == other.verdict
      && reason == other.reason
  }
}
