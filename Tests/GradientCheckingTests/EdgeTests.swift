import GradientChecking
import Gradients
import Testing

/// A gate that adds how often it was asked.
private struct RestlessGate: TensorGate {
  private final class Calls: @unchecked Sendable {
    var count = 0
  }
  private let calls = Calls()
  var card: GateCard { GateCard(name: "restless", summary: "Counts.", localGradient: "1") }
  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape { operands[0] }
  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor {
    calls.count += 1
    return Tensor(
      shape: operands[0].shape, elements: operands[0].elements.map { $0 + Double(calls.count) })
  }
  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    [upstream]
  }
}

/// The mean along the first axis, with a backward pass that takes the batch for one of four.
private struct HardCodedMean: TensorGate {
  var card: GateCard { GateCard(name: "mean_of_four", summary: "Takes a mean.", localGradient: "1/4") }
  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    Shape(Array(operands[0].extents.dropFirst()))
  }
  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor {
    let (rows, columns) = (operands[0].shape.extents[0], operands[0].shape.extents[1])
    return Tensor(
      shape: Shape(columns),
      elements: (0..<columns).map { column in
        (0..<rows).reduce(0) { $0 + operands[0].elements[$1 * columns + column] } / Double(rows)
      })
  }
  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    let rows = operands[0].shape.extents[0]
    return [
      Tensor(
        shape: operands[0].shape,
        elements: (0..<rows).flatMap { _ in upstream.elements.map { $0 / 4 } })
    ]
  }
}

private func check(_ gates: [any Gate], at value: Tensor, open: Bool = false) throws -> GradientCheck {
  var graph = Graph()
  let input = graph.input("x", shape: value.shape)
  var node = input
  for gate in gates { node = try graph.apply(gate, to: node) }
  return GradientCheck(
    graph, inputs: [.init(name: "x", node: input, value: value, hasOpenShape: open)], output: ("f", node))
}

private func gate(_ name: String) throws -> any Gate {
  try #require(GateCatalog.standard[name]).init(GateOptions())
}

@Suite struct EdgeTests {
  @Test func `a function that answers differently when asked again is undecided`() throws {
    let report = try check([RestlessGate()], at: Tensor(1)).run()
    #expect(report.verdict == .undecided)
    #expect(report.inputs[0].comparisons.map(\.reason) == [.nondeterministic])
  }

  @Test func `an input without elements agrees, with nothing to compare`() throws {
    let report = try check([gate("square"), gate("sum")], at: Tensor(shape: Shape(0), elements: [])).run()
    #expect(report.verdict == .agree)
    #expect(report.inputs[0].comparisons.isEmpty)
  }

  @Test(arguments: [3.0, -2, 0, 0x1p53])
  func `a whole number is moved like any other`(x: Double) throws {
    let report = try check([gate("square")], at: Tensor(x)).run()
    #expect(report.verdict == .agree)
    #expect(report.inputs[0].comparisons[0].analytic == 2 * x)
  }

  @Test(arguments: [0.0, -1])
  func `a value that is not finite is undecided, and says why`(x: Double) throws {
    let report = try check([gate("log")], at: Tensor(x)).run()
    #expect(report.verdict == .undecided)
    #expect(report.inputs[0].comparisons[0].reason == .valueNotFinite)
  }

  /// Of a million in a soak.
  @Test func `a sample of many elements is drawn with the seed, and checked with directions of all`()
    throws
  {
    let count = isSoaking ? 1_000_000 : 10_000
    var check = try check(
      [gate("square"), gate("mean")], at: Tensor((0..<count).map { Double($0 % 17) - 8.5 }))
    check.sample = 5
    check.gates = .whenNeeded
    let report = try check.run()
    #expect(report.verdict == .agree)
    #expect(report.inputs[0].elements.count == 5 && report.inputs[0].isSampled)
    #expect(report.joints.count == 3)
    #expect(try check.run().inputs[0].elements == report.inputs[0].elements)
    check.seed = 1
    #expect(try check.run().inputs[0].elements != report.inputs[0].elements)
  }

  @Test func `a gate that is right by its size alone is found at other shapes, where the shape is open`()
    throws
  {
    let value = Tensor(shape: Shape(4, 3), elements: (0..<12).map { Double($0) * 0.37 - 2 })
    #expect(try check([HardCodedMean(), gate("L2")], at: value).run().verdict == .agree)
    let report = try check([HardCodedMean(), gate("L2")], at: value, open: true).run()
    #expect(report.verdict == .disagree)
    #expect(report.blame.map(\.name) == ["mean_of_four"])
    #expect(report.blame[0].message?.hasPrefix("for operands of shapes (1, 3) the backward pass") == true)
  }

  @Test(arguments: [CheckMethod.complex, .central, .auto])
  func `every method finds a wrong claim, and passes a right gradient`(method: CheckMethod) throws {
    var right = try check([gate("tanh"), gate("square")], at: Tensor([0.5, -1, 2]))
    right.method = method
    #expect(try right.run().verdict == .agree)
    var graph = Graph()
    let x = graph.input("x")
    let square = try graph.apply(gate("square"), to: x)
    let claim = graph.constant(Tensor(7))
    var wrong = GradientCheck(
      graph, inputs: [.init(name: "x", node: x, value: Tensor(3))], output: ("f", square))
    wrong.claims = [.init(of: ("f", square), withRespectTo: ("x", x), value: claim)]
    wrong.method = method
    let report = try wrong.run()
    #expect(report.claims[0].verdict == .disagree)
    let comparison = report.claims[0].comparisons[0]
    #expect((comparison.numerical - 6).magnitude <= comparison.errorBound + 6 * .ulpOfOne)
    #expect(comparison.errorBound <= 6 * wrong.tolerance)
  }

  /// The check of a gate that reads `x`, and another number or `x` again, with a claim of its slope.
  private func claim(
    _ name: String, at x: Double, with other: Double?, claimed: Double, _ method: CheckMethod = .auto
  ) throws -> CheckReport {
    var graph = Graph()
    let input = graph.input("x")
    let operand = other.map { graph.constant(Tensor($0)) } ?? input
    let output = try graph.apply(gate(name), to: [input, operand])
    let claim = graph.constant(Tensor(claimed))
    var check = GradientCheck(
      graph, inputs: [.init(name: "x", node: input, value: Tensor(x))], output: ("f", output))
    check.claims = [.init(of: ("f", output), withRespectTo: ("x", input), value: claim)]
    check.method = method
    return try check.run()
  }

  @Test(arguments: [
    (CheckMethod.auto, 1.0, Verdict.agree), (.auto, -1, .disagree), (.central, -1, .disagree),
  ])
  func `a claim is told from its opposite where the steps beside the point show only rounding`(
    method: CheckMethod, claimed: Double, verdict: Verdict
  ) throws {
    // The values of x + 1e16 near 1 are multiples of 2.
    let report = try claim("add", at: 1, with: 1e16, claimed: claimed, method)
    #expect(report.claims[0].comparisons.map(\.verdict) == [verdict])
    #expect(report.claims[0].comparisons.map(\.reason) == [nil])
    #expect(report.inputs[0].verdict == .agree)
  }

  @Test(arguments: [1e-200, 1e-308])
  func `where the values underflow, only the gates one by one can say that a gradient agrees`(x: Double)
    throws
  {
    let right = try claim("multiply", at: x, with: nil, claimed: 2 * x)
    #expect(right.inputs[0].comparisons.map(\.reason) == [.resolution])
    #expect(right.claims[0].comparisons.map(\.reason) == [.resolution])
    #expect(right.verdict == .agree)
    let wrong = try claim("multiply", at: x, with: nil, claimed: -2 * x)
    #expect(wrong.claims[0].comparisons.map(\.reason) == [.resolution])
    #expect(wrong.verdict == .undecided)
  }

  @Test(arguments: [
    ([1.0, 0], Verdict.agree), ([0.5, 0.5], .agree), ([0, 1], .agree), ([1, 1], .disagree),
  ])
  func `claims at a tie agree when they are possible together`(claimed: [Double], verdict: Verdict) throws {
    var graph = Graph()
    let (x, y) = (graph.input("x"), graph.input("y"))
    let output = try graph.apply(gate("maximum"), to: x, y)
    let values = claimed.map { graph.constant(Tensor($0)) }
    var check = GradientCheck(
      graph,
      inputs: [
        .init(name: "x", node: x, value: Tensor(1)), .init(name: "y", node: y, value: Tensor(1)),
      ], output: ("f", output))
    check.claims = [
      .init(of: ("f", output), withRespectTo: ("x", x), value: values[0]),
      .init(of: ("f", output), withRespectTo: ("y", y), value: values[1]),
    ]
    let report = try check.run()
    #expect(report.claims.map(\.verdict) == [verdict, verdict])
    #expect(report.inputs.allSatisfy { $0.verdict == .agree })
  }

  @Test func `the complex step leaves kinks to differences`() throws {
    var graph = Graph()
    let (x, y) = (graph.input("x"), graph.input("y"))
    let output = try graph.apply(gate("maximum"), to: x, y)
    var check = GradientCheck(
      graph,
      inputs: [
        .init(name: "x", node: x, value: Tensor(1)), .init(name: "y", node: y, value: Tensor(1)),
      ], output: ("f", output))
    check.method = .complex
    let report = try check.run()
    #expect(report.verdict == .agree)
    #expect(report.inputs.map { $0.comparisons[0].reason } == [.kink, .kink])
  }

  @Test func `the complex method names a gate that has no complex forward pass`() throws {
    var check = try check([gate("gelu")], at: Tensor(1))
    check.method = .complex
    #expect(
      throws: GateError(
        "gate 'gelu' has no complex forward pass; check by finite differences instead")
    ) { _ = try check.run() }
  }
}
