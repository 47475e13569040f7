/// Which node of a stored graph is which node of the present one.
///
/// Evidence is used from the strongest to the weakest: what a node is computed from *and* what is made of it, what it is
/// computed from alone, its name, what is made of it alone, its neighbours, and in the end its place in the order. So an inserted gate leaves the nodes
/// above it known by what they are computed from, and those below it by what is made of them.
struct DiagramMatching {
  /// For each node of the stored graph, its position in the present one.
  private(set) var present: [Int?]
  /// For each node of the present graph, its position in the stored one.
  private(set) var stored: [Int?]

  /// More pairs than this are not looked at one by one.
  private static let largestTable = 4_000_000

  init(_ old: [StoredDiagram.Node], _ new: [StoredDiagram.Node]) {
    present = Array(repeating: nil, count: old.count)
    stored = Array(repeating: nil, count: new.count)
    let (a, b) = (Structure(old), Structure(new))
    matchEqual(zip(a.sources, a.uses).map(Pair.init), zip(b.sources, b.uses).map(Pair.init))
    matchEqual(a.sources, b.sources)
    matchNames(old, new)
    matchEqual(a.uses, b.uses)
    matchNeighbours(old, new)
    matchOrder(old, new)
    matchNeighbours(old, new)
  }

  private struct Pair: Hashable {
    let sources: Int
    let uses: Int
  }

  private mutating func match(_ old: Int, _ new: Int) {
    present[old] = new
    stored[new] = old
  }

  /// Matches the nodes that have the same key, the first with the first.
  private mutating func matchEqual<Key: Hashable>(_ old: [Key], _ new: [Key]) {
    var waiting: [Key: [Int]] = [:]
    for position in new.indices.reversed() where stored[position] == nil {
      waiting[new[position], default: []].append(position)
    }
    for position in old.indices where present[position] == nil {
      if let partner = waiting[old[position]]?.popLast() { match(position, partner) }
    }
  }

  /// Matches the nodes that have a name that stands once on each side.
  private mutating func matchNames(_ old: [StoredDiagram.Node], _ new: [StoredDiagram.Node]) {
    func unique(_ nodes: [StoredDiagram.Node]) -> [String: Int?] {
      Dictionary(nodes.enumerated().filter { !$0.element.name.isEmpty }.map { ($0.element.name, $0.offset) })
      {
        _, _ in nil
      }
    }
    let (names, others) = (unique(old), unique(new))
    for (position, node) in old.enumerated() where present[position] == nil {
      guard names[node.name] == position, let partner = others[node.name] ?? nil, stored[partner] == nil,
        node.kind.isGate == new[partner].kind.isGate
      else { continue }
      match(position, partner)
    }
  }

  /// Matches nodes at the same place between nodes that are matched, until there are no more.
  private mutating func matchNeighbours(_ old: [StoredDiagram.Node], _ new: [StoredDiagram.Node]) {
    let (usesOfOld, usesOfNew) = (Structure.consumers(old), Structure.consumers(new))
    var isGrowing = true
    while isGrowing {
      isGrowing = false
      for position in old.indices where present[position] == nil {
        guard let partner = between(position, old, new, usesOfOld, usesOfNew) else { continue }
        match(position, partner)
        isGrowing = true
      }
    }
  }

  /// The node that reads what `position` reads and is read where it is read, whatever its gate.
  private func between(
    _ position: Int, _ old: [StoredDiagram.Node], _ new: [StoredDiagram.Node], _ usesOfOld: [[Structure.Use]],
    _ usesOfNew: [[Structure.Use]]
  ) -> Int? {
    let node = old[position]
    func fits(_ candidate: Int) -> Bool {
      let other = new[candidate]
      guard stored[candidate] == nil, node.kind.isGate == other.kind.isGate, node.isOutput == other.isOutput,
        node.operands.map({ present[$0.source] }) == other.operands.map({ $0.source })
          || node.operands.isEmpty
      else { return false }
      return usesOfOld[position].map { Structure.Use(gate: present[$0.gate] ?? -1, operand: $0.operand) }
        == usesOfNew[candidate]
    }
    // It is an operand of what reads this one, or reads what this one reads.
    for use in usesOfOld[position] {
      guard let gate = present[use.gate] else { continue }
      for operand in new[gate].operands where operand.position == use.operand && fits(operand.source) {
        return operand.source
      }
    }
    for operand in node.operands {
      guard let source = present[operand.source] else { continue }
      if let use = usesOfNew[source].first(where: { fits($0.gate) }) { return use.gate }
    }
    return nil
  }

  /// Matches what is left by the longest sequence of the same gates on the same shapes in the same order.
  private mutating func matchOrder(_ old: [StoredDiagram.Node], _ new: [StoredDiagram.Node]) {
    let left = old.indices.filter { present[$0] == nil && old[$0].kind.isGate }
    let right = new.indices.filter { stored[$0] == nil && new[$0].kind.isGate }
    guard !left.isEmpty, !right.isEmpty, left.count * right.count <= Self.largestTable else { return }
    func isSame(_ i: Int, _ j: Int) -> Bool {
      let (a, b) = (old[left[i]], new[right[j]])
      return a.kind == b.kind && a.shape == b.shape && a.isOutput == b.isOutput
    }
    // How long a common sequence begins at each pair.
    let width = right.count + 1
    var lengths = Array(repeating: 0, count: (left.count + 1) * width)
    for i in left.indices.reversed() {
      for j in right.indices.reversed() {
        let skipped = max(lengths[(i + 1) * width + j], lengths[i * width + j + 1])
        lengths[i * width + j] = isSame(i, j) ? max(skipped, lengths[(i + 1) * width + j + 1] + 1) : skipped
      }
    }
    var (i, j) = (0, 0)
    while i < left.count, j < right.count {
      if isSame(i, j), lengths[i * width + j] == lengths[(i + 1) * width + j + 1] + 1 {
        match(left[i], right[j])
        (i, j) = (i + 1, j + 1)
      } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
        i += 1
      } else {
        j += 1
      }
    }
  }
}

/// What is known of each node of a graph by its place in it, as numbers that are equal for equal structure.
struct Structure {
  /// A place where a value is read.
  struct Use: Hashable {
    let gate: Int
    let operand: Int
  }

  /// What each node is computed from, down to the inputs and their names.
  private(set) var sources: [Int] = []
  /// What is made of each node, down to the output.
  private(set) var uses: [Int]

  init(_ nodes: [StoredDiagram.Node]) {
    for node in nodes {
      var hasher = Hasher()
      node.hashSelf(into: &hasher)
      if !node.kind.isGate { hasher.combine(node.name) }
      for operand in node.operands {
        hasher.combine(operand.position)
        hasher.combine(sources[operand.source])
      }
      sources.append(hasher.finalize())
    }
    let consumers = Self.consumers(nodes)
    uses = Array(repeating: 0, count: nodes.count)
    for position in nodes.indices.reversed() {
      var hasher = Hasher()
      nodes[position].hashSelf(into: &hasher)
      hasher.combine(nodes[position].isOutput)
      for use in consumers[position] {
        hasher.combine(use.operand)
        hasher.combine(uses[use.gate])
      }
      uses[position] = hasher.finalize()
    }
  }

  /// Where each node is read, in order.
  static func consumers(_ nodes: [StoredDiagram.Node]) -> [[Use]] {
    var consumers: [[Use]] = nodes.map { _ in [] }
    for (gate, node) in nodes.enumerated() {
      for operand in node.operands {
        consumers[operand.source].append(Use(gate: gate, operand: operand.position))
      }
    }
    return consumers
  }
}

extension StoredDiagram.Node {
  /// What the node is, without its place and its name.
  fileprivate func hashSelf(into hasher: inout Hasher) {
    switch kind {
    case .input: hasher.combine("input")
    case .constant: hasher.combine("constant")
    case .gate(let gate): hasher.combine(gate)
    case .box(let name): hasher.combine(name)
    case .part: hasher.combine("part")
    }
    hasher.combine(constants)
  }
}
