internal import Gradients

/// Turns statements into a graph.
///
/// An expression is computed by walking its parts in order, so no depth of nesting is too much here; functions
/// are expanded where they are called.
struct Lowering: Sendable {
  /// Functions may call one another this deep.
  static let deepestCalls = 64
  /// A formula may expand to this many expressions.
  static let largestExpansion = 1_000_000

  /// More bytes of an expression are not kept as a label.
  private static let longestLabel = 120

  let catalog: GateCatalog
  var graph = Graph()
  var diagnostics: [Diagnostic] = []
  /// What names stand for, and where they were given.
  var names: [String: (value: Value, place: Int)] = [:]
  /// Values given for names that the formula leaves open, or for its inputs.
  var given: [String: Given] = [:]
  /// Inputs that are not differentiated after all, since they only serve as labels.
  var labelNames: Set<String> = []
  private(set) var inputs: [Formula.Input] = []
  private(set) var lastValue: (name: String?, value: Value)?

  /// The gates of other programs, by name.
  var libraryGates: [String: (card: GateCard, library: any GateLibrary)] = [:]

  private(set) var source: Source
  private(set) var tree: SyntaxTree
  private var data: DataSource
  private var functions: [String: Function] = [:]
  private var writtenGates: [String: WrittenGateSyntax] = [:]
  private var globals: [String: (value: Value, place: Int)] = [:]
  private(set) var calls: [String] = []
  private var scope: Graph.ScopeID?
  private var expansion = 0
  private var laterNames: [String: Int] = [:]
  /// Whether the data that was read last came with a shape of its own, as lists and files do.
  private var hasFixedShape = false

  /// A value given from outside for a name.
  struct Given {
    let source: Source
    let tree: SyntaxTree
    let root: SyntaxTree.ID
  }

  init(_ source: Source, _ tree: SyntaxTree, catalog: GateCatalog, data: DataSource) {
    self.source = source
    self.tree = tree
    self.catalog = catalog
    self.data = data
  }

  // MARK: Statements

  /// Lowers the statements of a formula; what is wrong is collected.
  ///
  /// `library` starts the program of a `use`.
  mutating func run(_ statements: [Statement], library: (String) throws -> any GateLibrary) {
    for statement in statements {
      if case .value(let name?, _, _) = statement.kind, laterNames[name.text] == nil {
        laterNames[name.text] = line(of: name.range)
      }
    }
    for statement in statements {
      do throws(Diagnostic) {
        if case .use(let command) = statement.kind {
          try use(command, statement.range, library)
        } else {
          try run(statement)
        }
      } catch {
        report(error)
        if case .value(let name?, _, _) = statement.kind, names[name.text] == nil {
          names[name.text] = (.broken, line(of: name.range))
        }
      }
    }
  }

  private mutating func run(_ statement: Statement) throws(Diagnostic) {
    switch statement.kind {
    case .value(let name, let isConstant, let root): try assign(name, isConstant, root)
    case .claim: break
    case .function(let function):
      try define(function.name)
      functions[function.name.text] = function
    case .gate(let gate):
      try define(gate.name)
      writtenGates[gate.name.text] = gate
    case .giveBack: throw error(.strayReturn, statement.range)
    case .use: throw error(.strayUse, statement.range)
    }
  }

  func define(_ name: Name) throws(Diagnostic) {
    guard functions[name.text] == nil, writtenGates[name.text] == nil, libraryGates[name.text] == nil else {
      throw error(.definedTwice(name.text), name.range)
    }
  }

  private mutating func assign(_ name: Name?, _ isConstant: Bool, _ root: SyntaxTree.ID) throws(Diagnostic) {
    if let name, let known = names[name.text] {
      throw error(.redefined(name.text, known.place), name.range)
    }
    hasFixedShape = false
    var value = try evaluate(root)
    if case .list = value { hasFixedShape = true }
    guard let name else {
      lastValue = (nil, value)
      return
    }
    if let tensor = try tensor(of: value, at: tree[root].range), !isSize(value) {
      value = try leaf(name, isConstant, tensor)
    } else if given[name.text] != nil, case .node = value {
      throw error(.givenComputed(name.text), name.range)
    }
    switch value {
    case .node(let node):
      if graph.annotation(of: node).name == nil { graph.annotate(node) { $0.name = name.text } }
      if calls.isEmpty { lastValue = (name.text, value) }
    case .size, .data, .list, .broken: break
    case .text, .flag, .none, .slice: throw error(.notAValue(name.text), tree[root].range)
    }
    names[name.text] = (value, line(of: name.range))
  }

  /// An input, or a constant: a statement whose value depends on no other.
  private mutating func leaf(_ name: Name, _ isConstant: Bool, _ tensor: Tensor) throws(Diagnostic) -> Value {
    // Data inside a function, or a pass of a gate, belongs to it.
    guard calls.isEmpty else { return .data(tensor) }
    let tensor = try givenTensor(name.text) ?? tensor
    return .node(try addLeaf(name.text, isConstant, tensor, name.range))
  }

  private mutating func addLeaf(
    _ name: String, _ isConstant: Bool, _ tensor: Tensor, _ range: SourceRange
  ) throws(Diagnostic) -> NodeID {
    try checkRoom(for: tensor, range)
    let node: NodeID
    if isConstant || labelNames.contains(name) {
      node = graph.constant(tensor, name: name)
    } else {
      node = graph.input(name, shape: tensor.shape)
      inputs.append(
        Formula.Input(
          name: name, node: node, value: tensor, hasOpenShape: !hasFixedShape, range: range))
    }
    let place = source.place(of: range.offsets.lowerBound)
    graph.annotate(node) {
      $0.label = name
      $0.place = Graph.Place(line: place.line, column: place.column)
    }
    return node
  }

  /// The value given from outside for `name`.
  private mutating func givenTensor(_ name: String) throws(Diagnostic) -> Tensor? {
    guard let value = given[name] else { return nil }
    let saved = (source, tree)
    (source, tree) = (value.source, value.tree)
    defer { (source, tree) = saved }
    hasFixedShape = false
    let result = try evaluate(value.root)
    if case .list = result { hasFixedShape = true }
    guard let tensor = try tensor(of: result, at: tree[value.root].range) else {
      throw error(.givenNotData(name), tree[value.root].range)
    }
    return tensor
  }

  // MARK: Expressions

  /// The value of an expression.
  mutating func evaluate(_ root: SyntaxTree.ID) throws(Diagnostic) -> Value {
    let first = tree[root].first
    expansion += root - first + 1
    guard expansion <= Self.largestExpansion else { throw error(.tooLarge, tree[root].range) }
    var values: [Value] = []
    values.reserveCapacity(root - first + 1)
    for id in first...root {
      values.append(try value(of: id) { values[$0 - first] })
    }
    return values[root - first]
  }

  private mutating func value(
    of id: SyntaxTree.ID, part: (SyntaxTree.ID) -> Value
  ) throws(Diagnostic) -> Value {
    let expression = tree[id]
    switch expression.kind {
    case .number(let number): return .data(Tensor(number))
    case .text(let text): return .text(text)
    case .name(let name): return try lookUp(name, expression.range)
    case .list(let items): return .list(items.map(part))
    case .prefix(let sign, let operand):
      if case .size(let number) = part(operand) { return .size(-number) }
      let gate = catalog.gates.first { $0.card.prefix == sign }
      return try apply(gate, sign, [Argument(value: part(operand), range: tree[operand].range)], id)
    case .infix(let sign, let left, let right):
      let gate = catalog.gates.first { $0.card.infix == sign }
      let arguments = [left, right].map { Argument(value: part($0), range: tree[$0].range) }
      return try apply(gate, sign, arguments, id)
    case .call(let name, let range, let arguments):
      return try call(name, range, arguments.map { Argument($0, part($0.value)) }, id)
    case .method(let receiver, let name, let range, let arguments):
      let all =
        [Argument(value: part(receiver), range: tree[receiver].range)]
        + arguments.map { Argument($0, part($0.value)) }
      guard !DataSource.names.contains(name) else { throw unknownGate(name, range) }
      return try call(name, range, all, id)
    case .member(let receiver, let name, let range):
      return try member(part(receiver), name, range, id, tree[receiver].range)
    case .index(let receiver, let items):
      return try index(
        Argument(value: part(receiver), range: tree[receiver].range),
        items.map { Argument(value: part($0), range: tree[$0].range) }, id)
    case .slice(let start, let stop, let step):
      func bound(_ id: SyntaxTree.ID?) throws(Diagnostic) -> Int? {
        guard let id else { return nil }
        if case .none = part(id) { return nil }
        guard let integer = part(id).integer else { throw error(.notAnInteger, tree[id].range) }
        return integer
      }
      return .slice(start: try bound(start), stop: try bound(stop), step: try bound(step))
    }
  }

  private mutating func lookUp(_ name: String, _ range: SourceRange) throws(Diagnostic) -> Value {
    if let known = names[name] ?? globals[name] { return known.value }
    switch name {
    case "True": return .flag(true)
    case "False": return .flag(false)
    case "None", "newaxis": return .none
    case "pi": return .data(Tensor(Double.pi))
    case "inf": return .data(Tensor(Double.infinity))
    case "nan": return .data(Tensor(Double.nan))
    default: break
    }
    if calls.isEmpty, let tensor = try givenTensor(name) {
      let node = try addLeaf(name, false, tensor, range)
      names[name] = (.node(node), line(of: range))
      return .node(node)
    }
    if functions[name] != nil || writtenGates[name] != nil || libraryGates[name] != nil
      || catalog[name] != nil
    {
      throw error(.gateWithoutOperands(name), range)
    }
    if let line = laterNames[name], calls.isEmpty { throw error(.usedBefore(name, line), range) }
    throw unknownName(name, range)
  }

  func unknownName(_ name: String, _ range: SourceRange) -> Diagnostic {
    let known = (Array(names.keys) + Array(globals.keys)).sorted()
    if let near = nearestName(to: name, among: known) {
      return error(.unknownName(name), range, [FixIt("use '\(near)'", range, near)])
    }
    return error(.unknownName(name), range, [FixIt("give it a value: \(name)=1.5", range)])
  }

  /// The node of a claimed gradient.
  mutating func claimed(_ root: SyntaxTree.ID) throws(Diagnostic) -> NodeID {
    try operand(Argument(value: try evaluate(root), range: tree[root].range))
  }

  // MARK: Calls

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

  private mutating func call(
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

  private func unknownGate(_ name: String, _ range: SourceRange) -> Diagnostic {
    let known =
      catalog.cards.flatMap { [$0.name] + $0.aliases } + DataSource.names
      + functions.keys.sorted() + writtenGates.keys.sorted() + libraryGates.keys.sorted()
    guard let near = nearestName(to: name, among: known) else { return error(.unknownGate(name), range) }
    // The name alone is replaced; a prefix such as np. stays.
    let end = range.offsets.upperBound
    let bare = SourceRange((end - name.utf8.count)..<end)
    return error(.unknownGate(name), range, [FixIt("use '\(near)'", bare, near)])
  }

  private func length(_ arguments: [Argument], _ range: SourceRange) throws(Diagnostic) -> Value {
    guard arguments.count == 1, let shape = try shape(of: arguments[0].value, at: range),
      let first = shape.extents.first
    else { throw error(.noLength, range) }
    return .size(Double(first))
  }

  private mutating func makeData(
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
  private mutating func expand(
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

  private mutating func use(
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
    graph = Graph()
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

  /// The backward pass of a gate whose forward pass has just been read: the gradient of each operand.
  mutating func enterBackwardPass(
    of syntax: WrittenGateSyntax, output: NodeID
  ) throws(Diagnostic) -> [NodeID] {
    let upstream = graph.input(syntax.upstream.text, shape: graph.shape(of: output))
    names[syntax.upstream.text] = (.node(upstream), line(of: syntax.upstream.range))
    for statement in syntax.backward { try run(statement) }
    var gradients: [NodeID] = []
    for name in syntax.operands {
      guard let gradient = names["d" + name.text] else {
        throw error(.missingGradient(syntax.name.text, name.text), syntax.name.range)
      }
      gradients.append(try operand(Argument(value: gradient.value, range: name.range)))
    }
    return gradients
  }

  // MARK: Gates

  private mutating func apply(
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

  private func option(_ argument: Argument, of card: GateCard) throws(Diagnostic) -> OptionValue {
    guard let value = argument.value.option else {
      throw error(.notAnOption(card.name), argument.range)
    }
    return value
  }

  private func wrongOperands(_ card: GateCard, _ arguments: [Argument]) -> Diagnostic.Message {
    .wrongOperands(
      card.name, card.operandCountText, card.operands + card.options.map { "\($0.name)=" }, arguments.count)
  }

  private func compute(
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

  private func checkRoom(for tensor: Tensor, _ range: SourceRange) throws(Diagnostic) {
    guard graph.slotCount + tensor.shape.count <= Shape.largestCount else { throw error(.noRoom, range) }
  }

  private func gate(named name: String, _ range: SourceRange) throws(Diagnostic) -> any Gate {
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

  private mutating func add(
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
    return node
  }

  private mutating func annotate(_ node: NodeID, _ range: SourceRange, _ place: SourceRange) {
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
  private func label(_ range: SourceRange) -> String {
    let offsets = range.offsets
    let isLong = offsets.count > Self.longestLabel
    let shown = isLong ? SourceRange(offsets.lowerBound..<offsets.lowerBound + Self.longestLabel) : range
    let text = source.text(shown).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return isLong ? text + "..." : text
  }

  // MARK: Shapes and indices

  private mutating func member(
    _ receiver: Value, _ name: String, _ range: SourceRange, _ id: SyntaxTree.ID, _ receiverRange: SourceRange
  ) throws(Diagnostic) -> Value {
    if case .broken = receiver { return .broken }
    if name == "T" {
      return try apply(catalog["transpose"], "T", [Argument(value: receiver, range: receiverRange)], id)
    }
    guard let shape = try shape(of: receiver, at: receiverRange) else {
      throw error(.notAnOperand, receiverRange)
    }
    switch name {
    case "shape": return .list(shape.extents.map { .size(Double($0)) })
    case "ndim": return .size(Double(shape.rank))
    case "size": return .size(Double(shape.count))
    default:
      let fix = nearestName(to: name, among: ["shape", "ndim", "size"]).map {
        [FixIt("use '\($0)'", range, $0)]
      }
      throw error(.unknownMember(name), range, fix ?? [])
    }
  }

  private mutating func index(
    _ receiver: Argument, _ items: [Argument], _ id: SyntaxTree.ID
  ) throws(Diagnostic) -> Value {
    if case .broken = receiver.value { return .broken }
    guard !items.isEmpty else { throw error(.emptyIndex, tree[id].range) }
    // An element of a list, such as x.shape[0].
    if case .list(let values) = receiver.value, items.count == 1, let position = items[0].value.integer {
      let index = position < 0 ? position + values.count : position
      guard values.indices.contains(index) else {
        throw error(.indexOutOfRange(position, values.count), items[0].range)
      }
      return values[index]
    }
    let isPlain = items.allSatisfy { item in
      if case .slice = item.value { return true }
      return item.value.integer != nil
    }
    guard isPlain else {
      return try apply(catalog["gather"], "[]", [receiver] + items, id)
    }
    var bounds: [(name: String, value: [OptionValue])] = ["start", "stop", "step"].map { ($0, []) }
    var drop: [OptionValue] = []
    for (axis, item) in items.enumerated() {
      let range: [Int?]
      if case .slice(let start, let stop, let step) = item.value {
        range = [start, stop, step]
      } else {
        let position = item.value.integer ?? 0
        range = [position, position == -1 ? nil : position + 1, nil]
        drop.append(.number(Double(axis)))
      }
      for (i, bound) in range.enumerated() {
        bounds[i].value.append(bound.map { .number(Double($0)) } ?? .none)
      }
    }
    let options =
      bounds.map { (name: $0.name, value: OptionValue.list($0.value)) } + [(name: "drop", value: .list(drop))]
    guard let type = catalog["slice"] else { throw error(.unknownGate("slice"), tree[id].range) }
    let gate: any CatalogGate
    do throws(OptionError) {
      gate = try type.init(GateOptions(options))
    } catch {
      throw Diagnostic(.badOption(error.description), tree[id].range, in: source)
    }
    if let tensor = try tensor(of: receiver.value, at: receiver.range) {
      return .data(try compute(gate, [tensor], id))
    }
    return .node(try add(gate, [try operand(receiver)], id))
  }

  private func shape(of value: Value, at range: SourceRange) throws(Diagnostic) -> Shape? {
    if case .node(let node) = value { return graph.shape(of: node) }
    return try tensor(of: value, at: range)?.shape
  }

  private func tensor(of value: Value, at range: SourceRange) throws(Diagnostic) -> Tensor? {
    do throws(ShapeError) {
      return try value.tensor()
    } catch {
      throw Diagnostic(.shapes(error.description), range, in: source)
    }
  }

  private func isSize(_ value: Value) -> Bool {
    switch value {
    case .size: true
    case .list(let items): items.contains { isSize($0) }
    default: false
    }
  }

  // MARK: Diagnostics

  mutating func report(_ diagnostic: Diagnostic) {
    if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
  }

  func error(_ message: Diagnostic.Message, _ range: SourceRange, _ fixIts: [FixIt] = []) -> Diagnostic {
    Diagnostic(message, range, in: source, fixIts: fixIts)
  }

  private func line(of range: SourceRange) -> Int { source.place(of: range.offsets.lowerBound).line }
}
