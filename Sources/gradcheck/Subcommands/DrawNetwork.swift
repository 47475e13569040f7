internal import ArgumentParser
internal import Diagrams
internal import FormulaLanguage

/// Draws an architecture as layers of neurons.
struct DrawNetwork: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "network",
    abstract: "Draw a network as layers of neurons, with its count of weights and biases.",
    discussion: "3-4-4-2 has three inputs, two hidden layers of four neurons, and two outputs.")

  @Argument(
    help: ArgumentHelp(
      "The neurons of each layer, 3-4-4-2, or a formula made of layers.", valueName: "layers|formula"))
  var network: String

  @Argument(help: ArgumentHelp("Values for the formula's inputs.", valueName: "name=value"))
  var values: [String] = []

  @OptionGroup var picture: DrawnPicture

  func run() throws {
    let isSizes = network.first?.isNumber == true && network.allSatisfy { $0.isNumber || $0 == "-" }
    if isSizes {
      guard values.isEmpty else {
        throw misuse("the sizes \(network) have no inputs, so '\(values[0])' means nothing")
      }
      let drawn: Network
      do {
        drawn = try Network(network)
      } catch {
        throw misuse("\(error)")
      }
      return try picture.write(failingAs: network) { drawn.svg(theme: picture.theme) }
    }
    let formula = try FormulaArguments.parsed(network, values)
    try picture.write(failingAs: formula.source.name) {
      try Network(formula.graph, output: formula.output).svg(theme: picture.theme)
    }
  }
}
