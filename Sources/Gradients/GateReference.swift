/// The pages that describe the gates, made from their cards.
public enum GateReference {
  /// The reference of all gates of a catalogue, in Markdown.
  public static func markdown(_ catalog: GateCatalog) -> String {
    var text = """
      # Gates

      <!-- Made from the cards of the gates by `gradcheck gates --markdown`; do not edit. -->

      z is the output of a gate, L the output of the whole function.

      """
    for card in catalog.cards {
      text += "\n## \(card.name)\n\n"
      text += card.facts.map { "- \($0.name): \($0.text)\n" }.joined()
    }
    return text
  }
}

extension GateCard {
  /// How a formula spells the gate: `leaky_relu(x, alpha=)`, `x + y`.
  public var usage: String {
    if let infix, operands.count == 2 { return "\(operands[0]) \(infix) \(operands[1])" }
    if let prefix { return "\(prefix)\(operands[0])" }
    let list = isVariadic ? operands + ["..."] : operands
    return "\(name)(\((list + options.map { "\($0.name)=" }).joined(separator: ", ")))"
  }

  /// What the card says, line by line.
  public var facts: [(name: String, text: String)] {
    var facts = [("usage", "`\(usage)`"), ("output", summary), ("local gradient", localGradient)]
    let spellings = (infix == nil && prefix == nil ? [] : [name]) + aliases
    if !spellings.isEmpty {
      facts.append(("also", spellings.map { "`\($0)`" }.joined(separator: ", ")))
    }
    facts += options.map { ("option `\($0.name)`", $0.summary) }
    if !labels.isEmpty {
      facts.append(("no gradient for", labels.map { "`\(operandName($0))`" }.joined(separator: ", ")))
    }
    if let convention { facts.append(("convention", convention)) }
    if let pattern { facts.append(("pattern", "gradient \(pattern.rawValue)")) }
    return facts
  }
}
