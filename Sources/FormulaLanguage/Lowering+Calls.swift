internal import Gradients

/// Calls: of functions, of written gates and of data sources.
extension Lowering {
  struct Argument {
    var name: String?
    var value: Value
    var range: SourceRange

    init(value: Value, range: SourceRange) {
      self.value = value
      self.range = range
    }

    init(_ syntax: SyntaxTree.Argument, _ value: Value) {
      self.name = syntax.name
      self.value = value
      self.range = syntax.range
    }
  }

  mutating func call(
    _ name: String, _ range: SourceRange, _ arguments: [Argument], _ id: SyntaxTree.ID
  ) throws(Diagnostic) -> Value {
    for argument in arguments {
      if case .broken = argument.value { return .broken }
    }
    if let function = functions[name] { return try expand(function, arguments, id) }
    if let gate = writtenGates[name] { return try use(gate, arguments, id) }
    if let gate = libraryGates[name] { return try use(gate.card, of: gate.library, arguments, id) }
    if name == "len" { return try length(arguments, range) }
    if DataSource.names.contains(name) {
      if DataSource.namesOfFixedShape.contains(name) { hasFixedShape = true }
      return .data(try makeData(name, arguments, id))
    }
    if name == "flatten" || name == "ravel" {
      let everything = Argument(value: .size(-1), range: range)
      return try apply(catalog["reshape"], name, arguments + [everything], id)
    }
    guard let gate = catalog[name] else { throw unknownGate(name, range) }
    return try apply(gate, name, arguments, id)
  }

  func unknownGate(_ name: String, _ range: SourceRange) -> Diagnostic {
    let known =
      catalog.cards.flatMap { [$0.name] + $0.aliases } + DataSource.names
      + functions.keys.sorted() + writtenGates.keys.sorted() + libraryGates.keys.sorted()
    guard let near = nearestName(to: name, among: known) else { return error(.unknownGate(name), range) }
    // The name alone is replaced; a prefix such as np. stays.
    let end = range.offsets.upperBound
    let bare = SourceRange((end - name.utf8.count)..<end)
    return error(.unknownGate(name), range, [FixIt("use '\(near)'", bare, near)])
  }

  func length(_ arguments: [Argument], _ range: SourceRange) throws(Diagnostic) -> Value {
    guard arguments.count == 1, let shape = try shape(of: arguments[0].value, at: range),
      let first = shape.extents.first
    else { throw error(.noLength, range) }
    return .size(Double(first))
  }

  mutating func makeData(
    _ name: String, _ arguments: [Argument], _ id: SyntaxTree.ID
  ) throws(Diagnostic) -> Tensor {
    let graph = graph
    do throws(DataError) {
      return try data.tensor(
        name, arguments.filter { $0.name == nil }.map(\.value),
        named: arguments.compactMap { argument in argument.name.map { ($0, argument.value) } },
        shapeOf: { value in
          if case .node(let node) = value { return graph.shape(of: node) }
          return (try? value.tensor())?.shape
        })
    } catch {
      throw Diagnostic(.badData(error.text), tree[id].range, in: source)
    }
  }

  /// A function is expanded where it is called, in a scope of its own.
  mutating func expand(
    _ function: Function, _ arguments: [Argument], _ id: SyntaxTree.ID
  ) throws(Diagnostic) -> Value {
    let name = function.name.text
    guard !calls.contains(name) else { throw error(.cycle(calls + [name]), tree[id].place) }
    guard calls.count < Self.deepestCalls else { throw error(.callsTooDeep, tree[id].place) }
    var bound: [String: (value: Value, place: Int)] = [:]
    let parameters = function.parameters.map(\.text)
    for (position, argument) in arguments.enumerated() {
      guard let parameter = argument.name ?? (position < parameters.count ? parameters[position] : nil),
        parameters.contains(parameter), bound[parameter] == nil
      else { throw error(.wrongArguments(name, parameters, arguments.count), tree[id].range) }
      bound[parameter] = (argument.value, line(of: argument.range))
    }
    guard bound.count == parameters.count else {
      throw error(.wrongArguments(name, parameters, arguments.count), tree[id].range)
    }
    let saved = (names, globals, scope)
    if calls.isEmpty { globals = names }
    (names, scope) = (bound, graph.scope(name, in: scope))
    calls.append(name)
    defer {
      (names, globals, scope) = saved
      calls.removeLast()
    }
    for statement in function.body {
      if case .giveBack(let root) = statement.kind { return try evaluate(root) }
      try run(statement)
    }
    throw error(.noReturn(name), function.name.range)
  }

  mutating func use(
    _ syntax: WrittenGateSyntax, _ arguments: [Argument], _ id: SyntaxTree.ID
  ) throws(Diagnostic) -> Value {
    let parameters = syntax.operands.map(\.text)
    guard arguments.count == parameters.count, arguments.allSatisfy({ $0.name == nil }) else {
      throw error(.wrongArguments(syntax.name.text, parameters, arguments.count), tree[id].range)
    }
    guard calls.count < Self.deepestCalls else { throw error(.callsTooDeep, tree[id].place) }
    var operands: [NodeID] = []
    for argument in arguments { operands.append(try operand(argument)) }
    let shapes = operands.map { graph.shape(of: $0) }
    return .node(try add(try WrittenGate(lowering: self, syntax, shapes), operands, id))
  }

  /// The forward pass of a gate written in the formula, for operands of the given shapes; what follows is inside the gate.
  mutating func enterForwardPass(of syntax: WrittenGateSyntax, _ shapes: [Shape]) throws(Diagnostic) -> NodeID
  {
    guard !calls.contains(syntax.name.text) else {
      throw error(.cycle(calls + [syntax.name.text]), syntax.name.range)
    }
    (graph, knownValues) = (Graph(), [:])
    (names, globals, given, scope) = ([:], [:], [:], nil)
    calls.append(syntax.name.text)
    for (name, shape) in zip(syntax.operands, shapes) {
      names[name.text] = (.node(graph.input(name.text, shape: shape)), line(of: name.range))
    }
    var last: (value: Value, range: SourceRange)?
    for statement in syntax.forward {
      if case .giveBack(let root) = statement.kind {
        last = (try evaluate(root), statement.range)
        break
      }
      try run(statement)
      if case .value(let name?, _, _) = statement.kind, let value = names[name.text]?.value {
        last = (value, statement.range)
      }
    }
    guard let last else { throw error(.noReturn(syntax.name.text), syntax.name.range) }
    return try operand(Argument(value: last.value, range: last.range))
  }

  /// The backward pass of a gate whose forward pass has just been read: the gradient of each operand, and its line.
  mutating func enterBackwardPass(
    of syntax: WrittenGateSyntax, output: NodeID
  ) throws(Diagnostic) -> [(node: NodeID, line: Int)] {
    let upstream = graph.input(syntax.upstream.text, shape: graph.shape(of: output))
    names[syntax.upstream.text] = (.node(upstream), line(of: syntax.upstream.range))
    for statement in syntax.backward {
      if case .giveBack = statement.kind { throw error(.returnOfGradients, statement.range) }
      try run(statement)
    }
    var gradients: [(node: NodeID, line: Int)] = []
    for name in syntax.operands {
      guard let gradient = names["d" + name.text] else {
        throw error(.missingGradient(syntax.name.text, name.text), syntax.name.range)
      }
      let node = try operand(Argument(value: gradient.value, range: name.range))
      gradients.append((node, gradient.place))
    }
    return gradients
  }
}
