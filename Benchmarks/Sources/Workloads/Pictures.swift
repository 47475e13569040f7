import Diagrams
import Gradients
import GraphvizRendering

/// W6: from the run of a scalar network to its picture, every gate drawn.
enum Pictures {
  /// Prints the time for 10, 100 and 1,000 gates, of all of it or of Graphviz alone on the same DOT text.
  static func run(layoutAlone: Bool) throws {
    for count in [10, 100, 1_000] {
      let (graph, output, inputs) = try network(gates: count)
      var evaluation = try Evaluation(graph, inputs: inputs)
      try evaluation.forward()
      try evaluation.backward(from: output)
      var options = DiagramOptions()
      options.folding = .none
      func picture() throws -> Diagram {
        try Diagram(graph, evaluation, output: output, title: "f", source: "", options: options)
      }
      let dot = try picture().dotText
      let time = try Workloads.median(rounds: count > 100 ? 3 : 21) {
        if layoutAlone {
          _ = try GraphvizRenderer.svg(dot: dot)
        } else {
          let diagram = try picture()
          _ = diagram.svg(fromLayout: try GraphvizRenderer.svg(dot: diagram.dotText))
        }
      }
      Workloads.report("picture\(count).ms", time * 1e3)
    }
  }

  /// Layers of four neurons tanh(w x + v y + b), each of five gates.
  private static func network(gates: Int) throws -> (graph: Graph, output: NodeID, inputs: [String: Tensor]) {
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
