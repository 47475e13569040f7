internal import ArgumentParser
internal import GradientChecking

/// Joins the reports of the parts of a check.
struct Merge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Join the reports of the parts of a check.",
    discussion: "Reports of different functions, points, inputs or settings are refused.")

  @Argument(help: ArgumentHelp("Reports, as 'check --format json' writes them.", valueName: "report.json"))
  var reports: [String]

  @OptionGroup var report: ReportOptions

  func run() throws {
    let parts = try reports.map { try Files.report($0) }
    let merged: CheckReport
    do throws(MergeError) {
      merged = try CheckReport(merging: parts)
    } catch {
      throw failure("gradcheck: \(error)", ExitStatus.badFormula)
    }
    try report.write(merged, formula: reports[0])
    throw merged.verdict.exitStatus
  }
}
