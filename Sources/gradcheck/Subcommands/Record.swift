internal import ArgumentParser

/// Accepts what changed: draws the diagrams again that differ.
struct Record: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Draw the stored diagrams again that differ.",
    discussion: """
      Each is drawn as it was, in its style, theme and precision, and replaced at once; one that does not differ is not \
      touched. What cannot be drawn, and a formula without a diagram, is said and left.

      Exit status: 0 all diagrams are up to date, 1 something is left that differs, or would be with --dry-run, \
      65 a file is no diagram or a formula is wrong, 74 a file could not be read or written.
      """)

  @OptionGroup var paths: StoredPaths

  @Flag(help: "Say what would change, and write nothing.")
  var dryRun = false

  @Flag(name: [.short, .long], help: "Print nothing; the exit status tells.")
  var quiet = false

  func run() throws {
    // A gradient that is wrong is no reason to keep an old picture; 'verify' tells.
    var verification = try paths.verification(checksGradients: false)
    var outcomes = verification.run()
    var recorded = 0
    for (position, outcome) in outcomes.enumerated() where outcome.differs {
      recorded += 1
      guard !dryRun, let text = try outcome.presentText() else { continue }
      try Files.write(text, to: outcome.path)
      try Files.remove(Files.new(outcome.path))
      if !quiet {
        for finding in outcome.findings { try output("\(outcome.path): \(finding.message)\n") }
      }
      outcomes[position].findings = []
    }
    let rest = VerificationReport(outcomes: outcomes)
    if !quiet {
      for outcome in outcomes {
        for finding in outcome.findings { try output("\(outcome.path): \(finding.message)\n") }
      }
      let diagrams = recorded == 1 ? "1 diagram" : "\(recorded) diagrams"
      let left = outcomes.count { !$0.findings.isEmpty } - (dryRun ? recorded : 0)
      try output("\(dryRun ? "would record" : "recorded") \(diagrams)\(left > 0 ? ", left \(left)" : "")\n")
    }
    throw rest.exitStatus
  }
}
