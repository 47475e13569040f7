import Foundation
import GradientChecking
import Gradients
import Testing

/// The square, with a backward pass that is wrong in a chosen way.
private struct CarelessSquare: UnaryGate {
  let factor: Double
  var card: GateCard {
    GateCard(name: "careless_square", summary: "Squares x.", localGradient: "\(factor) x")
  }
  func value(_ x: Double) -> Double { x * x }
  func slope(_ x: Double, _ y: Double) -> Double { factor * x }
}

/// The square, with a backward pass that assigns where it is to add.
private struct AssigningSquare: Gate {
  var card: GateCard { GateCard(name: "assigning_square", summary: "Squares x.", localGradient: "2 x") }
  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape { operands[0] }
  func forward(_ values: inout MutableSpan<Double>, at site: Site) throws(GateError) {
    for lane in 0..<site.lanes {
      let x = values[site.operands[0].start + lane]
      values[site.output.start + lane] = x * x
    }
  }
  func backward(
    _ gradients: inout MutableSpan<Double>, values: Span<Double>, at site: Site
  ) throws(GateError) {
    gradients[site.operands[0].start] = 2 * values[site.operands[0].start] * gradients[site.output.start]
  }
}

/// A function of one element.
private struct Curve: UnaryGate {
  let function: @Sendable (Double) -> Double
  let claimed: Double
  var card: GateCard { GateCard(name: "curve", summary: "A curve.", localGradient: "claimed") }
  func value(_ x: Double) -> Double { function(x) }
  func slope(_ x: Double, _ y: Double) -> Double { claimed }
}

private func check(_ gate: any Gate, at x: Double, tolerance: Double? = nil) throws -> CheckReport {
  var graph = Graph()
  let input = graph.input("x")
  let output = try graph.apply(gate, to: [input])
  var check = GradientCheck(
    graph, inputs: [.init(name: "x", node: input, value: Tensor(x))], output: ("f", output))
  if let tolerance { check.tolerance = tolerance }
  return try check.run()
}

@Suite struct GradientCheckTests {
  @Test(arguments: [
    (2.0, Verdict.agree), (2.001, .disagree), (-2, .disagree), (2 * (1 + 1e-5), .disagree), (1, .disagree),
  ])
  func `a wrong slope is found, and its gate named`(factor: Double, verdict: Verdict) throws {
    let report = try check(CarelessSquare(factor: factor), at: 1.5)
    #expect(report.verdict == verdict)
    #expect(report.blame.map(\.name) == (verdict == .agree ? [] : ["careless_square"]))
  }

  @Test(arguments: [(2 * (1 + 5e-8), Verdict.agree), (2 * (1 + 2e-7), .disagree)])
  func `gradients may be a ten-millionth apart`(factor: Double, verdict: Verdict) throws {
    #expect(try check(CarelessSquare(factor: factor), at: 1.5).verdict == verdict)
  }

  @Test(arguments: [(2.001, Verdict.agree), (2.003, .disagree)])
  func `a tolerance that is given decides how far gradients may be apart`(factor: Double, verdict: Verdict)
    throws
  {
    #expect(try check(CarelessSquare(factor: factor), at: 1.5, tolerance: 1e-3).verdict == verdict)
  }

  @Test(arguments: [0.5, 0.75], [1 << 10, 1 << 20])
  func `steps do not keep time with a periodic function`(x: Double, frequency: Int) throws {
    // Steps that are powers of two meet one phase again and again, exactly as it is reduced here.
    let slope = 2 * Double.pi * Double(frequency)
    let wave: @Sendable (Double) -> Double = { x in
      let turns = x * Double(frequency)
      return sin(2 * Double.pi * (turns - turns.rounded()))
    }
    #expect(try check(Curve(function: wave, claimed: slope), at: x).verdict == .agree)
    #expect(try check(Curve(function: wave, claimed: 0), at: x).verdict == .disagree)
  }

  @Test(arguments: [(Double.infinity, Verdict.agree), (-.infinity, .undecided), (1e6, .undecided)])
  func `where the quotients grow without end only the right infinity agrees`(
    claimed: Double, verdict: Verdict
  ) throws {
    let report = try check(Curve(function: { cbrt($0) }, claimed: claimed), at: 0)
    #expect(report.inputs[0].comparisons.map(\.verdict) == [verdict])
    #expect(report.inputs[0].comparisons.map(\.reason) == [.divergence])
  }

  @Test func `an easy element takes four evaluations at most`() throws {
    var graph = Graph()
    let value = Tensor((1...100).map { Double($0) / 64 })
    let x = graph.input("x", shape: value.shape)
    let sine = try graph.apply(try #require(GateCatalog.standard["sin"]).init(GateOptions()), to: [x])
    let sum = try graph.apply(try #require(GateCatalog.standard["sum"]).init(GateOptions()), to: [sine])
    var check = GradientCheck(graph, inputs: [.init(name: "x", node: x, value: value)], output: ("f", sum))
    check.gates = .whenNeeded
    let report = try check.run()
    #expect(report.verdict == .agree && report.joints.count == 3)
    #expect(report.evaluationCount <= 4 * (100 + 3))
  }

  @Test func `the wrong gate among right ones is blamed, and no other`() throws {
    var graph = Graph()
    let x = graph.input("x")
    let exp = try #require(GateCatalog.standard["exp"]).init(GateOptions())
    let inner = try graph.apply(exp, to: [x])
    let square = try graph.apply(CarelessSquare(factor: -2), to: [inner])
    let output = try graph.apply(exp, to: [square])
    let report = try GradientCheck(
      graph, inputs: [.init(name: "x", node: x, value: Tensor(0.3))], output: ("f", output)
    ).run()
    #expect(report.verdict == .disagree)
    #expect(report.blame.map(\.node) == [square])
  }

  @Test func `where every gate is right and the whole is wrong, the report says what that can mean`() throws {
    var graph = Graph()
    let x = graph.input("x")
    let square = try graph.apply(AssigningSquare(), to: [x])
    let add = try #require(GateCatalog.standard["add"]).init(GateOptions())
    let output = try graph.apply(add, to: [square, x])
    let report = try GradientCheck(
      graph, inputs: [.init(name: "x", node: x, value: Tensor(3))], output: ("f", output)
    ).run()
    // The gradient 1 of the sum is there before that of the square is written over it.
    #expect(report.inputs[0].comparisons[0].analytic == 6)
    #expect(report.inputs[0].verdict == .disagree && report.blame.isEmpty)
    #expect(
      report.text() == """
        f = 12

        input  value  analytic  numerical  error  verdict
        x          3         6          7   0.14  disagree

        every gate agrees on its own, so the fault lies between them: a value that is used several times may be \
        given one of its gradients and not their sum (= where += belongs), a gate may be wired to another operand \
        than its backward pass takes, or claim another gradient in this function than alone

        disagree: 1 of 1 element

        """)
    #expect(report.junit(name: "f").contains("message=\"every gate agrees on its own"))
    #expect(try CheckReport(json: Data(report.json(version: "1").utf8)).discord == report.discord)
    #expect(try report.json(version: "1").contains("\"note\" : \"every gate agrees"))
    #expect(try check(CarelessSquare(factor: -2), at: 1.5).discord == nil)
  }

  @Test(arguments: [0, 0.5, 1])
  func `any slope between the two of a kink is right`(claimed: Double) throws {
    let report = try check(Curve(function: { max(0, $0) }, claimed: claimed), at: 0)
    #expect(report.verdict == .agree)
    #expect(report.inputs[0].comparisons[0].reason == .kink)
  }

  @Test func `a slope outside those of a kink is wrong`() throws {
    #expect(try check(Curve(function: { max(0, $0) }, claimed: 1.5), at: 0).verdict == .disagree)
  }

  @Test func `a jump and a value that is not finite are undecided`() throws {
    #expect(try check(Curve(function: { $0 < 0 ? 0 : 1 }, claimed: 0), at: 0).verdict == .undecided)
    #expect(try check(Curve(function: { $0 * .nan }, claimed: 0), at: 1).verdict == .undecided)
  }

  @Test func `a gradient that is not finite where the function is smooth is wrong`() throws {
    #expect(try check(Curve(function: { $0 * $0 }, claimed: .nan), at: 1).verdict == .disagree)
  }

  @Test func `a claim is compared with the numerical gradient, by its shape first`() throws {
    var graph = Graph()
    let x = graph.input("x", shape: Shape(2))
    let sum = try graph.apply(try #require(GateCatalog.standard["L2"]).init(GateOptions()), to: [x])
    let right = graph.constant(Tensor([2, 4]))
    let wrong = graph.constant(Tensor([2, 5]))
    let scalar = graph.constant(Tensor(2))
    var check = GradientCheck(
      graph, inputs: [.init(name: "x", node: x, value: Tensor([1, 2]))], output: ("f", sum))
    check.claims = [right, wrong, scalar].map {
      GradientCheck.Claim(of: ("f", sum), withRespectTo: ("x", x), value: $0)
    }
    let report = try check.run()
    #expect(report.claims.map(\.verdict) == [.agree, .disagree, .disagree])
    #expect(report.claims[2].message == "the claim has shape (), and 'x' has shape (2,)")
  }

  @Test func `every row of a small Jacobian is checked`() throws {
    var graph = Graph()
    let x = graph.input("x", shape: Shape(2))
    let output = try graph.apply(CarelessSquare(factor: 2), to: [x])
    let report = try GradientCheck(
      graph, inputs: [.init(name: "x", node: x, value: Tensor([3, 5]))], output: ("f", output)
    ).run()
    #expect(report.rows == [.element(0), .element(1)])
    #expect(report.inputs[0].comparisons.map(\.analytic) == [6, 0, 0, 10])
    #expect(report.verdict == .agree)
  }

  @Test func `what is computed for the gates counts too`() throws {
    var graph = Graph()
    let x = graph.input("x")
    let exp = try #require(GateCatalog.standard["exp"]).init(GateOptions())
    let output = try graph.apply(exp, to: [x])
    var check = GradientCheck(
      graph, inputs: [.init(name: "x", node: x, value: Tensor(0.3))], output: ("f", output))
    let withGates = try check.run()
    check.gates = .whenNeeded
    let without = try check.run()
    #expect(withGates.gates.count == 1 && without.gates.isEmpty)
    // One central difference at the least.
    #expect(withGates.evaluationCount >= without.evaluationCount + 2)
  }

  @Test func `the text of a report is a table and a line of verdict`() throws {
    let text = try check(CarelessSquare(factor: 4), at: 1).text()
    #expect(
      text == """
        f = 1

        input  value  analytic  numerical  error  verdict
        x          1         4          2    0.5  disagree

        gate careless_square, n1: disagree; the backward pass gives operand 'x' 4, the numerical gradient is 2; a factor 2 too much: the backward pass gives 2 × the numerical gradient

        disagree: 1 of 1 element, 1 of 1 gate

        """)
  }
}
