/// Follows differences through two matched graphs, from what causes them to what follows from it.
///
/// Values are followed in the order of the graph, gradients against it. What differs although all that it is computed
/// from is the same is a cause; anything else follows from the causes of that.
struct DifferenceTracing {
  /// What differs and follows from nothing else.
  private(set) var causes: [DiagramDifference] = []

  private let old: [StoredDiagram.Node]
  private let new: [StoredDiagram.Node]
  private let tolerance: Double
  private let matching: DiagramMatching
  private let usesOfOld: [[Structure.Use]]
  private let usesOfNew: [[Structure.Use]]

  /// Positions in ``causes``.
  private typealias Causes = Set<Int>
  /// Why a node of the present graph is not what it was: it is new, another gate, or reads something else.
  private var structural: [Causes]
  /// The cause that says that a node of the stored graph is gone.
  private var removed: [Int: Int] = [:]
  /// The cause that says that a node of the present graph is the output now, or is it no more.
  private var ofOutput: [Int: Int] = [:]
  /// Why the value, and the gradient, of a node of the present graph differ; empty where they do not.
  private var ofValue: [Causes]
  private var ofGradient: [Causes]
  /// The same for what a gate hands down, by the position in its list of operands.
  private var ofDownstream: [[Causes]]

  init(_ old: [StoredDiagram.Node], _ new: [StoredDiagram.Node], tolerance: Double) {
    self.old = old
    self.new = new
    self.tolerance = tolerance
    matching = DiagramMatching(old, new)
    usesOfOld = Structure.consumers(old)
    usesOfNew = Structure.consumers(new)
    structural = new.map { _ in [] }
    ofValue = new.map { _ in [] }
    ofGradient = new.map { _ in [] }
    ofDownstream = new.map { $0.operands.map { _ in [] } }
  }

  mutating func run() {
    for position in old.indices where matching.present[position] == nil { tellRemoved(position) }
    for position in new.indices {
      if let partner = matching.stored[position] {
        compareStructure(partner, position)
      } else {
        tellAdded(position)
      }
    }
    compareOutput()
    for position in new.indices { followValue(position) }
    for position in new.indices.reversed() { followGradient(position) }
  }

  /// The nodes of the present graph that are new or differ.
  var differingInPresent: [String] {
    new.indices.filter { differs($0) }.map { new[$0].id }
  }

  /// The nodes of the stored graph that are gone or differ.
  var differingInStored: [String] {
    old.indices.filter { matching.present[$0].map(differs) ?? true }.map { old[$0].id }
  }

  private func differs(_ position: Int) -> Bool {
    !structural[position].isEmpty || ofOutput[position] != nil || !ofValue[position].isEmpty || !ofGradient[position].isEmpty
      || ofDownstream[position].contains { !$0.isEmpty }
  }

  private mutating func tell(_ difference: DiagramDifference) -> Int {
    causes.append(difference)
    return causes.count - 1
  }

  // MARK: Structure

  private mutating func tellRemoved(_ position: Int) {
    let place = Self.between(position, old, usesOfOld, ("from between", "from behind", "; it was read by"))
    let words = "\(old[position].words) is gone\(place)"
    removed[position] = tell(DiagramDifference(.removed, words, stored: old[position]))
  }

  private mutating func tellAdded(_ position: Int) {
    let place = Self.between(position, new, usesOfNew, ("between", "behind", ", read by"))
    let words = "\(new[position].words) is new\(place)"
    structural[position] = [tell(DiagramDifference(.added, words, new[position]))]
  }

  /// Where a node is in its graph: ` between n4 and n7`.
  private static func between(
    _ position: Int, _ nodes: [StoredDiagram.Node], _ uses: [[Structure.Use]],
    _ words: (between: String, behind: String, read: String)
  ) -> String {
    func list(_ positions: [Int]) -> String {
      var names: [String] = []
      for name in positions.map({ nodes[$0].shortName }) where !names.contains(name) { names.append(name) }
      return names.joined(separator: ", ")
    }
    let sources = list(nodes[position].operands.map(\.source))
    let consumers = list(uses[position].map(\.gate))
    switch (sources.isEmpty, consumers.isEmpty) {
    case (false, false): return " \(words.between) \(sources) and \(consumers)"
    case (false, true): return " \(words.behind) \(sources)\(nodes[position].isOutput ? ", as the output" : "")"
    case (true, false): return "\(words.read) \(consumers)"
    case (true, true): return ""
    }
  }

  private mutating func compareStructure(_ stored: Int, _ position: Int) {
    let (before, now) = (old[stored], new[position])
    func tell(_ kind: DiagramDifference.Kind, _ words: String) -> Int {
      self.tell(DiagramDifference(kind, words, now, stored: before))
    }
    switch (before.kind, now.kind) {
    case (.gate(let a), .gate(let b)) where a != b:
      structural[position].insert(tell(.gate, "gate '\(a)' (\(before.id)) is now '\(b)' (\(now.id))"))
    case (.gate, .box), (.box, .gate):
      structural[position].insert(tell(.gate, "\(before.words) is now \(now.words)"))
    case (.box(let a), .box(let b)) where a != b:
      structural[position].insert(tell(.gate, "\(before.words) is now \(now.words)"))
    case (.box, .box) where before.gateCount != now.gateCount:
      structural[position].insert(
        tell(.gate, "\(now.words) holds \(now.gateCount) gates, stored \(before.gateCount)"))
    case (.input, .constant): structural[position].insert(tell(.input, "\(before.words) is now a constant"))
    case (.constant, .input): structural[position].insert(tell(.input, "\(before.words) is now an input"))
    case (.gate, .gate) where before.constants != now.constants:
      func places(_ constants: [String]) -> [Substring] { constants.map { $0.prefix { $0 != "=" } } }
      let havePlaces = places(before.constants) != places(now.constants)
      let texts = [now, before].map { DifferenceWords.constants($0.constants, withPlaces: havePlaces) }
      structural[position].insert(tell(.gate, "\(now.words): constant \(texts[0]), stored \(texts[1])"))
    default: break
    }
    if isRewired(before, now) {
      let (reads, read) = (now.operands.map { new[$0.source].shortName }, before.operands.map { old[$0.source].shortName })
      structural[position].insert(
        tell(.wiring, "\(now.words) reads \(DifferenceWords.list(reads)), stored \(DifferenceWords.list(read))"))
    }
    // A gate that reads what is gone is no cause, but differs because of it.
    structural[position].formUnion(before.operands.compactMap { removed[$0.source] })
    if before.name != now.name, !hasMoved(before.name, now.name) {
      _ = tell(
        .name,
        now.name.isEmpty
          ? "\(before.words) has lost its name" : "\(before.words) is now called \(now.name)")
    }
  }

  /// Whether a name has gone over to a node that is new, or has come from one that is gone.
  private func hasMoved(_ before: String, _ now: String) -> Bool {
    !before.isEmpty && new.indices.contains { new[$0].name == before && matching.stored[$0] == nil }
      || !now.isEmpty && old.indices.contains { old[$0].name == now && matching.present[$0] == nil }
  }

  /// Whether a gate reads other nodes than before, beyond those that are new or gone.
  private func isRewired(_ before: StoredDiagram.Node, _ now: StoredDiagram.Node) -> Bool {
    guard before.operands.count == now.operands.count else {
      return before.operands.compactMap { matching.present[$0.source] }
        != now.operands.map(\.source).filter { matching.stored[$0] != nil }
    }
    return zip(before.operands, now.operands).contains { a, b in
      guard let expected = matching.present[a.source], matching.stored[b.source] != nil else { return false }
      return expected != b.source
    }
  }

  private mutating func compareOutput() {
    guard let stored = old.firstIndex(where: \.isOutput), let now = new.firstIndex(where: \.isOutput),
      let expected = matching.present[stored], matching.stored[now] != nil, expected != now
    else { return }
    let words = "the output is \(new[now].words), stored \(old[stored].words)"
    let cause = tell(DiagramDifference(.wiring, words, new[now], stored: old[stored]))
    ofOutput = [now: cause, expected: cause]
  }

  // MARK: Values

  private mutating func followValue(_ position: Int) {
    let now = new[position]
    let above = now.operands.reduce(into: structural[position]) { $0.formUnion(ofValue[$1.source]) }
    guard let stored = matching.stored[position] else {
      ofValue[position] = above
      return
    }
    let before = old[stored]
    guard let difference = difference(before, now, position) else { return }
    guard above.isEmpty else {
      ofValue[position] = above
      for cause in above { causes[cause].values += 1 }
      return
    }
    let kind = now.operands.isEmpty ? DiagramDifference.Kind.input : .value
    ofValue[position] = [tell(DiagramDifference(kind, difference, now, stored: before))]
  }

  /// How the values of a node differ, in words; nil when they agree.
  private func difference(_ before: StoredDiagram.Node, _ now: StoredDiagram.Node, _ position: Int) -> String? {
    let isLeaf = now.operands.isEmpty
    guard before.shape == now.shape else {
      return isLeaf
        ? "\(now.words) changed: shape \(before.shapeWords) → \(now.shapeWords)"
        : "\(now.words): shape \(now.shapeWords), stored \(before.shapeWords)"
    }
    guard let a = now.value, let b = before.value else { return nil }
    let positions = differences(a, b) {
      now.operands.compactMap { new[$0.source].value?.scale }.max() ?? 0
    }
    guard !positions.isEmpty else { return nil }
    let worst = DifferenceWords.worst(a, b, at: positions, now)
    return isLeaf
      ? "\(now.words) changed: \(worst.place)\(worst.stored) → \(worst.present)\(worst.count)"
      : "\(now.words): value \(worst.words)"
  }

  private func differences(_ a: StoredNumbers, _ b: StoredNumbers, scale: () -> Double) -> [Int] {
    a.differences(from: b, tolerance: tolerance, scale: scale())
  }

  // MARK: Gradients

  private mutating func followGradient(_ position: Int) {
    let now = new[position]
    let isNew = matching.stored[position] == nil
    var below = isNew ? structural[position] : Causes([ofOutput[position]].compactMap(\.self))
    for use in usesOfNew[position] {
      let wires = new[use.gate].operands
      for wire in wires.indices where wires[wire].source == position { below.formUnion(ofDownstream[use.gate][wire]) }
    }
    guard let stored = matching.stored[position] else {
      ofGradient[position] = below
      ofDownstream[position] = now.operands.map { _ in below }
      return
    }
    let before = old[stored]
    for use in usesOfOld[stored] {
      // What read this value reads it no more.
      if let cause = removed[use.gate] { below.insert(cause) }
      if let gate = matching.present[use.gate], !new[gate].operands.contains(where: { $0.source == position }) {
        below.formUnion(structural[gate])
      }
    }
    if before.shape != now.shape, now.gradient != nil {
      ofGradient[position] = below.union(ofValue[position])
      for cause in ofGradient[position] { causes[cause].gradients += 1 }
    } else if let a = now.gradient, let b = before.gradient {
      let positions = differences(a, b) { gradientScale(position) }
      if !positions.isEmpty {
        ofGradient[position] = blamed(
          below, { "\(now.words): gradient \(DifferenceWords.worst(a, b, at: positions, now).words)" }, now, before,
          isCounted: true)
      }
    }
    followDownstream(position, before, now)
  }

  /// What a gate hands down: it follows from what comes from above, and from the values that its local gradients are
  /// made of.
  private mutating func followDownstream(_ position: Int, _ before: StoredDiagram.Node, _ now: StoredDiagram.Node) {
    let values = now.operands.reduce(into: structural[position].union(ofValue[position])) {
      $0.formUnion(ofValue[$1.source])
    }
    for (wire, operand) in now.operands.enumerated() {
      guard wire < before.operands.count, before.operands[wire].position == operand.position,
        matching.present[before.operands[wire].source] == operand.source
      else {
        ofDownstream[position][wire] = values.union(ofGradient[position])
        continue
      }
      let stored = before.operands[wire]
      let source = new[operand.source]
      func words(_ what: String, _ worst: DifferenceWords.Worst) -> String {
        "\(now.words): \(what) of operand \(operand.position) (\(source.shortName)) \(worst.words)"
      }
      var above = values.union(ofGradient[position])
      if let a = operand.local, let b = stored.local {
        let positions = differences(a, b) { now.operands.compactMap { new[$0.source].value?.scale }.max() ?? 0 }
        if !positions.isEmpty {
          above.formUnion(
            blamed(
              values, { words("local gradient", DifferenceWords.worst(a, b, at: positions, now)) }, now, before,
              isCounted: false))
        }
      }
      guard let a = operand.downstream, let b = stored.downstream else { continue }
      let positions = differences(a, b) { (now.gradient?.scale ?? 0) * max(1, operand.local?.scale ?? 1) }
      guard !positions.isEmpty else { continue }
      ofDownstream[position][wire] = blamed(
        above, { words("downstream gradient", DifferenceWords.worst(a, b, at: positions, source)) }, now, before,
        isCounted: false)
    }
  }

  /// The causes of a difference: those of what it is made of, or else itself.
  private mutating func blamed(
    _ above: Causes, _ words: () -> String, _ now: StoredDiagram.Node, _ before: StoredDiagram.Node, isCounted: Bool
  ) -> Causes {
    guard above.isEmpty else {
      if isCounted { for cause in above { causes[cause].gradients += 1 } }
      return above
    }
    return [tell(DiagramDifference(.gradient, words(), now, stored: before))]
  }

  /// The largest of the gradients that are added up at a node.
  private func gradientScale(_ position: Int) -> Double {
    usesOfNew[position].flatMap { new[$0.gate].operands }.filter { $0.source == position }
      .compactMap { $0.downstream?.scale }.max() ?? 0
  }
}
