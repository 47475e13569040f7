internal import ArgumentParser
internal import FormulaLanguage
internal import Gradients

/// Lists the catalogue of gates.
struct Gates: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gates", abstract: "List the gates, or describe one.")

  @Argument(help: "A gate's name, another spelling of it, its operator, or what pictures write into it.")
  var name: String?

  @Flag(help: "Print the gate reference as Markdown.")
  var markdown = false

  func run() throws {
    let catalog = GateCatalog.standard
    if markdown {
      try output(GateReference.markdown(catalog))
    } else if let name {
      let named = catalog.cards.filter {
        $0.name == name || $0.aliases.contains(name) || $0.infix == name || $0.prefix == name
      }
      let cards = named.isEmpty ? catalog.cards.filter { $0.symbol == name } : named
      guard !cards.isEmpty else {
        let near = nearestName(to: name, among: catalog.cards.flatMap { [$0.name] + $0.aliases })
        throw misuse(
          "there is no gate '\(name)'; \(near.map { "did you mean '\($0)'?" } ?? "'gradcheck gates' lists them")"
        )
      }
      for card in cards {
        try output("\(card.name)\n")
        for fact in card.facts { try output("  \(fact.name): \(fact.text.filter { $0 != "`" })\n") }
      }
    } else {
      let width = catalog.cards.map { $0.usage.count }.max() ?? 0
      for card in catalog.cards {
        let padding = String(repeating: " ", count: width - card.usage.count)
        try output("\(card.usage)\(padding)  \(card.summary)\n")
      }
    }
  }
}
