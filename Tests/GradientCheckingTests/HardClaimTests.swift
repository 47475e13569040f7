import GradientChecking
import Gradients
import Testing

/// A gate that adds one to its operand in place, and squares it.
private struct CarelessGate: Gate {
  var card: GateCard { GateCard(name: "careless", summary: "Changes x.", localGradient: "2 (x + 1)") }
  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape { operands[0] }
  func forward(_ values: inout MutableSpan<Double>, at site: Site) throws(GateError) {
    for lane in 0..<site.lanes {
      values[site.operands[0].start + lane] += 1
      let x = values[site.operands[0].start + lane]
      values[site.output.start + lane] = x * x
    }
  }
  func backward(
    _ gradients: inout MutableSpan<Double>, values: Span<Double>, at site: Site
  ) throws(GateError) {
    gradients[site.operands[0].start] += 2 * values[site.operands[0].start] * gradients[site.output.start]
  }
}

@Suite struct HardClaimTests {
  /// Each claim is checked once for all tests.
  private static let reports: [String: Result<CheckReport, any Error>] = Dictionary(
    uniqueKeysWithValues: HardClaim.all.map { claim in (claim.id, Result { try claim.check() }) })

  private func report(_ claim: HardClaim) throws -> CheckReport {
    try #require(Self.reports[claim.id]).get()
  }

  @Test(arguments: HardClaim.all)
  func `a hard claim gets its right verdict`(claim: HardClaim) throws {
    let report = try report(claim)
    let verdict = claim.verdict(report)
    #expect(claim.right.contains(verdict), "\(verdict): \(report.inputs[0].comparisons)")
  }

  @Test func `a quotient that cancels gets its right verdict as gates, too (D17)`() throws {
    func gate(_ name: String) throws -> any CatalogGate {
      try #require(GateCatalog.standard[name]).init(GateOptions())
    }
    let x = 1e-4
    var graph = Graph()
    let input = graph.input("x")
    let cosine = try graph.apply(gate("cos"), to: [input])
    let top = try graph.apply(gate("subtract"), to: [graph.constant(Tensor(1)), cosine])
    let output = try graph.apply(gate("divide"), to: [top, graph.apply(gate("square"), to: [input])])
    let claims = [-x / 12, x / 12, -x / 6].map { claimed in
      GradientCheck.Claim(
        of: ("f", output), withRespectTo: ("x", input), value: graph.constant(Tensor(claimed)))
    }
    var check = GradientCheck(
      graph, inputs: [.init(name: "x", node: input, value: Tensor(x))], output: ("f", output))
    check.claims = claims
    let report = try check.run()
    // The backward pass of the gates cancels as the function does, to some 1e-4 where the slope is 8e-6.
    #expect(report.inputs[0].verdict != .disagree)
    #expect(report.blame.isEmpty)
    #expect(report.claims[0].verdict != .disagree, "\(report.claims[0].comparisons)")
    #expect(report.claims[1].verdict != .agree && report.claims[2].verdict != .agree)
  }

  @Test func `a gate that changes its operand leaves the claim undecided (E09)`() throws {
    var graph = Graph()
    let input = graph.input("x")
    let output = try graph.apply(CarelessGate(), to: [input])
    let report = try GradientCheck(
      graph, inputs: [.init(name: "x", node: input, value: Tensor(2))], output: ("f", output)
    ).run()
    #expect(report.inputs[0].comparisons[0].verdict == .undecided)
    #expect(report.inputs[0].comparisons[0].reason == .changesOperands)
  }

  @Test func `claims take few evaluations`() throws {
    let counts = try HardClaim.all.map { claim in
      let (whole, alone) = (try report(claim), try claim.checkOfFunctionAlone())
      return (
        id: claim.id, verdict: claim.verdict(whole), alone: alone.evaluationCount / claim.x.count,
        withGate: whole.evaluationCount / claim.x.count
      )
    }
    if isSoaking {
      print("claim, verdict, evaluations for an element, with those of its gate:")
      for count in counts { print("  \(count.id), \(count.verdict), \(count.alone), \(count.withGate)") }
    }
    let (alone, withGate) = (counts.map(\.alone).sorted(), counts.map(\.withGate).sorted())
    let middle = counts.count / 2
    print(
      """
      evaluations for an element of a hard claim: median \(alone[middle]), worst \(alone.last ?? 0); \
      with its gate checked by itself: median \(withGate[middle]), \
      worst \(withGate.last ?? 0)
      """)
    #expect(alone[middle] <= 100)
  }
}
