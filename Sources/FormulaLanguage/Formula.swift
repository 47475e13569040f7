public import Gradients

/// A function read from text: its graph, its inputs with their values, and the gradients claimed for it.
public struct Formula: Sendable {
  /// A leaf that is differentiated.
  public struct Input: Sendable {
    /// Its name.
    public let name: String
    /// Its place in the graph.
    public let node: NodeID
    /// Its value.
    public let value: Tensor
    /// Whether the formula says nothing of the data but its shape, as `randn(4, 3)` does: it means other shapes too.
    public let hasOpenShape: Bool
    /// Where it stands in the text.
    public let range: SourceRange
  }

  /// A gradient derived by hand: `df/dx = value`.
  public struct Claim: Sendable {
    /// The value that is differentiated.
    public let of: (name: String, node: NodeID)
    /// The value that it is differentiated to.
    public let withRespectTo: (name: String, node: NodeID)
    /// The claimed gradient, a node of ``Formula/claimGraph``.
    public let value: NodeID
    /// Where the claim stands.
    public let place: Graph.Place
  }

  /// The text.
  public let source: Source
  /// The function.
  public let graph: Graph
  /// The inputs, in the order in which the text first names them.
  public let inputs: [Input]
  /// The value that is differentiated: the last one of the text.
  public let output: NodeID
  /// Its name; `f` where it has none.
  public let outputName: String
  /// The gradients derived by hand, in order.
  public let claims: [Claim]
  /// The function, followed by the nodes of the claims.
  public let claimGraph: Graph

  /// Reads a formula.
  ///
  /// - Parameters:
  ///   - source: the text.
  ///   - values: what inputs shall be instead, and what names shall be that the text leaves open; each is a number, a
  ///     list or a data source.
  ///   - directory: where the paths of `load` begin.
  ///   - seed: the seed of random data.
  ///   - catalog: the gates that the text can name.
  ///   - library: starts the program that a `use` names, and gives what it serves.
  /// - Throws: `FormulaError` with everything that is wrong.
  public init(
    parsing source: Source, replacing values: [(name: String, text: String)] = [], directory: String? = nil,
    seed: UInt64 = 0, catalog: GateCatalog = .standard,
    library: (String) throws -> any GateLibrary = { throw GateError("'\($0)' cannot be used here") }
  ) throws(FormulaError) {
    var parser = Parser(source)
    let statements = parser.statements()
    var diagnostics = parser.diagnostics
    var given: [String: Lowering.Given] = [:]
    var unreadable: Set<String> = []
    for (name, text) in values {
      let valueSource = Source(name: "<\(name)>", text: text)
      var parser = Parser(valueSource)
      let root = parser.value()
      diagnostics += parser.diagnostics
      guard let root, parser.diagnostics.isEmpty else {
        unreadable.insert(name)
        continue
      }
      given[name] = Lowering.Given(source: valueSource, tree: parser.tree, root: root)
    }

    var libraries: [String: any GateLibrary] = [:]
    func lower(labelNames: Set<String>) -> Lowering {
      var lowering = Lowering(
        source, parser.tree, catalog: catalog, data: DataSource(directory: directory, seed: seed))
      lowering.given = given
      lowering.unreadable = unreadable
      lowering.labelNames = labelNames
      lowering.run(statements) { command in
        if let known = libraries[command] { return known }
        let opened = try library(command)
        libraries[command] = opened
        return opened
      }
      return lowering
    }
    var lowering = lower(labelNames: [])
    let labels = lowering.graph.inputsUsedAsLabels
    if !labels.isEmpty { lowering = lower(labelNames: labels) }

    // Where something is wrong already, a name may be unknown for that reason alone.
    let isSound = diagnostics.isEmpty && lowering.diagnostics.isEmpty
    for (name, text) in values where isSound && lowering.names[name] == nil {
      let place = Source(name: "<\(name)>", text: text)
      let known = lowering.inputs.map(\.name)
      lowering.report(
        Diagnostic(.unknownInput(name, known), SourceRange(0..<text.utf8.count), in: place))
    }
    let end = source.bytes.count
    if diagnostics.isEmpty, lowering.diagnostics.isEmpty, statements.isEmpty {
      diagnostics.append(Diagnostic(.empty, SourceRange(0..<min(1, end)), in: source))
    }
    var output: NodeID?
    if diagnostics.isEmpty, lowering.diagnostics.isEmpty, !statements.isEmpty {
      if case .node(let node)? = lowering.lastValue?.value {
        output = node
      } else {
        let last = statements.last?.range ?? SourceRange(0..<end)
        diagnostics.append(Diagnostic(.noOutput, last, in: source))
      }
    }
    graph = lowering.graph
    inputs = lowering.inputs
    self.source = source
    outputName = lowering.lastValue?.name ?? "f"
    let claims = output.map {
      lowering.claims(statements, output: $0, outputName: lowering.lastValue?.name ?? "f")
    }
    diagnostics += lowering.diagnostics
    guard let output, diagnostics.isEmpty else {
      throw FormulaError(diagnostics.inOrder(source))
    }
    self.output = output
    self.claims = claims ?? []
    claimGraph = lowering.graph
  }
}

extension Formula {
  /// What an error of a run says: that of a gate with the place, the line and a caret.
  ///
  /// - Parameters:
  ///   - error: what went wrong.
  ///   - graph: what was run; ``claimGraph`` without it.
  /// - Returns: the text, of one line or, with the place, several.
  public func text(of error: any Error, in graph: Graph? = nil) -> String {
    guard let error = error as? GateError, let node = error.node,
      let place = (graph ?? claimGraph).annotation(of: node).place
    else { return "\(source.name): error: \(error)" }
    return Diagnostic(.gateFailed(error.description), source.range(of: place), in: source).text
  }
}

extension Lowering {
  /// Lowers the claims behind everything else.
  fileprivate mutating func claims(
    _ statements: [Statement], output: NodeID, outputName: String
  ) -> [Formula.Claim] {
    if names[outputName] == nil { names[outputName] = (.node(output), 0) }
    var claims: [Formula.Claim] = []
    for statement in statements {
      guard case .claim(let of, let withRespectTo, let root) = statement.kind else { continue }
      do throws(Diagnostic) {
        let place = source.place(of: statement.range.offsets.lowerBound)
        claims.append(
          Formula.Claim(
            of: (of.text, try claimed(of)), withRespectTo: (withRespectTo.text, try claimed(withRespectTo)),
            value: try claimed(root), place: Graph.Place(line: place.line, column: place.column)))
      } catch {
        report(error)
      }
    }
    return claims
  }

  /// The value that a claim names.
  private func claimed(_ name: Name) throws(Diagnostic) -> NodeID {
    if case .node(let node)? = names[name.text]?.value { return node }
    let known = names.filter { if case .node = $0.value.value { true } else { false } }.keys.sorted()
    let near = nearestName(to: name.text, among: known)
    throw error(
      .unknownClaim(name.text, known), name.range,
      near.map { [FixIt("use 'd\($0)'", name.range, $0)] } ?? [])
  }
}

extension Graph {
  /// The names of inputs that nothing uses but as labels.
  fileprivate var inputsUsedAsLabels: Set<String> {
    var labels: Set<NodeID> = []
    var operands: Set<NodeID> = []
    for node in nodes {
      guard case .gate(let gate) = kind(of: node) else { continue }
      for (position, operand) in self.operands(of: node).enumerated() {
        if gate.card.isLabel(position) { labels.insert(operand) } else { operands.insert(operand) }
      }
    }
    var names: Set<String> = []
    for node in inputs where labels.contains(node) && !operands.contains(node) {
      if case .input(let name) = kind(of: node) { names.insert(name) }
    }
    return names
  }
}

extension [Diagnostic] {
  /// Those of the formula in the order of its text, then those of the values given for it.
  fileprivate func inOrder(_ source: Source) -> [Diagnostic] {
    let own = filter { $0.source == source }.sorted {
      $0.range.offsets.lowerBound < $1.range.offsets.lowerBound
    }
    let given = filter { $0.source != source }
    return own + given
  }
}

extension Diagnostic.Message {
  static let empty = Self("empty", "there is no formula")
  static let noOutput = Self(
    "no-output", "nothing is computed: the last value must depend on an input or a constant")
  static func gateFailed(_ text: String) -> Self { .init("gate-failed", text) }
  static func unknownClaim(_ name: String, _ known: [String]) -> Self {
    let list = known.prefix(8).joined(separator: ", ") + (known.count > 8 ? ", ..." : "")
    return .init(
      "unknown-claim", "the formula has no value '\(shortened(name))' to differentiate; it has \(list)")
  }
  static func unknownInput(_ name: String, _ known: [String]) -> Self {
    .init(
      "unknown-input",
      known.isEmpty
        ? "the formula has no input '\(name)'"
        : "the formula has no input '\(name)'; it has \(known.joined(separator: ", "))")
  }
}
