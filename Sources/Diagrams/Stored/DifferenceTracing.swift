/// Follows differences through two matched graphs, from what causes them to what follows from it.
///
/// Values are followed in the order of the graph, gradients against it. What differs although all that it is computed
/// from is the same is a cause; anything else follows from the causes of that.
struct DifferenceTracing {
  /// What differs and follows from nothing else.
  private(set) var causes: [DiagramDifference] = []

  let old: [StoredDiagram.Node]
  let new: [StoredDiagram.Node]
  let tolerance: Double
  let matching: DiagramMatching
  let usesOfOld: [[Structure.Use]]
  let usesOfNew: [[Structure.Use]]

  /// Why a node of the present graph is not what it was: it is new, another gate, or reads something else.
  var structural: [CauseSet]
  /// The cause that says that a node of the stored graph is gone.
  var removed: [Int: Int] = [:]
  /// The cause that says that a node of the present graph is the output now, or is it no more.
  var ofOutput: [Int: Int] = [:]
  /// Why the value, and the gradient, of a node of the present graph differ; empty where they do not.
  private var ofValue: [CauseSet]
  private var ofGradient: [CauseSet]
  /// The same for what a gate hands down, by the position in its list of operands.
  private var ofDownstream: [[CauseSet]]

  init(_ old: [StoredDiagram.Node], _ new: [StoredDiagram.Node], tolerance: Double) {
    self.old = old
    self.new = new
    self.tolerance = tolerance
    matching = DiagramMatching(old, new)
    usesOfOld = Structure.consumers(old)
    usesOfNew = Structure.consumers(new)
    structural = new.map { _ in CauseSet() }
    ofValue = new.map { _ in CauseSet() }
    ofGradient = new.map { _ in CauseSet() }
    ofDownstream = new.map { $0.operands.map { _ in CauseSet() } }
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
    !structural[position].isEmpty || ofOutput[position] != nil || !ofValue[position].isEmpty
      || !ofGradient[position].isEmpty
      || ofDownstream[position].contains { !$0.isEmpty }
  }

  mutating func tell(_ difference: DiagramDifference) -> Int {
    causes.append(difference)
    return causes.count - 1
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
      for cause in above.positions { causes[cause].values += 1 }
      return
    }
    let kind = now.operands.isEmpty ? DiagramDifference.Kind.input : .value
    ofValue[position] = CauseSet(tell(DiagramDifference(kind, difference, now, stored: before)))
  }

  /// How the values of a node differ, in words; nil when they agree.
  private func difference(_ before: StoredDiagram.Node, _ now: StoredDiagram.Node, _ position: Int) -> String?
  {
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
    var below = isNew ? structural[position] : CauseSet(ofOutput[position])
    for use in usesOfNew[position] {
      let wires = new[use.gate].operands
      for wire in wires.indices where wires[wire].source == position {
        below.formUnion(ofDownstream[use.gate][wire])
      }
    }
    // What is not drawn below a gate is computed from its value.
    if usesOfNew[position].isEmpty, !now.isOutput { below.formUnion(ofValue[position]) }
    guard let stored = matching.stored[position] else {
      ofGradient[position] = below
      ofDownstream[position] = now.operands.map { _ in below }
      return
    }
    let before = old[stored]
    for use in usesOfOld[stored] {
      // What read this value reads it no more.
      if let cause = removed[use.gate] { below.insert(cause) }
      if let gate = matching.present[use.gate], !new[gate].operands.contains(where: { $0.source == position })
      {
        below.formUnion(structural[gate])
      }
    }
    if before.shape != now.shape, now.gradient != nil {
      ofGradient[position] = below.union(ofValue[position])
      for cause in ofGradient[position].positions { causes[cause].gradients += 1 }
    } else if let a = now.gradient, let b = before.gradient {
      let positions = differences(a, b) { gradientScale(position) }
      if !positions.isEmpty {
        ofGradient[position] = blamed(
          below, { "\(now.words): gradient \(DifferenceWords.worst(a, b, at: positions, now).words)" }, now,
          before,
          isCounted: true)
      }
    }
    followDownstream(position, before, now)
  }

  /// What a gate hands down: it follows from what comes from above, and from the values that its local gradients are
  /// made of.
  private mutating func followDownstream(
    _ position: Int, _ before: StoredDiagram.Node, _ now: StoredDiagram.Node
  ) {
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
        let positions = differences(a, b) {
          now.operands.compactMap { new[$0.source].value?.scale }.max() ?? 0
        }
        if !positions.isEmpty {
          above.formUnion(
            blamed(
              values, { words("local gradient", DifferenceWords.worst(a, b, at: positions, now)) }, now,
              before,
              isCounted: false))
        }
      }
      guard let a = operand.downstream, let b = stored.downstream else {
        ofDownstream[position][wire] = above
        continue
      }
      let positions = differences(a, b) { (now.gradient?.scale ?? 0) * max(1, operand.local?.scale ?? 1) }
      guard !positions.isEmpty else { continue }
      ofDownstream[position][wire] = blamed(
        above, { words("downstream gradient", DifferenceWords.worst(a, b, at: positions, source)) }, now,
        before,
        isCounted: false)
    }
  }

  /// The causes of a difference: those of what it is made of, or else itself.
  private mutating func blamed(
    _ above: CauseSet, _ words: () -> String, _ now: StoredDiagram.Node, _ before: StoredDiagram.Node,
    isCounted: Bool
  ) -> CauseSet {
    guard above.isEmpty else {
      if isCounted { for cause in above.positions { causes[cause].gradients += 1 } }
      return above
    }
    return CauseSet(tell(DiagramDifference(.gradient, words(), now, stored: before)))
  }

  /// The largest of the gradients that are added up at a node.
  private func gradientScale(_ position: Int) -> Double {
    usesOfNew[position].flatMap { new[$0.gate].operands }.filter { $0.source == position }
      .compactMap { $0.downstream?.scale }.max() ?? 0
  }
}
