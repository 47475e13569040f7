import Gradients

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The workloads of the package, in the same numbers as the programs in `Peers`.
///
/// Prints one line a figure: its name, and its processor time.
@main
struct Workloads {
  static func main() throws {
    let only = CommandLine.arguments.dropFirst(2).first
    switch CommandLine.arguments.dropFirst().first {
    case "scalar": try scalarNetwork()
    case "chain": try chain(steps: only.flatMap { Int($0) } ?? 333_334)
    case "layers": try layers()
    case "pictures": try Pictures.run(only: only, layoutAlone: false)
    case "layouts": try Pictures.run(only: only, layoutAlone: true)
    case "plain": print(try Pictures.plainText(batch: 1))
    case "check": try Checks.run(only: only)
    default: print("usage: Workloads scalar|chain|layers|pictures|layouts|plain|check")
    }
  }

  /// W1: the scalar network 3-16-16-1, batch 32, squared loss: 21,632 operations.
  static func scalarNetwork() throws {
    let network = try ScalarNetwork(batch: 32)
    var evaluation = try Evaluation(network.graph, inputs: network.inputs)
    let fixed = try median(rounds: 25) {
      try evaluation.forward()
      try evaluation.backward(from: network.loss)
    }
    let built = try median(rounds: 15) {
      let again = try network.built()
      var evaluation = try Evaluation(again.graph, inputs: network.inputs)
      try evaluation.forward()
      try evaluation.backward(from: again.loss)
    }
    let sum = network.parameters.reduce(0) { $0 + evaluation.gradient(of: $1).elements[0] }
    report("scalar.fixed", fixed * 1e9 / 21_632)
    report("scalar.build", built * 1e9 / 21_632)
    report("scalar.check", evaluation.value(of: network.loss).elements[0] + sum)
  }

  /// W2: x = sin(1.0001 x + 0.1), 333,334 times.
  static func chain(steps: Int) throws {
    let (add, multiply, sin) = (try gate("add"), try gate("multiply"), try gate("sin"))
    var result = 0.0
    let time = try median(rounds: steps > 1_000_000 ? 1 : 5) {
      var graph = Graph()
      let x = graph.input("x")
      let (scale, shift) = (graph.constant(Tensor(1.0001)), graph.constant(Tensor(0.1)))
      var node = x
      for _ in 0..<steps {
        node = try graph.apply(
          sin, to: graph.apply(add, to: graph.apply(multiply, to: node, scale), shift))
      }
      var evaluation = try Evaluation(graph, inputs: ["x": Tensor(0.5)])
      try evaluation.forward()
      try evaluation.backward(from: node)
      result = evaluation.value(of: node).elements[0]
    }
    report("chain.ms", time * 1e3)
    report("chain.check", result)
    report("chain.megabytes", megabytes())
  }

  /// W3: the network 784-100-10 with relu and cross entropy, batch 64.
  static func layers() throws {
    var random = Uniform(seed: 7)
    func tensor(_ shape: Shape, _ scale: Double) -> Tensor {
      Tensor(shape: shape, elements: (0..<shape.count).map { _ in random.next() * scale })
    }
    let (n, d, h, c) = (64, 784, 100, 10)
    var graph = Graph()
    let x = graph.constant(tensor(Shape(n, d), 1))
    var inputs: [String: Tensor] = [:]
    var nodes: [NodeID] = []
    for (name, shape, scale) in [
      ("w1", Shape(d, h), 1 / Double(d).squareRoot()), ("b1", Shape(h), 0.1),
      ("w2", Shape(h, c), 1 / Double(h).squareRoot()), ("b2", Shape(c), 0.1),
    ] {
      inputs[name] = tensor(shape, scale)
      nodes.append(graph.input(name, shape: shape))
    }
    let labels = graph.constant(Tensor((0..<n).map { Double($0 * 7 % c) }))
    let hidden = try graph.apply(
      gate("relu"),
      to: graph.apply(gate("add"), to: graph.apply(gate("matmul"), to: x, nodes[0]), nodes[1]))
    let scores = try graph.apply(
      gate("add"), to: graph.apply(gate("matmul"), to: hidden, nodes[2]), nodes[3])
    let loss = try graph.apply(gate("softmax_loss"), to: [scores, labels])
    var evaluation = try Evaluation(graph, inputs: inputs)
    let time = try median(rounds: 51) {
      try evaluation.forward()
      try evaluation.backward(from: loss)
    }
    report("layers.ms", time * 1e3)
    report("layers.check", evaluation.value(of: loss).elements[0])
  }

  static func gate(_ name: String) throws -> any Gate {
    guard let type = GateCatalog.standard[name] else { preconditionFailure("there is no gate '\(name)'") }
    return try type.init(GateOptions())
  }

  /// The median processor time of one call, after one call that does not count.
  static func median(rounds: Int, _ body: () throws -> Void) rethrows -> Double {
    if rounds > 1 { try body() }
    var times: [Double] = []
    for _ in 0..<rounds {
      let start = processorTime()
      try body()
      times.append(processorTime() - start)
    }
    return times.sorted()[rounds / 2]
  }

  static func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  static func megabytes() -> Double {
    var usage = rusage()
    // RUSAGE_SELF, whose type differs between C libraries.
    getrusage(0, &usage)
    return Double(usage.ru_maxrss) / 1024
  }

  static func report(_ name: String, _ value: Double) {
    print("\(name) \(NumberText.exact(value))")
  }
}

/// A linear congruential generator, the same in every peer: numbers in (-1, 1).
struct Uniform {
  var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) / 9_007_199_254_740_992 * 2 - 1
  }
}
