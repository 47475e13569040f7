public import Gradients

/// A number that two runs share when a picture would carry the same of them, to the last bit.
///
/// It spares what costs most about a diagram that has not changed: writing all its numbers as text. The files of the
/// formula and its comments do not matter to it.
struct RunFingerprint {
  private var hash: UInt64 = 0xcbf2_9ce4_8422_2325

  /// Sixteen hexadecimal digits.
  var text: String { DiagramDigest.digits(hash) }

  init(_ run: DrawnRun) {
    mix(run.output.index)
    for element in run.drawn.elements {
      mix(element.node.index)
      switch element.content {
      case .leaf: mix(run.graph.isDifferentiated(element.node) ? 1 : 2)
      case .gate(let symbol):
        mix(symbol)
        mix(run.card(of: element.node)?.name ?? "")
        for operand in run.graph.operands(of: element.node) { mix(run.graph.number(at: operand)) }
      case .box(let name, let gates):
        mix(name)
        for gate in gates { mix(gate.index) }
      }
      for node in element.outputs {
        mix(node.index)
        mix(run.graph.annotation(of: node).name ?? "")
      }
      for node in element.isBundle ? [element.node] : element.outputs {
        mix(run.value(of: node))
        mix(run.gradient(of: node))
      }
      for wire in element.wires { mix(wire, of: run) }
    }
  }

  private mutating func mix(_ wire: DrawnGraph.Wire, of run: DrawnRun) {
    mix(wire.source.index)
    for use in wire.uses {
      mix(use.gate.index)
      mix(use.position)
    }
    mix(run.downstream(of: wire))
    if run.hasGradients, let use = wire.uses.first {
      for row in run.jacobian(of: use.gate, use.position) ?? [] { mix(row) }
    }
  }

  private mutating func mix(_ tensor: Tensor?) {
    guard let tensor else { return mix(-1) }
    for extent in tensor.shape.extents { mix(extent) }
    for element in tensor.elements { mix(element) }
  }

  private mutating func mix(_ number: Double?) {
    // There are many ways to write what is no number.
    mix(bits: number.map { $0.isNaN ? 1 : $0.bitPattern } ?? 2)
  }

  private mutating func mix(_ text: String) {
    mix(text.utf8.count)
    for byte in text.utf8 { mix(bits: UInt64(byte)) }
  }

  private mutating func mix(_ number: Int) {
    mix(bits: UInt64(bitPattern: Int64(number)))
  }

  /// The steps of MurmurHash3's finalizer, which spread every bit (https://github.com/aappleby/smhasher).
  private mutating func mix(bits: UInt64) {
    hash = (hash ^ bits) &* 0xff51_afd7_ed55_8ccd
    hash ^= hash >> 33
  }
}

extension Diagram {
  /// What a picture of a run would have as its fingerprint: see ``StoredHeader/fingerprint``.
  ///
  /// - Parameters:
  ///   - graph: the structure.
  ///   - evaluation: a run of it.
  ///   - output: the node that the picture ends in.
  ///   - title: the name of the function.
  ///   - options: what is shown, and how.
  /// - Returns: sixteen hexadecimal digits.
  /// - Throws: as `init` does.
  public static func fingerprint(
    _ graph: Graph, _ evaluation: borrowing Evaluation, output: NodeID, title: String, options: DiagramOptions
  ) throws -> String {
    let drawn = try DrawnGraph(graph, output: output).folded(options.folding, graph, output: output)
    return RunFingerprint(
      try DrawnRun(graph, evaluation, drawn, output: output, title: title, options: options)
    ).text
  }
}
