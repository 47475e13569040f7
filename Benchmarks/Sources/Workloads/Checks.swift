import GradientChecking
import Gradients

/// W4: whole gradient checks, verdicts included, of the functions in `Peers/check.c`.
enum Checks {
  /// Runs the workload of the given name; all of them without one.
  static func run(only name: String?) throws {
    if name ?? "neuron" == "neuron" { try measure("neuron.us", neuron(), times: 200, unit: 1e6) }
    if name ?? "norm" == "norm" { try measure("norm.ms", norm(), times: 5, unit: 1e3) }
    if name ?? "small" == "small" { try measure("small.ms", network(20, 30, 10, 8), times: 3, unit: 1e3) }
    if name ?? "large" == "large" { try measure("large.ms", network(100, 50, 10, 16), times: 1, unit: 1e3) }
  }

  private static func measure(
    _ name: String, _ check: GradientCheck, times: Int, unit: Double
  ) throws {
    var check = check
    check.gates = .whenNeeded
    let report = try check.run()
    precondition(report.verdict == .agree, "\(name): \(report.verdict)")
    let time = try Workloads.median(rounds: 11) {
      for _ in 0..<times { _ = try check.run() }
    }
    Workloads.report(name, time / Double(times) * unit)
    check.jobs = 2
    let clock = ContinuousClock()
    let spans = try (0..<11).map { _ in
      try clock.measure { for _ in 0..<times { _ = try check.run() } }
    }
    Workloads.report(
      "\(name).elapsed", spans.sorted()[5] / .seconds(1) / Double(times) * unit)
    let elementCount = report.inputs.map(\.elements.count).reduce(0, +)
    Workloads.report(
      "\(name.prefix { $0 != "." }).evaluations", Double(report.evaluationCount) / Double(elementCount))
  }

  private static func neuron() throws -> GradientCheck {
    var model = Model()
    let values = ["w0": 2.0, "x0": -1, "w1": -3, "x1": -2, "w2": -3]
    let n = ["w0", "x0", "w1", "x1", "w2"].map { model.input($0, Tensor(values[$0] ?? 0)) }
    let sum = try model.apply(
      "add", model.apply("add", model.apply("multiply", n[0], n[1]), model.apply("multiply", n[2], n[3])),
      n[4])
    let output = try model.apply("sigmoid", sum)
    return model.check(output)
  }

  private static func norm() throws -> GradientCheck {
    var (model, random) = (Model(), Uniform(seed: 11))
    let w = model.input("w", random.tensor(Shape(50, 40)))
    let x = model.input("x", random.tensor(Shape(40)))
    let output = try model.apply("L2", model.apply("matmul", w, x))
    return model.check(output)
  }

  private static func network(_ d: Int, _ h: Int, _ c: Int, _ n: Int) throws -> GradientCheck {
    var (model, random) = (Model(), Uniform(seed: 13))
    let x = model.graph.constant(random.tensor(Shape(n, d)))
    let w1 = model.input("w1", random.tensor(Shape(d, h), 1 / Double(d).squareRoot()))
    let b1 = model.input("b1", random.tensor(Shape(h), 0.1))
    let w2 = model.input("w2", random.tensor(Shape(h, c), 1 / Double(h).squareRoot()))
    let b2 = model.input("b2", random.tensor(Shape(c), 0.1))
    let labels = model.graph.constant(Tensor((0..<n).map { Double($0 * 7 % c) }))
    let hidden = try model.apply("relu", model.apply("add", model.apply("matmul", x, w1), b1))
    let scores = try model.apply("add", model.apply("matmul", hidden, w2), b2)
    let output = try model.apply("softmax_loss", scores, labels)
    return model.check(output)
  }

  /// A graph with its inputs.
  private struct Model {
    var graph = Graph()
    private var inputs: [GradientCheck.Input] = []

    mutating func input(_ name: String, _ value: Tensor) -> NodeID {
      let node = graph.input(name, shape: value.shape)
      inputs.append(.init(name: name, node: node, value: value))
      return node
    }

    mutating func apply(_ gate: String, _ operands: NodeID...) throws -> NodeID {
      try graph.apply(try Workloads.gate(gate), to: operands)
    }

    func check(_ output: NodeID) -> GradientCheck {
      GradientCheck(graph, inputs: inputs, output: ("f", output))
    }
  }
}

extension Uniform {
  mutating func tensor(_ shape: Shape, _ scale: Double = 1) -> Tensor {
    Tensor(shape: shape, elements: (0..<shape.count).map { _ in next() * scale })
  }
}
