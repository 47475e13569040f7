internal import Gradients

extension Lowering {
  /// `use "command"`: the gates of a program can be named from here on, before those of the catalogue.
  mutating func use(
    _ command: String, _ range: SourceRange, _ open: (String) throws -> any GateLibrary
  ) throws(Diagnostic) {
    let library: any GateLibrary
    do {
      library = try open(command)
    } catch {
      throw self.error(.programFailed("\(error)"), range)
    }
    for card in library.cards {
      try define(Name(text: card.name, range: range))
      libraryGates[card.name] = (card, library)
    }
  }

  /// A call of a gate that a program serves.
  ///
  /// The program says what the gate gives at the present values, so these are computed first.
  mutating func use(
    _ card: GateCard, of library: any GateLibrary, _ arguments: [Argument], _ id: SyntaxTree.ID
  ) throws(Diagnostic) -> Value {
    let (operands, options) = try sorted(
      arguments, for: card, takesAnyOption: library.takesAnyOption(card.name), id)
    var nodes: [NodeID] = []
    for operand in operands { nodes.append(try self.operand(operand)) }
    let gate: any Gate
    do {
      gate = try library.gate(card.name, options: GateOptions(options), at: try values(of: nodes))
    } catch {
      throw self.error(.programFailed("\(error)"), tree[id].range)
    }
    return .node(try add(gate, nodes, id))
  }

  /// The values of nodes, with those that are known: another program need not be asked again.
  private mutating func values(of nodes: [NodeID]) throws -> [Tensor] {
    var isNeeded = Array(repeating: false, count: graph.count)
    for node in nodes { isNeeded[node.index] = true }
    for node in graph.nodes.reversed() where isNeeded[node.index] && knownValues[node] == nil {
      for operand in graph.operands(of: node) { isNeeded[operand.index] = true }
    }
    var part = Graph()
    var places: [NodeID: NodeID] = [:]
    for node in graph.nodes where isNeeded[node.index] {
      if let value = knownValues[node] {
        places[node] = part.constant(value)
        continue
      }
      switch graph.kind(of: node) {
      case .input(let name):
        guard let input = inputs.first(where: { $0.name == name }) else {
          throw InputError("input '\(name)' has no value")
        }
        places[node] = part.constant(input.value)
      case .constant(let value): places[node] = part.constant(value)
      case .gate(let gate):
        places[node] = try part.apply(gate, to: graph.operands(of: node).compactMap { places[$0] })
      }
    }
    var evaluation = try Evaluation(part)
    try evaluation.forward()
    for node in graph.nodes where isNeeded[node.index] && knownValues[node] == nil {
      knownValues[node] = places[node].map { evaluation.value(of: $0) }
    }
    return nodes.compactMap { knownValues[$0] }
  }
}

extension Diagnostic.Message {
  static let strayUse = Self(
    "stray-use", "'use' belongs at the top of a formula, not in a function or a gate")
  static func programFailed(_ text: String) -> Self { .init("program-failed", text) }
}
