import Gradients

/// The network 3-16-16-1 of tanh neurons with squared loss, a gate an operation.
struct ScalarNetwork {
  private(set) var graph = Graph()
  private(set) var parameters: [NodeID] = []
  private(set) var loss = NodeID(index: 0)
  let inputs: [String: Tensor]
  private let batch: Int
  private let data: [Double]

  init(batch: Int) throws {
    var random = Uniform(seed: 42)
    let values = (0..<353).map { _ in random.next() }
    inputs = Dictionary(uniqueKeysWithValues: values.enumerated().map { ("p\($0)", Tensor($1)) })
    data = (0..<(4 * batch)).map { _ in random.next() }
    self.batch = batch
    (graph, parameters, loss) = try built()
  }

  /// The network, made anew.
  func built() throws -> (graph: Graph, parameters: [NodeID], loss: NodeID) {
    let (add, multiply, subtract) = (
      try Workloads.gate("add"), try Workloads.gate("multiply"), try Workloads.gate("subtract")
    )
    let (tanh, square) = (try Workloads.gate("tanh"), try Workloads.gate("square"))
    var graph = Graph()
    let p = (0..<inputs.count).map { graph.input("p\($0)") }
    let constants = data.map { graph.constant(Tensor($0)) }
    let scale = graph.constant(Tensor(1 / Double(batch)))
    let sizes = [3, 16, 16, 1]
    var total: NodeID?
    for example in 0..<batch {
      var activations = Array(constants[(3 * example)..<(3 * example + 3)])
      var k = 0
      for layer in 0..<3 {
        var outputs: [NodeID] = []
        for _ in 0..<sizes[layer + 1] {
          var sum = p[k + sizes[layer]]
          for i in 0..<sizes[layer] {
            sum = try graph.apply(add, to: sum, graph.apply(multiply, to: p[k + i], activations[i]))
          }
          outputs.append(try graph.apply(tanh, to: sum))
          k += sizes[layer] + 1
        }
        activations = outputs
      }
      let difference = try graph.apply(subtract, to: activations[0], constants[3 * batch + example])
      let squared = try graph.apply(square, to: difference)
      if let sum = total { total = try graph.apply(add, to: sum, squared) } else { total = squared }
    }
    let loss = try graph.apply(multiply, to: total ?? scale, scale)
    return (graph, p, loss)
  }
}
