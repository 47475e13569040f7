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
  static let longestLabel = 120

  let catalog: GateCatalog
  var graph = Graph()
  var diagnostics: [Diagnostic] = []
  /// What names stand for, and where they were given.
  var names: [String: (value: Value, place: Int)] = [:]
  /// Values given for names that the formula leaves open, or for its inputs.
  var given: [String: Given] = [:]
  /// Names whose given values are wrong, which is told already.
  var unreadable: Set<String> = []
  /// Inputs that are not differentiated after all, since they only serve as labels.
  var labelNames: Set<String> = []
  var inputs: [Formula.Input] = []
  var lastValue: (name: String?, value: Value)?

  /// The gates of other programs, by name.
  var libraryGates: [String: (card: GateCard, library: any GateLibrary)] = [:]
  /// What has been computed of the graph for them.
  var knownValues: [NodeID: Tensor] = [:]

  var source: Source
  var tree: SyntaxTree
  var data: DataSource
  var functions: [String: Function] = [:]
  var writtenGates: [String: WrittenGateSyntax] = [:]
  var globals: [String: (value: Value, place: Int)] = [:]
  var calls: [String] = []
  var scope: Graph.ScopeID?
  var expansion = 0
  var laterNames: [String: Int] = [:]
  /// Whether the data that was read last came with a shape of its own, as lists and files do.
  var hasFixedShape = false

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

  mutating func run(_ statement: Statement) throws(Diagnostic) {
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

  mutating func assign(_ name: Name?, _ isConstant: Bool, _ root: SyntaxTree.ID) throws(Diagnostic) {
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
  mutating func leaf(_ name: Name, _ isConstant: Bool, _ tensor: Tensor) throws(Diagnostic) -> Value {
    // Data inside a function, or a pass of a gate, belongs to it.
    guard calls.isEmpty else { return .data(tensor) }
    let tensor = try givenTensor(name.text) ?? tensor
    return .node(try addLeaf(name.text, isConstant, tensor, name.range))
  }

  mutating func addLeaf(
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
  mutating func givenTensor(_ name: String) throws(Diagnostic) -> Tensor? {
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

  mutating func value(
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

  mutating func lookUp(_ name: String, _ range: SourceRange) throws(Diagnostic) -> Value {
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
    if unreadable.contains(name) { return .broken }
    if functions[name] != nil || writtenGates[name] != nil || libraryGates[name] != nil
      || catalog[name] != nil
    {
      throw error(.gateWithoutOperands(name), range)
    }
    if let line = laterNames[name], calls.isEmpty { throw error(.usedBefore(name, line), range) }
    throw unknownName(name, range)
  }

  func unknownName(_ name: String, _ range: SourceRange) -> Diagnostic {
    if let other = given.keys.sorted().first(where: { $0.lowercased() == name.lowercased() }) {
      let value = shortened(given[other]?.source.text ?? "")
      let fixIt = FixIt("give it a value: \(name)=\(value), not \(other)=\(value)", range)
      return error(.unknownName(name), range, [fixIt])
    }
    if let gate = calls.last, writtenGates[gate] != nil, laterNames[name] != nil {
      let fixIt = FixIt("make it an operand: the passes of '\(gate)' see nothing else of the formula", range)
      return error(.unknownName(name), range, [fixIt])
    }
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

  // MARK: Diagnostics

  mutating func report(_ diagnostic: Diagnostic) {
    if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
  }

  func error(_ message: Diagnostic.Message, _ range: SourceRange, _ fixIts: [FixIt] = []) -> Diagnostic {
    Diagnostic(message, range, in: source, fixIts: fixIts)
  }

  func line(of range: SourceRange) -> Int { source.place(of: range.offsets.lowerBound).line }
}
