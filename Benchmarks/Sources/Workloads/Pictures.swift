import Diagrams
import Gradients
import GraphvizRendering

/// W6: from the run of a scalar network to its picture, every gate drawn.
enum Pictures {
  /// Prints the time for 10, 100 and 1,000 gates, and for W1's network at batch 1 and 8, of all of it or of Graphviz
  /// alone on the same DOT text.
  static func run(only: String?, layoutAlone: Bool) throws {
    for count in [10, 100, 1_000] where only == nil || only == "picture\(count)" {
      let (graph, output, inputs) = try neurons(gates: count)
      try time("picture\(count)", graph, output, inputs, rounds: count > 100 ? 3 : 21, layoutAlone)
    }
    for batch in [1, 8] where only == nil || only == "network\(batch)" {
      let network = try ScalarNetwork(batch: batch)
      try time(
        "network\(batch)", network.graph, network.loss, network.inputs, rounds: batch > 1 ? 1 : 5, layoutAlone
      )
    }
  }

  private static func time(
    _ name: String, _ graph: Graph, _ output: NodeID, _ inputs: [String: Tensor], rounds: Int,
    _ layoutAlone: Bool
  ) throws {
    var evaluation = try Evaluation(graph, inputs: inputs)
    try evaluation.forward()
    try evaluation.backward(from: output)
    var options = DiagramOptions()
    options.folding = .none
    func picture() throws -> Diagram {
      try Diagram(graph, evaluation, output: output, title: "f", source: "", options: options)
    }
    let dot = try picture().layoutText
    let time = try Workloads.median(rounds: rounds) {
      if layoutAlone {
        _ = try GraphvizRenderer.svg(dot: dot)
      } else {
        let diagram = try picture()
        _ = diagram.svg(fromLayout: try GraphvizRenderer.svg(dot: diagram.layoutText))
      }
    }
    Workloads.report("\(name).ms", time * 1e3)
  }

  /// W1's network as tools draw it that leave everything to Graphviz: a node a value, a box with its numbers.
  static func plainText(batch: Int) throws -> String {
    let network = try ScalarNetwork(batch: batch)
    var evaluation = try Evaluation(network.graph, inputs: network.inputs)
    try evaluation.forward()
    try evaluation.backward(from: network.loss)
    var lines = ["digraph {", "node [shape=box, fontsize=10];"]
    for node in network.graph.nodes {
      let (value, gradient) = (evaluation.value(of: node), evaluation.gradient(of: node))
      let (v, g) = (NumberText.short(value.elements[0]), NumberText.short(gradient.elements[0]))
      lines.append("\(node) [label=\"v=\(v)\\ng=\(g)\"];")
      lines += network.graph.operands(of: node).map { "\($0) -> \(node);" }
    }
    return (lines + ["}"]).joined(separator: "\n")
  }

  /// Layers of four neurons tanh(w x + v y + b), each of five gates.
  private static func neurons(gates: Int) throws -> (graph: Graph, output: NodeID, inputs: [String: Tensor]) {
    let (add, multiply, tanh) = (
      try Workloads.gate("add"), try Workloads.gate("multiply"), try Workloads.gate("tanh")
    )
    var random = Uniform(seed: 42)
    var graph = Graph()
    var inputs: [String: Tensor] = [:]
    func input(_ graph: inout Graph) -> NodeID {
      let name = "x\(inputs.count)"
      inputs[name] = Tensor(random.next())
      return graph.input(name)
    }
    var layer = [input(&graph), input(&graph)]
    var output = layer[0]
    for _ in 0..<max(1, gates / 20) {
      var next: [NodeID] = []
      for neuron in 0..<min(4, gates / 5) {
        let (x, y) = (layer[neuron % layer.count], layer[(neuron + 1) % layer.count])
        let products = (
          try graph.apply(multiply, to: input(&graph), x), try graph.apply(multiply, to: input(&graph), y)
        )
        let sum = try graph.apply(add, to: graph.apply(add, to: products.0, products.1), input(&graph))
        next.append(try graph.apply(tanh, to: sum))
      }
      layer = next
    }
    output = layer[0]
    for value in layer.dropFirst() { output = try graph.apply(add, to: output, value) }
    return (graph, output, inputs)
  }
}
