internal import ArgumentParser
internal import Diagrams
internal import Gradients

/// Compares stored diagrams with what their formulas give now.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Compare stored diagrams with what their formulas give now.",
    discussion: """
      A diagram carries its formula, its graph and its numbers. Its formula is evaluated again: the file that it was \
      drawn from where that is still there, else the text inside. With formulas among the paths, a formula without \
      a diagram and a diagram without its formula fail as well. Nothing is written, but for what options ask for.

      Exit status: 0 all agree, 1 a diagram differs or a gradient disagrees, 2 a gradient could not be decided, \
      65 a file is no diagram, cut off, damaged or of a newer version, 69 a program of a formula failed, 74 a file could not be read.
      """)

  @OptionGroup var paths: StoredPaths
  @OptionGroup var report: ReportOptions

  @Option(
    name: .customLong("report"),
    help: ArgumentHelp("Show what differs, old beside new, on a page.", valueName: "file.html"))
  var page: String?

  @Flag(name: .customLong("no-check"), help: "Do not check the gradients.")
  var leavesGradients = false

  @Flag(help: "Leave the present picture of a diagram that differs beside it, as NAME.new.svg.")
  var writeNew = false

  func validate() throws {
    if let page, !page.hasSuffix(".html") { throw ValidationError("--report: '\(page)' must end in .html") }
  }

  func run() throws {
    var verification = try paths.verification(checksGradients: !leavesGradients)
    let result = VerificationReport(outcomes: verification.run(), foreignCount: verification.foreignCount)
    if writeNew {
      for outcome in result.outcomes where outcome.differs {
        if let text = try outcome.presentText() { try Files.write(text, to: Files.new(outcome.path)) }
      }
    }
    if let page { try Files.write(try result.page(), to: page) }
    try report.write(result)
    throw result.exitStatus
  }
}

/// The diagrams that a command looks at, and how.
struct StoredPaths: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Stored diagrams (.svg, .dot, .html), formulas (.grad), folders of them, or patterns.",
      valueName: "path"))
  var paths: [String]

  @Option(parsing: .unconditional, help: "How far apart two numbers may be, relative to the larger one.")
  var tolerance = 1e-9

  @Flag(help: "Compare the bytes of the files as well: for one version of Graphviz.")
  var bytes = false

  func validate() throws {
    guard tolerance >= 0, tolerance < 1 else {
      throw ValidationError(
        "--tolerance must be at least 0 and less than 1, not \(NumberText.exact(tolerance))")
    }
  }

  func verification(checksGradients: Bool) throws -> Verification {
    var verification = Verification(try StoredFiles(paths), checksGradients: checksGradients)
    verification.tolerance = tolerance
    verification.comparesBytes = bytes
    return verification
  }
}

extension ReportOptions {
  /// Writes what a verification found.
  func write(_ report: VerificationReport) throws {
    switch format {
    case .text: try write(report.text(colors: output == nil && showsColors))
    case .json: try write(report.json(version: Gradcheck.version))
    case .junit: try write(report.junit())
    case .github: try write(report.github())
    }
  }
}
