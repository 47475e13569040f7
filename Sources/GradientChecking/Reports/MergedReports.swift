internal import Gradients

extension CheckReport {
  /// Joins reports of parts of one check, element by element.
  ///
  /// - Throws: ``MergeError`` when the reports are of different functions, or differ in an element that several hold.
  public init(merging reports: [CheckReport]) throws(MergeError) {
    guard let first = reports.first else { throw MergeError("there is no report to merge") }
    for report in reports.dropFirst() {
      try report.requireSame(
        function: first.function, output: first.output, rows: first.rows, settings: first.settings)
      guard report.inputNames == first.inputNames else {
        throw MergeError(
          "the reports check different inputs: \(first.inputNames.listed), and \(report.inputNames.listed)")
      }
    }
    var inputs: [Input] = []
    for name in first.inputNames {
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
      gates: whole.gates, claims: whole.claims, settings: first.settings, shards: [],
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

  /// The names of the inputs that were checked.
  private var inputNames: [String] { inputs.map(\.name) }

  /// Throws unless a check of the given inputs, or of a part of their elements, can go on from this report without
  /// losing an element of it.
  func requireResumable(inputs: [GradientCheck.Input], shard: Shard?) throws(MergeError) {
    for report in self.inputs {
      guard let input = inputs.first(where: { $0.name == report.name }) else {
        throw MergeError(
          "it holds the gradient of '\(report.name)', and this run checks \(inputs.map(\.name).listed) alone")
      }
      guard report.value.isIdentical(to: input.value) else {
        throw MergeError("the reports are of different points: '\(input.name)' is not the same")
      }
    }
    if let shard, shards != [shard] {
      let held =
        shards.isEmpty
        ? "all parts" : shards.map { "part \($0.number) of \($0.count)" }.joined(separator: " and ")
      throw MergeError(
        "it holds \(held), and this run checks part \(shard.number) of \(shard.count): run each part by itself, "
          + "and join the reports with 'gradcheck merge'")
    }
  }

  /// Throws unless this is a report of the given function at the same point, made with the same settings.
  func requireSame(
    function: String, output: Output, rows: [OutputRow], settings: Settings
  ) throws(MergeError) {
    func shortened(_ text: String) -> String { text.count > 60 ? text.prefix(57) + "..." : text }
    guard self.function == function else {
      throw MergeError(
        "the reports are of different functions: '\(shortened(function))' and '\(shortened(self.function))'")
    }
    guard self.output.name == output.name, self.output.value.isIdentical(to: output.value) else {
      throw MergeError("the reports are of different points: the output is not the same")
    }
    guard self.settings.seed == settings.seed, self.rows == rows else {
      throw MergeError("the reports have different seeds: \(settings.seed) and \(self.settings.seed)")
    }
    guard self.settings.tolerance == settings.tolerance else {
      let (one, other) = (NumberText.exact(settings.tolerance), NumberText.exact(self.settings.tolerance))
      throw MergeError("the reports have different tolerances: \(one) and \(other)")
    }
    guard self.settings.method == settings.method else {
      throw MergeError(
        "the reports have different methods: \(settings.method.rawValue) and \(self.settings.method.rawValue)"
      )
    }
    guard self.settings.sample == settings.sample else {
      let samples = [settings.sample, self.settings.sample].map { $0.map { "\($0)" } ?? "all" }
      throw MergeError(
        "the reports have samples of different sizes: \(samples[0]) and \(samples[1]) elements of each input")
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

extension [String] {
  /// All of them, quoted.
  fileprivate var listed: String { map { "'\($0)'" }.joined(separator: ", ") }
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
          let index = first.value.shape.index(of: element).bracketed
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
