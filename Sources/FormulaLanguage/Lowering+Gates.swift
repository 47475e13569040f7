internal import Gradients

/// Uses of gates: their operands and options, and their nodes.
extension Lowering {
  mutating func apply(
    _ type: (any CatalogGate.Type)?, _ spelling: String, _ arguments: [Argument], _ id: SyntaxTree.ID
  ) throws(Diagnostic) -> Value {
    for argument in arguments {
      if case .broken = argument.value { return .broken }
    }
    guard let type else { throw error(.unknownGate(spelling), tree[id].place) }
    let card = type.card
    var (operands, options) = try sorted(arguments, for: card, id)
    if card.isVariadic, operands.count == 1, case .list(let items) = operands[0].value {
      operands = items.map { Argument(value: $0, range: operands[0].range) }
    }
    let gate: any CatalogGate
    do throws(OptionError) {
      gate = try type.init(GateOptions(options))
    } catch {
      throw Diagnostic(.badOption("\(card.name): \(error.description)"), tree[id].range, in: source)
    }
    // Numbers alone give numbers: 1/3, 0.01 * randn(3).
    var tensors: [Tensor] = []
    for operand in operands {
      if case .list = operand.value { hasFixedShape = true }
      if let tensor = try tensor(of: operand.value, at: operand.range) { tensors.append(tensor) }
    }
    if tensors.count == operands.count {
      let result = try compute(gate, tensors, id)
      let isSized = operands.contains { isSize($0.value) } && result.shape == .scalar
      return isSized ? .size(result.elements[0]) : .data(result)
    }
    var nodes: [NodeID] = []
    for operand in operands { nodes.append(try self.operand(operand)) }
    return .node(try add(gate, nodes, id))
  }

  /// Tells the operands from the options.
  func sorted(
    _ arguments: [Argument], for card: GateCard, takesAnyOption: Bool = false, _ id: SyntaxTree.ID
  ) throws(Diagnostic) -> ([Argument], [(name: String, value: OptionValue)]) {
    var operands: [Argument] = []
    var rest: [Argument] = []
    var named: [(name: String, value: OptionValue)] = []
    for argument in arguments {
      if let name = argument.name, let position = card.operands.firstIndex(of: name), !card.isVariadic {
        guard position == operands.count else { throw error(wrongOperands(card, arguments), tree[id].range) }
        operands.append(argument)
      } else if let name = argument.name {
        guard takesAnyOption || card.options.contains(where: { $0.name == name }) else {
          throw error(.unknownOption(card.name, name, card.options.map(\.name)), argument.range)
        }
        named.append((name, try option(argument, of: card)))
      } else if !card.isVariadic, operands.count == card.operands.count {
        rest.append(argument)
      } else if card.isVariadic, case .list = argument.value, !operands.isEmpty {
        rest.append(argument)
      } else {
        operands.append(argument)
      }
    }
    // concatenate([a, b], 0): after the list of operands come the options.
    if card.isVariadic, operands.count > 1, case .list = operands[0].value, !card.options.isEmpty {
      rest += operands.dropFirst()
      operands = [operands[0]]
    }
    guard card.isVariadic ? !operands.isEmpty : operands.count == card.operands.count else {
      throw error(wrongOperands(card, arguments), tree[id].range)
    }
    let free = card.options.map(\.name).filter { name in !named.contains { $0.name == name } }
    if free.count == 1, rest.count > 1 {
      var items: [OptionValue] = []
      for argument in rest { items.append(try option(argument, of: card)) }
      named.append((free[0], .list(items)))
    } else {
      guard rest.count <= free.count else { throw error(wrongOperands(card, arguments), tree[id].range) }
      for (name, argument) in zip(free, rest) { named.append((name, try option(argument, of: card))) }
    }
    return (operands, named)
  }

  func option(_ argument: Argument, of card: GateCard) throws(Diagnostic) -> OptionValue {
    guard let value = argument.value.option else {
      let other = ["max": "maximum", "min": "minimum"][card.name]
      let fixIts = other.map { [FixIt("the \(card.name) of several is \($0)(a, b)", argument.range)] }
      throw error(.notAnOption(card.name), argument.range, fixIts ?? [])
    }
    return value
  }

  func wrongOperands(_ card: GateCard, _ arguments: [Argument]) -> Diagnostic.Message {
    .wrongOperands(
      card.name, card.operandCountText, card.operands + card.options.map { "\($0.name)=" }, arguments.count)
  }

  func compute(
    _ gate: any CatalogGate, _ tensors: [Tensor], _ id: SyntaxTree.ID
  ) throws(Diagnostic) -> Tensor {
    do {
      var graph = Graph()
      let operands = tensors.map { graph.constant($0) }
      let output = try graph.apply(gate, to: operands)
      var evaluation = try Evaluation(graph)
      try evaluation.forward()
      return evaluation.value(of: output)
    } catch {
      throw Diagnostic(.shapes("\(error)"), tree[id].range, in: source)
    }
  }

  /// The node of an operand; numbers become a constant.
  mutating func operand(_ argument: Argument) throws(Diagnostic) -> NodeID {
    if case .node(let node) = argument.value { return node }
    guard let tensor = try tensor(of: argument.value, at: argument.range) else {
      if case .list(let items) = argument.value, !items.isEmpty {
        // A list of values is a tensor of them: [x*y, z].
        var nodes: [NodeID] = []
        for item in items { nodes.append(try operand(Argument(value: item, range: argument.range))) }
        return try add(gate(named: "stack", argument.range), nodes, argument.range, argument.range)
      }
      throw error(.notAnOperand, argument.range)
    }
    try checkRoom(for: tensor, argument.range)
    let node = graph.constant(tensor)
    annotate(node, argument.range, argument.range)
    return node
  }

  func checkRoom(for tensor: Tensor, _ range: SourceRange) throws(Diagnostic) {
    guard graph.slotCount + tensor.shape.count <= Shape.largestCount else { throw error(.noRoom, range) }
  }

  func gate(named name: String, _ range: SourceRange) throws(Diagnostic) -> any Gate {
    guard let type = catalog[name] else { throw error(.unknownGate(name), range) }
    do throws(OptionError) {
      return try type.init(GateOptions())
    } catch {
      throw Diagnostic(.badOption(error.description), range, in: source)
    }
  }

  mutating func add(_ gate: any Gate, _ operands: [NodeID], _ id: SyntaxTree.ID) throws(Diagnostic)
    -> NodeID
  {
    try add(gate, operands, tree[id].range, tree[id].place)
  }

  mutating func add(
    _ gate: any Gate, _ operands: [NodeID], _ range: SourceRange, _ place: SourceRange
  ) throws(Diagnostic) -> NodeID {
    let before = graph.count
    let node: NodeID
    do throws(ShapeError) {
      node = try graph.apply(gate, to: operands)
    } catch {
      throw Diagnostic(.shapes(error.description), range, in: source)
    }
    for index in before..<graph.count { annotate(NodeID(index: index), range, place) }
    // What was broadcast for the gate is what it was before.
    for index in before..<node.index {
      let source = graph.annotation(of: graph.operands(of: NodeID(index: index))[0])
      guard let label = source.name ?? source.label else { continue }
      graph.annotate(NodeID(index: index)) { $0.label = label }
    }
    return node
  }

  mutating func annotate(_ node: NodeID, _ range: SourceRange, _ place: SourceRange) {
    let (line, column) = source.place(of: place.offsets.lowerBound)
    let label = label(range)
    let scope = scope
    graph.annotate(node) {
      $0.label = label
      $0.place = Graph.Place(line: line, column: column)
      $0.scope = scope
    }
  }

  /// The text of an expression, on one line; a long one is cut, for a sum of thousands would be copied as often.
  func label(_ range: SourceRange) -> String {
    let offsets = range.offsets
    let isLong = offsets.count > Self.longestLabel
    let shown = isLong ? SourceRange(offsets.lowerBound..<offsets.lowerBound + Self.longestLabel) : range
    let text = source.text(shown).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return isLong ? text + "..." : text
  }
}
