public import ArgumentParser
public import Diagrams
internal import Gradients

/// How a function is drawn.
struct DrawingOptions: ParsableArguments {
  @Option(
    help: """
      What the picture shows: values and gradients (lecture), the chain rule at each gate too (full), the forward \
      pass alone (values), or one gate (closeup).
      """)
  var style: DiagramOptions.Style?

  @Option(
    help: ArgumentHelp(
      "Draw one gate: its name, its text such as 'x + y', its operation, or its node such as n4.",
      valueName: "gate"))
  var closeup: String?

  @Flag(help: "Caption gates with what they do to a gradient.")
  var captions = false

  @Option(help: "The colours; auto follows the page, or the reader's preference.")
  var theme = DiagramTheme.lecture

  @Option(
    parsing: .unconditional, help: "The decimals of all numbers; without it, as many as shown products need.")
  var decimals: Int?

  @Option(help: ArgumentHelp("Draw this function as one gate; may be given again.", valueName: "name"))
  var fold: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Draw functions deeper than this as one gate.", valueName: "count"))
  var depth: Int?

  @Flag(help: "Draw every gate, however many there are, and the forward pass inside hand-written ones.")
  var unfold = false

  @Flag(help: "Draw large tensors as a map of colours.")
  var heatmap = false

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Stop a layout that takes longer.", valueName: "seconds"))
  var timeLimit = 60.0

  func validate() throws {
    if let decimals, !(0...15).contains(decimals) {
      throw ValidationError("--decimals must be from 0 to 15, not \(decimals)")
    }
    if let depth, depth < 0 { throw ValidationError("--depth must be 0 or more, not \(depth)") }
    guard timeLimit > 0, timeLimit.isFinite else {
      throw ValidationError(
        "--time-limit must be a number of seconds above 0, not \(NumberText.exact(timeLimit))")
    }
    let foldings = [(!fold.isEmpty, "--fold"), (depth != nil, "--depth"), (unfold, "--unfold")]
    let given = foldings.filter(\.0).map(\.1)
    if given.count > 1 {
      throw ValidationError("\(given.joined(separator: " and ")) say different things; give one of them")
    }
    if closeup != nil, let style, style != .closeup {
      throw ValidationError(
        "--closeup draws one gate, which --style \(style.rawValue) does not; give one of them")
    }
  }

  var diagram: DiagramOptions {
    var options = DiagramOptions()
    options.style = closeup == nil ? style ?? .lecture : .closeup
    options.closeup = closeup
    options.theme = theme
    options.decimals = decimals
    options.hasCaptions = captions
    options.hasHeatMaps = heatmap
    if unfold { options.folding = .none }
    if !fold.isEmpty { options.folding = .names(fold) }
    if let depth { options.folding = .depth(depth) }
    return options
  }
}

extension DiagramOptions.Style: ExpressibleByArgument {}
extension DiagramTheme: ExpressibleByArgument {}
