import GradientChecking
import Gradients
import TestSupport
import Testing

/// How often a closure was called, by one thread.
private final class Calls: @unchecked Sendable {
  var count = 0
}

/// The square of each element, by hand.
private struct OwnSquare: UnaryGate {
  var card: GateCard { GateCard(name: "own_square", summary: "Squares x.", localGradient: "2 x") }
  func value(_ x: Double) -> Double { x * x }
  func slope(_ x: Double, _ y: Double) -> Double { 2 * x }
}

/// How a check is divided must not show in its report.
@Suite struct BatchTests {
  /// A network large enough for several cores: some 1.5 million numbers in all, where 2^20 are worth another core.
  private func network(_ gate: any Gate) throws -> GradientCheck {
    var random = SplitMix64(seed: 5)
    func tensor(_ shape: Shape) -> Tensor {
      Tensor(
        shape: shape, elements: (0..<shape.count).map { _ in Double(random.next() >> 11) * 0x1p-52 - 1 })
    }
    func apply(_ name: String, _ operands: NodeID...) throws -> NodeID {
      try graph.apply(try #require(GateCatalog.standard[name]).init(GateOptions()), to: operands)
    }
    var graph = Graph()
    let values = [tensor(Shape(8, 30)), tensor(Shape(30, 24)), tensor(Shape(24))]
    let nodes = ["x", "w", "b"].enumerated().map { graph.input($1, shape: values[$0].shape) }
    let product = try apply("matmul", nodes[0], nodes[1])
    let bent = try graph.apply(gate, to: [try apply("add", product, nodes[2])])
    let output = try apply("mean", bent)
    return GradientCheck(
      graph,
      inputs: zip(["x", "w", "b"], zip(nodes, values)).map {
        .init(name: $0, node: $1.0, value: $1.1)
      }, output: ("f", output))
  }

  private func same(_ a: CheckReport, _ b: CheckReport) -> Bool {
    a.evaluationCount == b.evaluationCount && a.verdict == b.verdict && a.gates == b.gates
      && zip(a.inputs, b.inputs).allSatisfy {
        $0.elements == $1.elements
          && $0.comparisons.map(\.bits) == $1.comparisons.map(\.bits)
      }
  }

  @Test(arguments: ["relu", "tanh"])
  func `two cores give the report of one, bit for bit`(name: String) throws {
    var check = try network(try #require(GateCatalog.standard[name]).init(GateOptions()))
    let one = try check.run()
    check.jobs = 2
    let two = try check.run()
    #expect(one.verdict == .agree)
    #expect(same(one, two))
  }

  @Test func `one element at a time gives the same as all at once, bit for bit`() throws {
    let check = try network(try #require(GateCatalog.standard["tanh"]).init(GateOptions()))
    let whole = try check.run()
    for number in [1, 7, 100] {
      var part = check
      part.shard = .init(number, of: 100)
      let report = try part.run()
      for (input, all) in zip(report.inputs, whole.inputs) {
        #expect(input.comparisons.map(\.bits) == input.elements.map { all.comparisons[$0].bits })
      }
    }
  }

  @Test func `a check that is stopped half way says so, and goes on to the same report`() throws {
    var check = try network(try #require(GateCatalog.standard["tanh"]).init(GateOptions()))
    let whole = try check.run()
    let looks = Calls()
    check.shouldStop = {
      looks.count += 1
      return looks.count > 1
    }
    let partial = try check.run()
    #expect(partial.isPartial)
    #expect(partial.inputs.map(\.elements.count).reduce(0, +) == 64)
    check.shouldStop = { false }
    check.resumed = partial
    let resumed = try check.run()
    #expect(!resumed.isPartial)
    #expect(resumed.inputs.map(\.elements) == whole.inputs.map(\.elements))
    #expect(
      resumed.inputs.map { $0.comparisons.map(\.bits) } == whole.inputs.map { $0.comparisons.map(\.bits) })
  }

  /// A check of 300 squares by hand with two claims, which asks whether to stop once its elements are checked: the
  /// answer is yes from the given question on.
  private func squares(stoppedAt question: Int, _ questions: Calls) throws -> GradientCheck {
    var graph = Graph()
    let value = Tensor((0..<300).map { Double($0) / 16 - 7 })
    let x = graph.input("x", shape: value.shape)
    let sum = try #require(GateCatalog.standard["sum"]).init(GateOptions())
    let output = try graph.apply(sum, to: [try graph.apply(OwnSquare(), to: [x])])
    let claimed = graph.constant(Tensor(value.elements.map { 2 * $0 }))
    var check = GradientCheck(graph, inputs: [.init(name: "x", node: x, value: value)], output: ("f", output))
    check.claims = (0..<2).map { _ in .init(of: ("f", output), withRespectTo: ("x", x), value: claimed) }
    let isDone = Calls()
    check.progress = { done, count in isDone.count = done == count ? 1 : 0 }
    check.shouldStop = {
      questions.count += isDone.count
      return questions.count >= question
    }
    return check
  }

  @Test func `a check that is stopped among its claims or gates holds what is known, and goes on from there`()
    throws
  {
    let all = Calls()
    let whole = try squares(stoppedAt: .max, all).run()
    #expect(whole.gates.count == 2 && whole.claims.count == 2)
    // Two claims and a gate of some batches each.
    #expect(all.count >= 10)
    var isStoppedWithClaims = false
    for question in 1...all.count {
      let partial = try squares(stoppedAt: question, Calls()).run()
      // How large a batch is depends on the time.
      guard partial.isPartial else { continue }
      #expect(partial.verdict == .undecided)
      #expect(partial.inputs[0].elements.count == 300)
      #expect(partial.gates == Array(whole.gates.prefix(partial.gates.count)) && partial.gates.count < 2)
      isStoppedWithClaims = isStoppedWithClaims || partial.claims.count == 2 && partial.gates.isEmpty
      var next = try squares(stoppedAt: .max, Calls())
      next.resumed = partial
      let resumed = try next.run()
      #expect(resumed.verdict == .agree && !resumed.isPartial)
      #expect(resumed.gates == whole.gates && resumed.claims.count == 2)
    }
    #expect(isStoppedWithClaims)
  }
}

extension Comparison {
  /// All its numbers, so that NaN is the same as NaN.
  fileprivate var bits: [UInt64] { [analytic, numerical, errorBound].map(\.bitPattern) }
}
