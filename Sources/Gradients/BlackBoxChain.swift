/// Gates of one program that read one another, so that it can run them in one go.
///
/// Values are numbered: the operands first, then what each step gives.
public struct BlackBoxChain: Sendable {
  /// One gate, and the numbers of the values it reads.
  public struct Step: Sendable {
    /// The gate.
    public let gate: any BlackBoxGate
    /// Numbers of operands and of earlier steps.
    public let operands: [Int]

    /// Makes a step.
    public init(gate: any BlackBoxGate, operands: [Int]) {
      (self.gate, self.operands) = (gate, operands)
    }
  }

  /// The gates in order, each after those that it reads.
  public let steps: [Step]
  /// How many values are given.
  public let operandCount: Int
  /// The numbers of the values that are wanted.
  public let outputs: [Int]

  /// Makes a chain.
  public init(steps: [Step], operandCount: Int, outputs: [Int]) {
    (self.steps, self.operandCount, self.outputs) = (steps, operandCount, outputs)
  }
}

/// A program that runs gates.
public protocol BlackBoxProgram: AnyObject, Sendable {
  /// Whether it takes a chain of several gates in one go.
  var runsChains: Bool { get }

  /// The outputs of a chain for many copies of its operands, each along a new first axis.
  ///
  /// - Throws: `GateError` when a gate has no output for one of the copies, or the program has failed.
  func run(_ chain: BlackBoxChain, _ operands: [CopiedTensor], count: Int) throws(GateError) -> [Tensor]
}

/// A tensor in many copies.
public enum CopiedTensor: Sendable {
  /// The same in every copy.
  case same(Tensor)
  /// Copies that differ from a tensor in a few elements, in the order of the copies.
  case changed(Tensor, [Change])
  /// All copies, along a new first axis.
  case all(Tensor)

  /// One element of one copy, and what it is there.
  public struct Change: Sendable {
    /// The copy.
    public let copy: Int
    /// The element.
    public let element: Int
    /// What it is.
    public let value: Double

    /// Makes a change.
    public init(copy: Int, element: Int, value: Double) {
      (self.copy, self.element, self.value) = (copy, element, value)
    }
  }

  /// A range of the copies.
  public subscript(range: Range<Int>) -> CopiedTensor {
    switch self {
    case .same: return self
    case .changed(let tensor, let changes):
      return .changed(
        tensor,
        changes.filter { range.contains($0.copy) }.map {
          Change(copy: $0.copy - range.lowerBound, element: $0.element, value: $0.value)
        })
    case .all(let tensor):
      let shape = Shape(Array(tensor.shape.extents.dropFirst()))
      let elements = tensor.elements[range.lowerBound * shape.count..<range.upperBound * shape.count]
      return .all(Tensor(shape: Shape([range.count] + shape.extents), elements: Array(elements)))
    }
  }
}

extension Graph {
  /// Whether a change of `node` reaches gates of other programs on the way to `output`, and other gates before each of them.
  public func reachesBlackBoxesBehindOthers(from node: NodeID, to output: NodeID) -> Bool {
    guard hasBlackBoxes, BlackBoxPart(movedBy: [node], to: output, in: self) == nil else { return false }
    let wanted = ancestors(of: output)
    return nodes.contains { other in
      guard wanted[other.index], case .gate(let gate) = kind(of: other) else { return false }
      return gate is any BlackBoxGate && ancestors(of: other)[node.index]
    }
  }
}

/// The gates of one program that a change of some nodes reaches before any other gate, and what they need.
public struct BlackBoxPart: Sendable {
  /// The gates.
  public let chain: BlackBoxChain
  /// The program that runs them.
  public let program: any BlackBoxProgram
  /// The nodes of the gates.
  public let nodes: [NodeID]
  /// The nodes that the operands of the chain are, in order.
  public let operands: [NodeID]
  /// The nodes that the outputs of the chain are, in order.
  public let outputs: [NodeID]

  /// Finds the gates that `moved` reaches on the way to `output`; nil where the first that it reaches are of this program.
  public init?(movedBy moved: [NodeID], to output: NodeID, in graph: Graph) {
    let wanted = graph.ancestors(of: output)
    var isReached = Array(repeating: false, count: graph.count)
    for node in moved { isReached[node.index] = true }
    var program: (any BlackBoxProgram)?
    var inside: Set<NodeID> = []
    var others: Set<NodeID> = [output]
    var gates: [(node: NodeID, gate: any BlackBoxGate)] = []
    for node in graph.nodes where wanted[node.index] && !isReached[node.index] {
      let operands = graph.operands(of: node)
      let reached = operands.filter { isReached[$0.index] }
      guard !reached.isEmpty, case .gate(let gate) = graph.kind(of: node) else { continue }
      isReached[node.index] = true
      if let gate = gate as? any BlackBoxGate, program == nil || program === gate.program,
        reached.allSatisfy({ inside.contains($0) || moved.contains($0) }),
        // A label that is computed is a whole number only here.
        !operands.indices.contains(where: { gate.card.isLabel($0) && inside.contains(operands[$0]) })
      {
        program = gate.program
        inside.insert(node)
        gates.append((node, gate))
      } else {
        others.formUnion(operands)
      }
    }
    guard let program else { return nil }

    var operands: [NodeID] = []
    for (node, _) in gates {
      for operand in graph.operands(of: node) where !inside.contains(operand) && !operands.contains(operand) {
        operands.append(operand)
      }
    }
    let nodes = gates.map(\.node)
    let numbered = operands + nodes
    let numbers = Dictionary(uniqueKeysWithValues: zip(numbered, numbered.indices))
    self.program = program
    self.nodes = nodes
    self.operands = operands
    outputs = nodes.filter(others.contains)
    chain = BlackBoxChain(
      steps: gates.map { node, gate in
        BlackBoxChain.Step(gate: gate, operands: graph.operands(of: node).compactMap { numbers[$0] })
      },
      operandCount: operands.count, outputs: outputs.compactMap { numbers[$0] })
  }

  /// The outputs for many copies of the operands, each along a new first axis.
  ///
  /// - Throws: `GateError` with the node of the gate that failed.
  public func run(_ operands: [CopiedTensor], count: Int) throws(GateError) -> [Tensor] {
    do throws(GateError) {
      return try program.run(chain, operands, count: count)
    } catch {
      throw error.at(nodes[error.step ?? 0])
    }
  }
}
