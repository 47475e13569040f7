internal import ArgumentParser
internal import Diagrams

/// Where a plot or a network goes, and in which colours.
struct DrawnPicture: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where the picture goes; its ending says what it is.",
      valueName: "file" + PictureFormat.plain.map { ".\($0)" }.joined(separator: "|")))
  var output: String

  @Option(help: "The colours; auto follows the page, or the reader's preference.")
  var theme = DiagramTheme.lecture

  func validate() throws {
    guard format != nil else {
      let endings = PictureFormat.endings(of: PictureFormat.plain)
      throw ValidationError("'\(output)' does not say what to draw: it must end in \(endings)")
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
    try format?.write(svg: svg, to: output)
  }

  private var format: PictureFormat? {
    PictureFormat(path: output).flatMap { PictureFormat.plain.contains($0) ? $0 : nil }
  }
}
