internal import ArgumentParser
internal import Diagrams
internal import FormulaLanguage
internal import Gradients
internal import GraphvizRendering

/// Draws a function as a computational graph.
struct Draw: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw a function with its values and gradients.",
    discussion: "Values stand above the wires, gradients below them.")

  enum Format: String, CaseIterable {
    case svg, dot
  }

  @OptionGroup var function: FormulaArguments

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where the picture goes; its ending says what it is.", valueName: "file.svg|dot"))
  var output: String

  func validate() throws {
    guard format != nil else {
      let known = Format.allCases.map { ".\($0)" }.joined(separator: " or ")
      throw ValidationError("'\(output)' does not say what to draw: it must end in \(known)")
    }
  }

  func run() throws {
    let formula = try function.parsed()
    let diagram = try formula.picture(origin: function.origin(of: formula))
    try Files.write(format == .dot ? diagram.dotText : diagram.svgText(), to: output)
  }

  private var format: Format? {
    Format.allCases.first { output.hasSuffix(".\($0)") }
  }
}
