internal import ArgumentParser
internal import Diagrams
internal import FormulaLanguage
internal import Gradients
internal import GraphvizRendering

/// Draws a function as a computational graph.
struct Draw: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "draw",
    abstract: "Draw a function with its values and gradients.",
    discussion: "Values stand above the wires, gradients below them.")

  @OptionGroup var function: FormulaArguments
  @OptionGroup var drawing: DrawingOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where the picture goes; its ending says what it is.",
      valueName: "file" + PictureFormat.allCases.map { ".\($0)" }.joined(separator: "|")))
  var output: String?

  @Option(
    help: ArgumentHelp("Write a picture for each step of both passes into this folder.", valueName: "folder"))
  var steps: String?

  func validate() throws {
    guard output != nil || steps != nil else {
      throw ValidationError(
        "say where the picture goes: -o with a file that ends in \(PictureFormat.endings)")
    }
    if let output, PictureFormat(path: output) == nil {
      throw ValidationError(
        "'\(output)' does not say what to draw: it must end in \(PictureFormat.endings)")
    }
    if let output, PictureFormat(path: output) == .html, drawing.diagram.style != .lecture {
      throw ValidationError(
        "a page steps through the lecture's picture; --style and --closeup are for the other formats")
    }
    try function.requireOther(output)
    if steps != nil, drawing.diagram.style == .closeup {
      throw ValidationError("--steps shows the passes through a whole graph, which a close-up is not")
    }
  }

  func run() throws {
    let formula = try function.parsed()
    let origin = try function.origin(of: formula)
    if let steps { try drawSteps(of: formula, origin, into: steps) }
    if let output, let format = PictureFormat(path: output) {
      try format.write(formula, origin, drawing, to: output)
    }
  }

  private func drawSteps(of formula: Formula, _ origin: Diagram.Origin, into folder: String) throws {
    var options = drawing.diagram
    options.step = 0
    let diagram = try formula.picture(origin: origin, options: options)
    let frames = diagram.frames(fromLayout: try diagram.layout(timeLimit: drawing.timeLimit))
    guard !frames.isEmpty else {
      throw failure(
        "gradcheck: \(diagram.gateCount) gates have too many steps; draw less with --depth 0 or --fold NAME",
        ExitStatus.badFormula)
    }
    try Files.makeFolder(folder)
    let digits = max(2, "\(frames.count - 1)".count)
    for (position, frame) in frames.enumerated() {
      let number = String(repeating: "0", count: digits - "\(position)".count) + "\(position)"
      try Files.write(frame, to: "\(folder)/step-\(number).svg")
    }
  }
}
