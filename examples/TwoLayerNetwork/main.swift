// The two-layer network of the lecture, trained and checked: CS231n, lecture 4, "Neural networks: without the brain
// stuff". N examples of D numbers, a hidden layer of H sigmoid neurons, C outputs, squared loss.

internal import GradientChecking
internal import Gradients

let (n, d, h, c) = (64, 1000, 100, 10)

var random = SplitMix64(seed: 231)

/// Numbers between -scale and scale.
func noise(_ shape: Shape, scale: Double, from random: inout SplitMix64) -> Tensor {
  Tensor(
    shape: shape, elements: (0..<shape.count).map { _ in scale * (Double(random.next() >> 11) * 0x1p-52 - 1) }
  )
}

func gate(_ name: String) throws -> any Gate {
  guard let type = GateCatalog.standard[name] else { preconditionFailure("there is no gate '\(name)'") }
  return try type.init(GateOptions())
}

var graph = Graph()
let x = graph.constant(noise(Shape(n, d), scale: 1, from: &random), name: "x")
let y = graph.constant(noise(Shape(n, c), scale: 1, from: &random), name: "y")
let w1 = graph.input("w1", shape: Shape(d, h))
let w2 = graph.input("w2", shape: Shape(h, c))
let hidden = try graph.apply(gate("sigmoid"), to: [graph.apply(gate("matmul"), to: [x, w1])])
let predicted = try graph.apply(gate("matmul"), to: [hidden, w2])
let loss = try graph.apply(gate("L2"), to: [graph.apply(gate("subtract"), to: [predicted, y])])

var weights = [
  "w1": noise(Shape(d, h), scale: 0.1, from: &random), "w2": noise(Shape(h, c), scale: 0.1, from: &random),
]

var evaluation = try Evaluation(graph, inputs: weights)
let learningRate = 1e-3
for step in 0...500 {
  try evaluation.forward()
  if step % 50 == 0 {
    print("step \(step)  loss \(NumberText.short(evaluation.value(of: loss).elements[0]))")
  }
  try evaluation.backward(from: loss)
  for (name, node) in [("w1", w1), ("w2", w2)] {
    guard var weight = weights.removeValue(forKey: name) else { continue }
    for (i, gradient) in evaluation.gradient(of: node).elements.enumerated() {
      weight.elements[i] -= learningRate * gradient
    }
    try evaluation.set(node, to: weight)
    weights[name] = weight
  }
}

// All elements of w2; w1 has a hundred times as many.
var check = GradientCheck(
  graph,
  inputs: [("w1", w1), ("w2", w2)].compactMap { name, node in
    weights[name].map { GradientCheck.Input(name: name, node: node, value: $0) }
  }, output: ("loss", loss))
check.only = ["w2"]
let report = try check.run()
print(report.text(), terminator: "")
if report.verdict != .agree { throw CheckFailed() }

struct CheckFailed: Error {}
