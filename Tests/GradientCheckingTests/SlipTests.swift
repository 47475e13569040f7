import GradientChecking
import Gradients
import TestSupport
import Testing

@Suite struct SlipTests {
  /// What became of the injections of one slip.
  private struct Tally {
    /// In how many uses of gates the slip makes something wrong.
    var possible = 0
    var injected = 0
    var caught = 0
    var blamed = 0
  }

  @Test func `every slip in a gate of the catalogue is caught, and the gate blamed`() throws {
    var tallies: [Tally] = Slip.all.map { _ in Tally() }
    var gates: Set<String> = []
    for (number, use) in SampleUse.all.enumerated() {
      for (position, slip) in Slip.all.enumerated() {
        let seed = UInt64(number * 100 + position)
        guard let (check, node) = try injection(of: slip, in: use, seed: seed) else { continue }
        tallies[position].possible += 1
        // One in six, and never none of a slip that few gates allow.
        guard isSoaking || tallies[position].possible % 6 == 1 else { continue }
        gates.insert(use.card.name)
        let report = try check.run()
        tallies[position].injected += 1
        if report.verdict == .disagree {
          tallies[position].caught += 1
        } else {
          Issue.record("\(slip) in \(use), seed \(seed), was missed\n\(report.text())")
        }
        if report.blame.map(\.node) == [node] { tallies[position].blamed += 1 }
      }
    }
    print("slip, injected, caught, right gate blamed:")
    for (slip, tally) in zip(Slip.all, tallies) {
      print("  \(slip), \(tally.injected), \(tally.caught), \(tally.blamed)")
    }
    let injected = tallies.map(\.injected).reduce(0, +)
    let blamed = tallies.map(\.blamed).reduce(0, +)
    print("  all, \(injected), \(tallies.map(\.caught).reduce(0, +)), \(blamed); in \(gates.count) gates")
    #expect(tallies.allSatisfy { $0.injected > 0 })
    #expect(Double(blamed) >= 0.95 * Double(injected))
    // What has no gradient anywhere cannot have a wrong one.
    let untouched = GateCatalog.standard.cards.map(\.name).filter { !gates.contains($0) }
    if isSoaking { #expect(untouched == ["equal"]) }
  }

  /// A random graph around a gate with a slip; nil where the slip changes nothing.
  private func injection(
    of slip: Slip, in use: SampleUse, seed: UInt64
  ) throws -> (GradientCheck, NodeID)? {
    var random = SplitMix64(seed: seed)
    func uniform() -> Double { 0.5 + Double(random.next() >> 11) * 0x1p-53 }
    let gate = SlippedGate(gate: use.gate, slip: slip)
    func apply(_ name: String, _ operands: [NodeID]) throws -> NodeID {
      try graph.apply(try #require(GateCatalog.standard[name]).init(GateOptions()), to: operands)
    }
    var graph = Graph()
    var inputs: [GradientCheck.Input] = []
    var operands: [NodeID] = []
    for (position, value) in use.operands.enumerated() {
      guard !use.card.isLabel(position) else {
        operands.append(graph.constant(value))
        continue
      }
      let node = graph.input("x\(position)", shape: value.shape)
      inputs.append(.init(name: "x\(position)", node: node, value: value))
      // Half of the operands are computed, by a product with ones that leaves them in the gate's domain.
      operands.append(
        random.next() % 2 == 0
          ? node : try apply("multiply", [node, graph.constant(Tensor(repeating: 1, shape: value.shape))]))
    }
    let node = try graph.apply(gate, to: operands)
    let shape = graph.shape(of: node)
    let weights = Tensor(shape: shape, elements: (0..<shape.count).map { _ in uniform() })
    let weighted = try apply("multiply", [node, graph.constant(weights)])
    let output = try apply("sum", [random.next() % 2 == 0 ? weighted : try apply("sin", [weighted])])
    guard try gate.isWrong(upstream: weights, operands: use.operands) else { return nil }
    return (GradientCheck(graph, inputs: inputs, output: ("f", output)), node)
  }
}
