import GradientChecking
import Gradients

/// A function with a right gradient that was once called wrong.
struct PastAlarm: Sendable, CustomStringConvertible {
  let description: String
  /// What can be said of it.
  let verdict: Verdict
  let inputs: [Tensor]
  /// Applies the gates.
  let apply: @Sendable (_ graph: inout Graph, _ inputs: [NodeID]) throws -> NodeID

  var check: GradientCheck {
    get throws {
      var graph = Graph()
      let nodes = inputs.enumerated().map { graph.input("x\($0)", shape: $1.shape) }
      let output = try apply(&graph, nodes)
      return GradientCheck(
        graph,
        inputs: zip(nodes, inputs).enumerated().map { .init(name: "x\($0)", node: $1.0, value: $1.1) },
        output: ("f", output))
    }
  }

  private init(
    _ description: String, _ verdict: Verdict, at inputs: [Tensor],
    _ apply: @escaping @Sendable (inout Graph, [NodeID]) throws -> NodeID
  ) {
    (self.description, self.verdict, self.inputs, self.apply) = (description, verdict, inputs, apply)
  }

  static let all: [PastAlarm] = [
    // f - 1 is x log(x), whose quotients grow like a logarithm until rounding hides them.
    .init("x ** x at 0", .undecided, at: [Tensor(0)]) { graph, x in
      try graph.apply(gate("power"), to: [x[0], x[0]])
    },
    // One element is the sine of 1e64: along a direction the finest steps do not move it by a bit.
    .init("sin(x ** x) at 40", .undecided, at: [Tensor(shape: Shape(2), elements: [40, 0.9])]) { graph, x in
      try graph.apply(gate("sin"), to: [graph.apply(gate("power"), to: [x[0], x[0]])])
    },
    // A random direction of the output is a sum in which 1e300 and -1e300 cancel, and swallow all between them.
    .init(
      "x @ y at 1e150 and 1e-150", .agree,
      at: [
        ramp(Shape(9, 2), with: [0: 1e150, 2: 1e-150]),
        ramp(Shape(2, 8), with: [0: 1e150, 7: -1e150]),
      ]
    ) { graph, x in try graph.apply(gate("matmul"), to: x) },
    // A certain label: one less than its probability is -1.6e-17.
    .init(
      "softmax_loss at 40", .agree,
      at: [Tensor(shape: Shape(1, 3), elements: [40, -1.1830660249923826, 1.2207039857897546])]
    ) { graph, x in
      try graph.apply(
        gate("softmax_loss"), to: [x[0], graph.constant(Tensor(shape: Shape(1), elements: [0]))])
    },
    // One factor is -6e-18, and its slope must not be lost beside that of the other, nor the other's beside it.
    .init(
      "prod(log_softmax(x)) at -40", .agree,
      at: [Tensor(shape: Shape(2), elements: [-40, -0.358468923077603])]
    ) { graph, x in
      try graph.apply(gate("prod"), to: [graph.apply(gate("log_softmax"), to: [x[0]])])
    },
    // Always 0: what the backward pass gives is the rounding of the paths that cancel.
    .init(
      "logsumexp(log_softmax(x))", .agree,
      at: [Tensor(shape: Shape(3), elements: [1.9122563678944817, 0.6951274630633568, 0])]
    ) { graph, x in
      try graph.apply(gate("logsumexp"), to: [graph.apply(gate("log_softmax"), to: [x[0]])])
    },
  ]

  /// Numbers that climb evenly, but some.
  private static func ramp(_ shape: Shape, with some: [Int: Double]) -> Tensor {
    Tensor(shape: shape, elements: (0..<shape.count).map { some[$0] ?? 0.3 * Double($0) - 1 })
  }

  private static func gate(_ name: String) throws -> any Gate {
    guard let type = GateCatalog.standard[name] else { throw GateError("no gate '\(name)'") }
    return try type.init(GateOptions())
  }
}
