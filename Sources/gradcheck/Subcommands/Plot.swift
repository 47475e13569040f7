internal import ArgumentParser
internal import Diagrams
internal import FormulaLanguage
internal import Gradients

/// Plots a function of one number with its derivative.
struct Plot: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot",
    abstract: "Plot a function of one number with its derivative.",
    discussion: """
      The range stands in place of the input's value: gradcheck plot "tanh(x)" x=-5:5 -o tanh.svg. The line is the \
      derivative by the chain rule, the dots are central differences; kinks and jumps are marked.
      """)

  @Argument(help: ArgumentHelp("A formula, a file of them, or - for standard input.", valueName: "formula"))
  var formula: String?

  @Argument(
    help: ArgumentHelp("The range of the input, x=-5:5, and values of others.", valueName: "name=value"))
  var values: [String] = []

  @Flag(help: "Draw the lecture's page of six activation functions.")
  var activations = false

  @OptionGroup var picture: DrawnPicture

  func validate() throws {
    guard (formula == nil) == activations else {
      throw ValidationError(
        activations
          ? "--activations draws its own functions; leave the formula out"
          : "what shall be plotted? Give a formula and a range, \"tanh(x)\" x=-5:5, or --activations")
    }
  }

  func run() throws {
    guard let formula else {
      return try picture.write(failingAs: "activations") { try ActivationPage(theme: picture.theme).svg }
    }
    let (variable, range) = try range()
    let function = try FormulaArguments.parsed(
      formula,
      values.map { $0.hasPrefix("\(variable)=") ? "\(variable)=\(NumberText.exact(range.lowerBound))" : $0 })
    guard let input = function.inputs.first(where: { $0.name == variable }) else {
      let known = function.inputs.map(\.name).joined(separator: ", ")
      throw misuse("the formula has no input '\(variable)'; it has \(known)")
    }
    let text = function.graph.annotation(of: function.output).label ?? function.outputName
    let name = function.graph.annotation(of: function.output).name
    let title = name.map { $0 == text ? text : "\($0) = \(text)" } ?? text
    try picture.write(failingAs: function.source.name) {
      try FunctionPlot(
        function.graph, output: function.output, input: input.node,
        inputs: Dictionary(function.inputs.map { ($0.name, $0.value) }) { first, _ in first }, range: range,
        title: title, theme: picture.theme
      ).svg
    }
  }

  /// Reads `x=-5:5`; a bound is any data, such as `2*pi`.
  private func range() throws -> (String, ClosedRange<Double>) {
    let ranges = values.filter { $0.contains(":") && !$0.contains("[") }
    guard ranges.count == 1, let sign = ranges[0].firstIndex(of: "=") else {
      throw misuse(
        "one input needs a range, such as x=-5:5\(ranges.count > 1 ? ", and only one" : "")")
    }
    let bounds = ranges[0][ranges[0].index(after: sign)...].split(
      separator: ":", omittingEmptySubsequences: false)
    let numbers = bounds.compactMap { Self.number(String($0)) }
    guard bounds.count == 2, numbers.count == 2, numbers[0] < numbers[1] else {
      throw misuse(
        "'\(ranges[0])' is no range from a smaller number to a larger one, such as x=-5:5")
    }
    guard (numbers[1] - numbers[0]).isFinite else {
      throw misuse("the range '\(ranges[0])' is too wide for 64-bit numbers")
    }
    return (String(ranges[0][..<sign].filter { $0 != " " }), numbers[0]...numbers[1])
  }

  private static func number(_ text: String) -> Double? {
    guard let source = try? Source(name: "<range>", utf8: Array("bound = \(text)".utf8)),
      let bound = try? Formula(parsing: source), let value = bound.inputs.first?.value, value.shape == .scalar
    else { return nil }
    return value.elements[0]
  }
}
