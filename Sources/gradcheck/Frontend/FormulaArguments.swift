internal import ArgumentParser
internal import Diagrams
internal import FormulaLanguage
internal import Gradients

/// The function that a command works on.
struct FormulaArguments: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A formula, a file of them, or - for standard input.", valueName: "formula"))
  var formula: String

  @Argument(
    help: ArgumentHelp("Values for inputs: x=-2, w=[1, 2], x=load(\"x.npy\").", valueName: "name=value"))
  var values: [String] = []

  @Option(parsing: .unconditional, help: "The seed of random data.")
  var seed: UInt64 = 0

  @OptionGroup var programs: ProgramOptions

  /// Reads the formula, and says what is wrong with it on standard error.
  func parsed() throws -> Formula {
    try Self.parsed(formula, values, seed: seed, timeout: programs.timeout)
  }

  /// Reads a formula with values for its inputs.
  static func parsed(
    _ formula: String, _ values: [String], seed: UInt64 = 0, timeout: Double = ProgramOptions.usualTimeout
  ) throws -> Formula {
    try requireNoCommand(formula, values)
    let values = try assignments(values)
    let file = try Files.formula(formula)
    do {
      let source = try Source(name: file.name, utf8: file.bytes)
      return try Formula(parsing: source, replacing: values, directory: file.directory, seed: seed) {
        try ProgramOptions.open($0, in: file.directory, timeout: timeout)
      }
    } catch {
      throw failure(error.description, error.exitStatus)
    }
  }

  /// Refuses a formula that is a misspelt command, which would only be a name without a value.
  private static func requireNoCommand(_ formula: String, _ values: [String]) throws {
    let commands = Gradcheck.configuration.subcommands.map { $0._commandName }
    guard formula.allSatisfy(\.isLetter), !values.contains(where: { $0.hasPrefix("\(formula)=") }),
      let command = nearestName(to: formula, among: commands)
    else { return }
    throw misuse("there is no command '\(formula)'; did you mean '\(command)'?")
  }

  /// Refuses to write over the formula.
  func requireOther(_ outputs: String?...) throws {
    for output in outputs.compactMap(\.self) where Files.real(output) == Files.real(formula) {
      throw ValidationError("'\(output)' is the formula itself; give what is written another name")
    }
  }

  /// Where a picture of the formula comes from.
  func origin(of formula: Formula) throws -> Diagram.Origin {
    let name = formula.source.name
    return Diagram.Origin(
      file: name.hasPrefix("<") ? nil : Files.fromHere(name), values: try Self.assignments(values),
      seed: seed)
  }

  /// Reads values, of which no name may have two.
  static func assignments(_ texts: [String]) throws -> [(name: String, text: String)] {
    let values = try texts.map(assignment)
    for (position, value) in values.enumerated() {
      if let earlier = values[..<position].first(where: { $0.name == value.name }) {
        throw misuse(
          "'\(value.name)' is given twice, \(value.name)=\(earlier.text) and \(value.name)=\(value.text)")
      }
    }
    return values
  }

  private static func assignment(_ text: String) throws -> (name: String, text: String) {
    guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
      throw misuse("'\(text)' is not of the form NAME=VALUE; quote a formula that has spaces in it")
    }
    return (
      String(text[..<sign]).trimmingSpaces, String(text[text.index(after: sign)...]).trimmingSpaces
    )
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
