internal import ArgumentParser
internal import ExternalGates
internal import FormulaLanguage
internal import GradientChecking
internal import Gradients

/// Checks a function of another program.
struct External: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "external",
    abstract: "Check a function of another program, such as a numpy layer.",
    discussion: """
      The program serves its functions as docs/external-gates.md says; examples/python/chainrule_gates.py does it for numpy. \
      Without a function, what the program serves is listed.
      """)

  @Argument(help: ArgumentHelp("The program: \"python3 my_layers.py\".", valueName: "command"))
  var command: String

  @Argument(help: "The function.")
  var function: String?

  @Argument(
    help: ArgumentHelp("Its operands and options: \"x=randn(4,5)\", stride=2.", valueName: "name=value"))
  var values: [String] = []

  @Option(parsing: .unconditional, help: "The seed of random data.")
  var seed: UInt64 = 0

  @Option(parsing: .unconditional, help: "How far apart two gradients may be, relative to the larger one.")
  var tolerance = 1e-7

  @OptionGroup var programs: ProgramOptions
  @OptionGroup var report: ReportOptions

  func run() throws {
    let values = try FormulaArguments.assignments(values)
    let program: ExternalProgram
    do throws(ProgramFault) {
      program = try ProgramOptions.open(command, in: nil, timeout: programs.timeout)
    } catch {
      throw failure("gradcheck: \(error)", ExitStatus.badProgram)
    }
    guard let function else { return try list(program) }
    guard let card = program.cards.first(where: { $0.name == function }) else {
      let known = program.cards.map(\.name).joined(separator: ", ")
      throw misuse("'\(command)' serves no '\(function)'; it serves \(known)")
    }
    let operands = try operands(of: card, given: values)
    let formula = try formula(
      card, operands, options: values.filter { !card.operands.contains($0.name) }, program)
    var check = GradientCheck(formula, seed: seed)
    check.tolerance = tolerance
    check.gates = .whenWrong
    let result: CheckReport
    do {
      result = try check.run()
    } catch {
      try formula.requireSoundPrograms()
      throw failure("gradcheck: \(error)", ExitStatus.badFormula)
    }
    try formula.requireSoundPrograms()
    try report.write(result, formula: formula.source.name)
    throw result.verdict.exitStatus
  }

  /// What is served, each function with a command that checks it, or with why there is none.
  private func list(_ program: ExternalProgram) throws {
    for card in program.cards {
      try output("\(card.usage)\(card.summary.isEmpty ? "" : "  \(card.summary)")\n")
      guard let operands = GuessedOperands.operands(for: card) else { continue }
      let choices = [[], GuessedOperands.options(for: card)]
      guard let options = choices.first(where: { (try? parsed(card, operands, options: $0, program)) != nil })
      else {
        try output("    needs options, or other operands than its names tell\n")
        continue
      }
      let values = (operands + options).map { "\($0.name)=\($0.text)".shellQuoted }.joined(separator: " ")
      try output("    gradcheck external \(command.shellQuoted) \(card.name) \(values)\n")
    }
    if let fault = program.fault { throw failure("gradcheck: \(fault)", ExitStatus.badProgram) }
  }

  /// The values of all operands: those given, and guesses for the rest when none is given.
  private func operands(
    of card: GateCard, given: [(name: String, text: String)]
  ) throws -> [(name: String, text: String)] {
    let own = given.filter { card.operands.contains($0.name) }
    if own.isEmpty, let guesses = GuessedOperands.operands(for: card) { return guesses }
    if let missing = card.operands.first(where: { name in !own.contains { $0.name == name } }) {
      throw misuse("'\(card.name)' needs a value for '\(missing)': \(missing)=randn(4,5)")
    }
    return own
  }

  /// The function as a formula of one gate.
  private func formula(
    _ card: GateCard, _ operands: [(name: String, text: String)], options: [(name: String, text: String)],
    _ program: ExternalProgram
  ) throws -> Formula {
    do throws(FormulaError) {
      return try parsed(card, operands, options: options, program)
    } catch {
      throw failure(error.description, error.exitStatus)
    }
  }

  private func parsed(
    _ card: GateCard, _ operands: [(name: String, text: String)], options: [(name: String, text: String)],
    _ program: ExternalProgram
  ) throws(FormulaError) -> Formula {
    let arguments = card.operands + options.map { "\($0.name)=\($0.text)" }
    let text = "use \(OptionValue.text(command).text)\n\(card.name)(\(arguments.joined(separator: ", ")))\n"
    return try Formula(
      parsing: Source(name: "<\(card.name)>", text: text), replacing: operands, seed: seed
    ) { _ in program }
  }
}

extension String {
  /// The text as one word of a shell.
  fileprivate var shellQuoted: String {
    "'\(split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#))'"
  }
}
