public import ArgumentParser
public import Diagrams

/// Where a plot or a network goes, and in which colours.
struct DrawnPicture: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where the picture goes; its ending says what it is.", valueName: "file.svg"))
  var output: String

  @Option(help: "The colours.")
  var theme = DiagramTheme.lecture

  func validate() throws {
    guard output.hasSuffix(".svg") else {
      throw ValidationError("'\(output)' does not say what to draw: it must end in .svg")
    }
  }

  /// Writes the picture that `draw` gives; what is wrong with the function is said of `name`.
  func write(failingAs name: String, _ draw: () throws -> String) throws {
    let svg: String
    do {
      svg = try draw()
    } catch {
      throw failure("\(name): error: \(error)", ExitStatus.badFormula)
    }
    try Files.write(svg, to: output)
  }
}

extension DiagramTheme: ExpressibleByArgument {}
