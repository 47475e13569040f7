/// Tells how two matched graphs differ in what they are made of, before their numbers are looked at.
extension DifferenceTracing {
  mutating func tellRemoved(_ position: Int) {
    let place = Self.between(position, old, usesOfOld, ("from between", "from behind", "; it was read by"))
    let words = "\(old[position].words) is gone\(place)"
    removed[position] = tell(DiagramDifference(.removed, words, stored: old[position]))
  }

  mutating func tellAdded(_ position: Int) {
    let place = Self.between(position, new, usesOfNew, ("between", "behind", ", read by"))
    let words = "\(new[position].words) is new\(place)"
    structural[position] = CauseSet(tell(DiagramDifference(.added, words, new[position])))
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
    case (false, true):
      return " \(words.behind) \(sources)\(nodes[position].isOutput ? ", as the output" : "")"
    case (true, false): return "\(words.read) \(consumers)"
    case (true, true): return ""
    }
  }

  mutating func compareStructure(_ stored: Int, _ position: Int) {
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
      let (reads, read) = (
        now.operands.map { new[$0.source].shortName }, before.operands.map { old[$0.source].shortName }
      )
      structural[position].insert(
        tell(
          .wiring, "\(now.words) reads \(DifferenceWords.list(reads)), stored \(DifferenceWords.list(read))"))
    }
    // A gate that reads what is gone is no cause, but differs because of it.
    for operand in before.operands { structural[position].formUnion(CauseSet(removed[operand.source])) }
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

  mutating func compareOutput() {
    guard let stored = old.firstIndex(where: \.isOutput), let now = new.firstIndex(where: \.isOutput),
      let expected = matching.present[stored], matching.stored[now] != nil, expected != now
    else { return }
    let words = "the output is \(new[now].words), stored \(old[stored].words)"
    let cause = tell(DiagramDifference(.wiring, words, new[now], stored: old[stored]))
    ofOutput = [now: cause, expected: cause]
  }
}
