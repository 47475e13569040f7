internal import Gradients
internal import HeapModule

/// Draws several gates as one.
extension DrawnGraph {
  /// More gates than this are folded unless it is asked otherwise.
  static let largestReadableCount = 200
  /// More wires than this between folded gates are a tangle.
  private static let largestReadableWireCount = 250
  /// More gates than this are not drawn one by one.
  static let largestUnfoldedCount = 6_000
  /// More gates than this are not drawn at all when nothing in the formula says what belongs together.
  static let largestCount = 20_000

  /// The gates that become one, and what is written in their box.
  private struct Group {
    var name: String
    var gates: [NodeID] = []
  }

  func folded(_ folding: DiagramOptions.Folding, _ graph: Graph, output: NodeID) throws(DiagramError)
    -> DrawnGraph
  {
    let result: DrawnGraph
    switch folding {
    case .none: result = self
    case .depth(let depth):
      result = merged(scopes(graph) { _, level in level >= depth }, output).bundled(leaves: false)
    case .names(let names):
      let known = graph.foldableNames(elements)
      for name in names where !known.contains(name) {
        let list = known.isEmpty ? "it has none" : "it has \(known.joined(separator: ", "))"
        throw DiagramError("the formula has no function '\(name)' to fold; \(list)")
      }
      result = merged(scopes(graph) { scope, _ in names.contains(graph.scopes[scope].name) }, output)
        .bundled(leaves: false)
    case .automatic: result = try foldedUntilReadable(graph, output)
    }
    guard result.gateCount <= Self.largestUnfoldedCount else {
      throw DiagramError(
        """
        \(result.gateCount) gates are too many to lay out (at most \(Self.largestUnfoldedCount)); \
        without --unfold they are drawn folded, and --depth 0 draws each function as one gate
        """)
    }
    return result
  }

  /// In a small picture nothing, in a large one functions as few as needed from the inside out, then what is computed
  /// for one named value, then what stands side by side.
  private func foldedUntilReadable(_ graph: Graph, _ output: NodeID) throws(DiagramError) -> DrawnGraph {
    guard gateCount > Self.largestReadableCount else { return self }
    var result = self
    let deepest = graph.scopes.indices.map { graph.depth(of: $0) }.max() ?? -1
    for depth in stride(from: deepest, through: 0, by: -1) {
      result = merged(scopes(graph) { _, level in level >= depth }, output)
      if result.isReadable { return result.bundled(leaves: true) }
    }
    guard result.gateCount <= Self.largestCount else {
      throw DiagramError(
        """
        the function has \(result.gateCount) gates, and a picture can show at most \(Self.largestCount); put what \
        belongs together in a function (def), which is then drawn as one gate, or compute with vectors and \
        matrices: tanh(W @ x + b) is three gates for a layer of any size
        """)
    }
    result = result.merged(result.expressions(graph, output), output)
    if !result.isReadable { result = result.merged(result.bands(graph), output) }
    return result.bundled(leaves: true)
  }

  private var isReadable: Bool {
    gateCount <= Self.largestReadableCount
      && elements.reduce(0) { $0 + $1.wires.count } <= Self.largestReadableWireCount
  }

  // MARK: What belongs together

  /// The gates of each outermost function for which `folds` holds, given the function and how deep inside others it is.
  private func scopes(_ graph: Graph, folds: (Graph.ScopeID, Int) -> Bool) -> [Group] {
    var groups: [Group] = []
    var positions: [Graph.ScopeID: Int] = [:]
    for element in elements {
      for gate in element.gates {
        let path = graph.scopePath(of: gate)
        guard let (_, scope) = path.enumerated().first(where: { folds($0.element, $0.offset) }) else {
          continue
        }
        if positions[scope] == nil {
          positions[scope] = groups.count
          groups.append(Group(name: graph.scopes[scope].name))
        }
        groups[positions[scope] ?? 0].gates.append(gate)
      }
    }
    return groups
  }

  /// What only one value is computed from, with that value: the trees between named values.
  private func expressions(_ graph: Graph, _ output: NodeID) -> [Group] {
    var readers: [NodeID: Set<NodeID>] = [:]
    for element in elements {
      for wire in element.wires { readers[wire.source, default: []].insert(element.node) }
    }
    var root: [NodeID: NodeID] = [:]
    for element in elements.reversed() where !element.isLeaf {
      let isNamed = graph.annotation(of: element.node).name != nil
      let single = readers[element.node].flatMap { $0.count == 1 ? $0.first : nil }
      let joins = !isNamed && element.node != output && element.outputs.count == 1
      root[element.node] = joins ? single.flatMap { root[$0] } ?? element.node : element.node
    }
    var groups: [Group] = []
    var positions: [NodeID: Int] = [:]
    for element in elements where !element.isLeaf {
      guard let top = root[element.node] else { continue }
      if positions[top] == nil {
        positions[top] = groups.count
        groups.append(Group(name: graph.annotation(of: top).name ?? graph.annotation(of: top).label ?? ""))
      }
      groups[positions[top] ?? 0].gates += element.gates
    }
    return groups
  }

  /// What is equally far from the leaves: a few columns, each with the number and the kind of what is in it.
  private func bands(_ graph: Graph) -> [Group] {
    var levels: [NodeID: Int] = [:]
    for element in elements {
      let level = (element.wires.map { levels[$0.source, default: 0] }.max() ?? -1) + 1
      for node in element.outputs + [element.node] { levels[node] = level }
    }
    let thickness = (levels.values.reduce(0, max) + 23) / 24
    var bands: [[Element]] = Array(repeating: [], count: 25)
    for element in elements where !element.isLeaf {
      bands[(levels[element.node] ?? 1) / max(thickness, 1)].append(element)
    }
    return bands.filter { !$0.isEmpty }.map { band in
      let kinds = Set(band.map { kind(of: $0, graph) })
      let gates = band.flatMap(\.gates)
      let name = kinds.count == 1 ? "\(band.count) \(kinds.first ?? "")" : "\(gates.count) gates"
      return Group(name: name, gates: gates)
    }
  }

  /// What one of many elements is called: the function that it is, or its last operation.
  private func kind(of element: Element, _ graph: Graph) -> String {
    let paths = element.gates.map { graph.scopePath(of: $0) }
    if case .box = element.content, let scope = paths[0].first, paths.allSatisfy({ $0.first == scope }) {
      return graph.scopes[scope].name
    }
    guard case .gate(let gate) = graph.kind(of: element.node) else { return "" }
    return gate.card.symbol
  }

  // MARK: Merging

  /// Draws each group of more than one gate as one.
  private func merged(_ groups: [Group], _ output: NodeID) -> DrawnGraph {
    var box: [NodeID: Int] = [:]
    for (position, group) in groups.enumerated() where group.gates.count > 1 {
      for gate in group.gates { box[gate] = position }
    }
    var leaving: [Int: Set<NodeID>] = [:]
    var members: [Int: [Element]] = [:]
    var owner: [NodeID: Int] = [:]
    for element in elements {
      guard let position = element.gates.first.flatMap({ box[$0] }) else { continue }
      members[position, default: []].append(element)
      for node in element.outputs { owner[node] = position }
    }
    for element in elements {
      let position = element.gates.first.flatMap { box[$0] }
      for use in element.wires.flatMap(\.uses) {
        if let source = owner[use.operand], source != position {
          leaving[source, default: []].insert(use.operand)
        }
      }
    }
    if let position = owner[output] { leaving[position, default: []].insert(output) }
    var result = elements.filter { element in element.gates.first.flatMap { box[$0] } == nil }
    for position in members.keys.sorted() {
      let parts = members[position] ?? []
      let outputs = (leaving[position] ?? []).sorted()
      let uses = parts.flatMap { $0.wires.flatMap(\.uses) }.filter { owner[$0.operand] != position }
      let gates = parts.flatMap(\.gates)
      let name = groups[position].name
      result.append(
        Element(
          node: outputs.last ?? parts[parts.count - 1].node,
          content: .box(name: name.isEmpty ? "\(gates.count) gates" : name, gates: gates),
          wires: Self.wires(uses) { $0 }, outputs: outputs))
    }
    return DrawnGraph(elements: result.inOrder)
  }

  /// Draws what leaves an element in many wires as one wire, and, if asked for, leaves that the same elements read as one.
  private func bundled(leaves: Bool) -> DrawnGraph {
    var readers: [NodeID: [NodeID]] = [:]
    for element in elements {
      for wire in element.wires { readers[wire.source, default: []].append(element.node) }
    }
    var alike: [[NodeID]: [NodeID]] = [:]
    for element in elements where element.isLeaf && leaves {
      alike[readers[element.node] ?? [], default: []].append(element.node)
    }
    var standsFor: [NodeID: NodeID] = [:]
    var result: [Element] = []
    for element in elements {
      let group = element.isLeaf ? alike[readers[element.node] ?? []] ?? [] : element.outputs
      guard group.count > (element.isLeaf ? 6 : Element.largestOutputCount) else {
        result.append(element)
        continue
      }
      let node = element.isLeaf ? group[0] : element.node
      for member in group { standsFor[member] = node }
      guard node == element.node else { continue }
      var bundle = element
      bundle.outputs = group
      result.append(bundle)
    }
    for position in result.indices {
      result[position].wires = Self.wires(result[position].wires.flatMap(\.uses)) { standsFor[$0] ?? $0 }
    }
    return DrawnGraph(elements: result)
  }

  /// One wire for each source, in the order in which they are first read.
  private static func wires(_ uses: [Use], source: (NodeID) -> NodeID) -> [Wire] {
    var wires: [Wire] = []
    var positions: [NodeID: Int] = [:]
    for use in uses {
      let source = source(use.operand)
      if let position = positions[source] {
        wires[position].uses.append(use)
      } else {
        positions[source] = wires.count
        wires.append(Wire(source: source, uses: [use]))
      }
    }
    return wires
  }
}

extension [DrawnGraph.Element] {
  /// Each after what it reads, otherwise in the order of what stands for them.
  fileprivate var inOrder: [DrawnGraph.Element] {
    var owner: [NodeID: Int] = [:]
    let sorted = self.sorted { $0.node < $1.node }
    for (position, element) in sorted.enumerated() {
      for node in element.outputs { owner[node] = position }
    }
    var waiting = sorted.map { element in
      Set(element.wires.compactMap { owner[$0.source] }).count
    }
    var readers: [Int: [Int]] = [:]
    for (position, element) in sorted.enumerated() {
      for source in Set(element.wires.compactMap { owner[$0.source] }).sorted() {
        readers[source, default: []].append(position)
      }
    }
    var ready = Heap(sorted.indices.filter { waiting[$0] == 0 })
    var result: [DrawnGraph.Element] = []
    while let next = ready.popMin() {
      result.append(sorted[next])
      for reader in readers[next] ?? [] {
        waiting[reader] -= 1
        if waiting[reader] == 0 { ready.insert(reader) }
      }
    }
    // Boxes that read each other have no order.
    return result + sorted.indices.filter { waiting[$0] > 0 }.map { sorted[$0] }
  }
}

extension Graph {
  /// How many functions are around a scope.
  fileprivate func depth(of scope: ScopeID) -> Int {
    var depth = 0
    var outer = scopes[scope].parent
    while let scope = outer {
      depth += 1
      outer = scopes[scope].parent
    }
    return depth
  }

  /// The names of the functions that drawn gates were expanded from, and of gates written in the formula, each once.
  fileprivate func foldableNames(_ elements: [DrawnGraph.Element]) -> [String] {
    var names: [String] = []
    for gate in elements.flatMap(\.gates) {
      for scope in scopePath(of: gate) where !names.contains(scopes[scope].name) {
        names.append(scopes[scope].name)
      }
      if case .gate(let written) = kind(of: gate), written is any CompositeGate,
        !names.contains(written.card.name)
      {
        names.append(written.card.name)
      }
    }
    return names
  }
}
