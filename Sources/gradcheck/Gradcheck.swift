internal import ArgumentParser

/// The command line tool.
@main
struct Gradcheck: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "gradcheck",
    abstract: "Checks gradients against finite differences, and draws functions as computational graphs.",
    discussion: """
      A function is a formula, such as "f = (x + y) * z" x=-2 y=5 z=-4, or a file of them.

      Exit status: 0 everything agrees, 1 a gradient disagrees or a stored diagram differs, 2 something could not be decided, \
      64 wrong usage, 65 the formula or a data file is wrong, 69 an external program failed, \
      74 a file could not be read or written.
      """,
    version: version,
    subcommands: [
      Check.self, Draw.self, Explain.self, Plot.self, DrawNetwork.self, Verify.self, Record.self,
      External.self, Gates.self, Merge.self,
    ],
    defaultSubcommand: Check.self)
}
