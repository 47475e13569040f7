internal import ArgumentParser
internal import FormulaLanguage
internal import GradientChecking
internal import Gradients

/// Checks every gradient of a function.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Check every gradient (the default).")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  @OptionGroup var function: FormulaArguments

  @Option(help: "Check these inputs only: x,w.")
  var wrt: String?

  @Option(help: "How far apart two gradients may be, relative to the larger one.")
  var tolerance = 1e-7

  @Option(help: "How the report is written.")
  var format = Format.text

  @Flag(name: [.short, .long], help: "Print nothing; the exit status tells.")
  var quiet = false

  func validate() throws {
    guard tolerance > 0, tolerance < 1 else {
      throw ValidationError("--tolerance must lie between 0 and 1, not \(NumberText.exact(tolerance))")
    }
  }

  func run() throws {
    let formula = try function.parsed()
    var check = GradientCheck(formula, seed: function.seed)
    check.tolerance = tolerance
    check.only = try wrt.map { try names($0, among: formula) }
    let report: CheckReport
    do {
      report = try check.run()
    } catch {
      throw failure("\(formula.source.name): error: \(error)", ExitStatus.badFormula)
    }
    if !quiet {
      switch format {
      case .text: try output(report.text(colors: showsColors))
      case .json: try output(report.json(version: Gradcheck.version))
      }
    }
    throw report.verdict.exitStatus
  }

  private func names(_ list: String, among formula: Formula) throws -> [String] {
    let names = list.split(separator: ",").map(String.init)
    let known = formula.inputs.map(\.name)
    for name in names where !known.contains(name) {
      throw ValidationError(
        "--wrt: there is no input '\(name)'; the inputs are \(known.joined(separator: ", "))")
    }
    return names
  }
}

extension GradientCheck {
  /// The check of a formula: its inputs, its output and its claims.
  init(_ formula: Formula, seed: UInt64) {
    self.init(
      formula.claimGraph,
      inputs: formula.inputs.map { Input(name: $0.name, node: $0.node, value: $0.value) },
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
