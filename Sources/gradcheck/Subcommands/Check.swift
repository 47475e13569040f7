public import ArgumentParser
internal import Diagrams
internal import FormulaLanguage
public import GradientChecking
internal import Gradients

/// Checks every gradient of a function.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check every gradient (the default).")

  @OptionGroup var function: FormulaArguments
  @OptionGroup var report: ReportOptions

  @Option(help: "Check these inputs only: x,w.")
  var wrt: String?

  @Option(
    help: """
      How numerical gradients are found: by finite differences (central), by the complex step (complex), or by \
      differences and, where they leave something in doubt, the complex step (auto).
      """)
  var method = CheckMethod.auto

  @Option(parsing: .unconditional, help: "How far apart two gradients may be, relative to the larger one.")
  var tolerance = 1e-7

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Check so many elements of each input, drawn with the seed.", valueName: "count"))
  var sample: Int?

  @Option(
    help: ArgumentHelp(
      "Check part I of N; without it an array job's environment decides.", valueName: "I/N"))
  var shard: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many cores share the work; all of them without it.", valueName: "count"))
  var jobs: Int?

  @Option(help: ArgumentHelp("Go on with a check that was stopped.", valueName: "report.json"))
  var resume: String?

  @Option(help: ArgumentHelp("Print the evidence for one element: x, w[0,1].", valueName: "element"))
  var explain: String?

  @Option(help: ArgumentHelp("Draw the error of that element against the step.", valueName: "file.svg"))
  var plotEvidence: String?

  @Option(
    help: ArgumentHelp(
      "Draw the graph, with the gates and claims that are wrong marked.", valueName: "file.svg"))
  var diagram: String?

  func validate() throws {
    guard tolerance > 0, tolerance < 1 else {
      throw ValidationError("--tolerance must lie between 0 and 1, not \(NumberText.exact(tolerance))")
    }
    if let jobs, jobs < 1 { throw ValidationError("--jobs must be at least 1, not \(jobs)") }
    if let sample, sample < 1 { throw ValidationError("--sample must be at least 1, not \(sample)") }
    for (option, path) in [("--plot-evidence", plotEvidence), ("--diagram", diagram)] {
      if let path, !path.hasSuffix(".svg") { throw ValidationError("\(option): '\(path)' must end in .svg") }
    }
    if plotEvidence != nil, explain == nil {
      throw ValidationError("--plot-evidence needs --explain, which says of which element")
    }
    if explain != nil {
      if report.format != .text, report.format != .json {
        throw ValidationError("--explain gives text or json; --format \(report.format) does not go with it")
      }
      for (option, isGiven) in [
        ("--diagram", diagram != nil), ("--resume", resume != nil), ("--sample", sample != nil),
        ("--shard", shard != nil),
      ] where isGiven {
        throw ValidationError("--explain looks at one element; \(option) does not go with it")
      }
    }
    try function.requireOther(report.output, diagram, plotEvidence)
    if let shard, Shards.parse(shard) == nil {
      throw ValidationError("--shard: '\(shard)' is not of the form I/N with I from 1 to N, such as 2/8")
    }
  }

  func run() throws {
    let formula = try function.parsed()
    var check = GradientCheck(formula, seed: function.seed)
    check.tolerance = tolerance
    check.method = method
    check.sample = sample
    check.jobs = jobs ?? coreCount
    check.shard = try shard.flatMap(Shards.parse) ?? Shards.ofEnvironment()
    if check.shard == nil, !report.quiet, let warning = Shards.warning() { tell("gradcheck: \(warning)") }
    check.only = try wrt.map { try names($0, among: formula) }
    check.resumed = try resume.map { try Files.report($0) }
    if let explain { return try explainElement(explain, check, formula) }
    Interruption.watch()
    check.shouldStop = { Interruption.isPending }
    let meter = ProgressMeter()
    check.progress = { done, count in meter.show(done, of: count) }
    check.gateProgress = { done, count in meter.show(gates: done, of: count) }
    let result: CheckReport
    do {
      result = try check.run()
      meter.clear()
    } catch let error as MergeError {
      throw failure("gradcheck: '\(resume ?? "")' is of another check: \(error)", ExitStatus.badFormula)
    } catch {
      meter.clear()
      try formula.requireSoundPrograms()
      throw failure(formula.text(of: error), ExitStatus.badFormula)
    }
    try formula.requireSoundPrograms()
    try report.write(result, formula: formula.source.name)
    if result.isPartial, !report.quiet { tell("gradcheck: stopped before its end; \(resumption)") }
    if let diagram { try Files.write(picture(formula, result), to: diagram) }
    throw result.verdict.exitStatus
  }

  /// How a check that was stopped goes on.
  private var resumption: String {
    if report.format == .json, let path = report.output { return "--resume \(path) goes on from there" }
    return "--resume FILE goes on from a report that was written with --format json -o FILE"
  }

  /// The graph with the gates and the claimed gradients marked that do not agree.
  private func picture(_ formula: Formula, _ report: CheckReport) throws -> String {
    var marks = Diagram.Marks()
    for gate in report.gates where gate.verdict != .agree {
      let place = gate.place.map { " at \($0)" } ?? ""
      marks.gates[gate.node] = Diagram.Mark(
        verdict: gate.verdict.rawValue, subject: "\(gate.subject(in: formula.graph))\(place)",
        numbers: gate.numbers,
        text: gate.words)
    }
    for (claim, finding) in zip(formula.claims, report.claims) where finding.verdict != .agree {
      let node = claim.withRespectTo.node
      guard marks.values[node] == nil else { continue }
      marks.values[node] = Diagram.Mark(
        verdict: finding.verdict.rawValue, subject: finding.subject, numbers: finding.numbers,
        text: finding.words)
    }
    return try formula.picture(origin: function.origin(of: formula), marks: marks).svgText()
  }

  // MARK: - One element

  private func explainElement(_ text: String, _ check: GradientCheck, _ formula: Formula) throws {
    let (input, element) = try self.element(text, among: check.inputs)
    let shape = check.graph.shape(of: check.output.node)
    guard shape.count > 0 else {
      throw misuse("--explain: '\(check.output.name)' has no elements: its shape is \(shape)")
    }
    let explanation: Explanation
    do {
      explanation = try check.explanation(of: input, element: element)
    } catch {
      try formula.requireSoundPrograms()
      throw failure(formula.text(of: error), ExitStatus.badFormula)
    }
    try formula.requireSoundPrograms()
    if let plotEvidence { try Files.write(explanation.svg, to: plotEvidence) }
    try report.write(
      report.format == .json
        ? explanation.json(version: Gradcheck.version)
        : explanation.text(colors: report.output == nil && showsColors))
    throw explanation.verdict.exitStatus
  }

  /// Reads `w[0,1]`.
  private func element(
    _ text: String, among inputs: [GradientCheck.Input]
  ) throws -> (GradientCheck.Input, Int) {
    let name = text.prefix { $0 != "[" }
    guard let input = inputs.first(where: { $0.name == name }) else {
      let known = inputs.map(\.name).joined(separator: ", ")
      throw misuse("--explain: there is no input '\(name)'; the inputs are \(known)")
    }
    let shape = input.value.shape
    guard shape.count > 0 else { throw misuse("--explain: '\(name)' has no elements: its shape is \(shape)") }
    let rest = text.dropFirst(name.count)
    guard !rest.isEmpty || shape.rank > 0 else { return (input, 0) }
    let numbers = rest.dropFirst().dropLast().split(separator: ",").map { part in
      Int(part.filter { $0 != " " })
    }
    let index = numbers.compactMap(\.self)
    guard rest.first == "[", rest.last == "]", index.count == numbers.count, index.count == shape.rank,
      zip(index, shape.extents).allSatisfy({ (0..<$1).contains($0) })
    else {
      let last = shape.extents.map { String($0 - 1) }.joined(separator: ",")
      throw misuse(
        shape.rank == 0
          ? "--explain: '\(name)' is a single number; write --explain \(name)"
          : "--explain: '\(text)' is no element of '\(name)', whose last one is \(name)[\(last)]")
    }
    return (input, zip(index, shape.strides).reduce(0) { $0 + $1.0 * $1.1 })
  }

  private func names(_ list: String, among formula: Formula) throws -> [String] {
    let names = list.split(separator: ",").map(String.init)
    let known = formula.inputs.map(\.name)
    guard !names.isEmpty else {
      throw misuse("--wrt names no input; the inputs are \(known.joined(separator: ", "))")
    }
    for name in names where !known.contains(name) {
      throw misuse(
        "--wrt: there is no input '\(name)'; the inputs are \(known.joined(separator: ", "))")
    }
    return names
  }
}

extension CheckMethod: ExpressibleByArgument {}

extension GradientCheck {
  /// The check of a formula: its inputs, its output and its claims.
  init(_ formula: Formula, seed: UInt64) {
    self.init(
      formula.claimGraph,
      inputs: formula.inputs.map {
        Input(name: $0.name, node: $0.node, value: $0.value, hasOpenShape: $0.hasOpenShape)
      },
      output: (formula.outputName, formula.output))
    function = formula.source.text
    claims = formula.claims.map {
      Claim(
        of: ($0.of.name, $0.of.node), withRespectTo: ($0.withRespectTo.name, $0.withRespectTo.node),
        value: $0.value, place: $0.place)
    }
    self.seed = seed
  }
}
