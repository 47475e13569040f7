internal import ArgumentParser
internal import Diagrams
internal import FormulaLanguage
internal import Gradients

/// Tells the backward pass in words.
struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Tell the backward pass in words, gate by gate.",
    discussion: "A paragraph for each gate, from the output to the inputs: its rule, and its numbers put in.")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, markdown, latex
  }

  @OptionGroup var function: FormulaArguments

  @Option(help: "How the words are written; markdown has both passes as code, too.")
  var format = Format.text

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where the words go; standard output without it.", valueName: "file"))
  var output: String?

  func validate() throws { try function.requireOther(output) }

  func run() throws {
    let formula = try function.parsed()
    let walkthrough = try formula.evaluated { evaluation in
      try Walkthrough(
        formula.graph, evaluation, output: formula.output, title: formula.outputName,
        source: formula.source.text)
    }
    let text =
      switch format {
      case .text: walkthrough.text
      case .markdown: walkthrough.markdown
      case .latex: walkthrough.latex
      }
    if let output { try Files.write(text, to: output) } else { try gradcheck.output(text) }
  }
}
