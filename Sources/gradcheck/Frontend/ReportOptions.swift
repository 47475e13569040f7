internal import ArgumentParser
internal import GradientChecking

/// How a report is written, and where.
struct ReportOptions: ParsableArguments {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, junit, github
  }

  @Option(help: "How the report is written.")
  var format = Format.text

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where the report goes; standard output without it.", valueName: "file"))
  var output: String?

  @Flag(name: [.short, .long], help: "Print nothing; the exit status tells.")
  var quiet = false

  /// Writes the report of the formula in the file of the given name.
  func write(_ report: CheckReport, formula: String) throws {
    let text =
      switch format {
      case .text: report.text(colors: output == nil && showsColors)
      case .json: try report.json(version: Gradcheck.version)
      case .junit: report.junit(name: formula)
      case .github: report.github(file: formula.hasPrefix("<") ? nil : formula)
      }
    try write(text)
  }

  /// Writes a report's text to where it shall go.
  func write(_ text: String) throws {
    if let path = output {
      try Files.write(text, to: path)
    } else if !quiet {
      try gradcheck.output(text)
    }
  }
}
