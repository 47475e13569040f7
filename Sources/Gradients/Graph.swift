/// The place of a node in its graph: `n0`, `n1` ….
public struct NodeID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The position, counted from 0.
  @inlinable
  public var index: Int { Int(position) }

  @usableFromInline
  let position: Int32

  /// Makes the ID of the node at `index`.
  public init(index: Int) {
    position = Int32(index)
  }

  /// The name of the node in diagrams and reports.
  public var description: String { "n\(position)" }

  /// Whether `a` comes before `b`.
  public static func < (a: NodeID, b: NodeID) -> Bool { a.position < b.position }
}

/// A straight-line program: nodes in order, each after its operands, so that the list is its own topological order.
///
/// A graph is structure alone; ``Evaluation`` runs it.
public struct Graph: Sendable {
  /// What a node is.
  public enum Kind: Sendable {
    /// A leaf that is differentiated.
    case input(name: String)
    /// A leaf that is not.
    case constant(Tensor)
    /// An operation on earlier nodes.
    case gate(any Gate)
  }

  /// What is written about a node for people to read.
  public struct Annotation: Sendable {
    /// The name a formula gives the value.
    public var name: String?
    /// The text it stems from.
    public var label: String?
    /// Where that text stands.
    public var place: Place?
    /// The function it was expanded from.
    public var scope: ScopeID?

    /// Makes an annotation.
    public init(name: String? = nil, label: String? = nil, place: Place? = nil, scope: ScopeID? = nil) {
      self.name = name
      self.label = label
      self.place = place
      self.scope = scope
    }
  }

  /// A line and a column, counted from 1.
  public struct Place: Hashable, Sendable, CustomStringConvertible {
    /// The line.
    public let line: Int
    /// The character in the line.
    public let column: Int

    /// Makes a place.
    public init(line: Int, column: Int) {
      self.line = line
      self.column = column
    }

    /// `line:column`.
    public var description: String { "\(line):\(column)" }
  }

  /// The position of a scope in ``Graph/scopes``.
  public typealias ScopeID = Int

  /// One expansion of a function, whose nodes belong together.
  public struct Scope: Sendable {
    /// The function's name.
    public let name: String
    /// The expansion this one is part of.
    public let parent: ScopeID?
  }

  /// A gate by how it is run: on many calls at once, on a block of its output, or on the whole of it.
  enum Runner: Sendable {
    case elementwise(any ElementwiseGate)
    case block(any BlockGate)
    case single(any Gate)

    init(_ gate: some Gate) {
      if let gate = gate as? any ElementwiseGate {
        self = .elementwise(gate)
      } else if let gate = gate as? any BlockGate {
        self = .block(gate)
      } else {
        self = .single(gate)
      }
    }
  }

  struct Node: Sendable {
    /// Position in `gates`, or one of the two below for a leaf.
    var gate: Int32
    var slot: Int32
    var operands: Int32
    var operandCount: Int32
    var shape: Int32

    static let input: Int32 = -1
    static let constant: Int32 = -2
  }

  private(set) var table: ContiguousArray<Node> = []
  private(set) var operandTable: ContiguousArray<Int32> = []
  private(set) var gates: [any Gate] = []
  /// The same gates by how they are run.
  private(set) var runners: [Runner] = []
  /// Those of them that choose between branches.
  private(set) var piecewiseGates: [(any PiecewiseGate)?] = []
  private(set) var shapes: [Shape] = [.scalar]
  /// Whether another program runs one of the gates.
  public private(set) var hasBlackBoxes = false
  /// How many numbers a run of the graph holds.
  public private(set) var slotCount = 0
  private var constants: [Int32: Tensor] = [:]
  /// The gates without options, each with its position in `gates`.
  ///
  /// They are few, so looking through them is quickest.
  private var statelessGates: [(type: ObjectIdentifier, position: Int32)] = []
  /// For each of `gates`, how many operands it takes when it treats each element alone, else 0.
  private(set) var elementwiseOperandCounts: [Int32] = []
  private var annotations: [Int32: Annotation] = [:]

  /// The leaves that are differentiated, in order.
  public private(set) var inputs: [NodeID] = []

  /// The expansions of functions, outer ones before those inside them.
  public private(set) var scopes: [Scope] = []

  /// Makes an empty graph.
  public init() {}

  /// The number of nodes.
  public var count: Int { table.count }

  /// All nodes in order.
  @inlinable
  public var nodes: some RandomAccessCollection<NodeID> {
    (0..<count).lazy.map { NodeID(index: $0) }
  }

  /// Adds a leaf that is differentiated.
  public mutating func input(_ name: String, shape: Shape = .scalar) -> NodeID {
    let node = append(gate: Node.input, shape: shape)
    inputs.append(node)
    annotations[node.position] = Annotation(name: name)
    return node
  }

  /// Adds a leaf that is not differentiated.
  public mutating func constant(_ tensor: Tensor, name: String? = nil) -> NodeID {
    let node = append(gate: Node.constant, shape: tensor.shape)
    constants[node.position] = tensor
    if let name { annotations[node.position] = Annotation(name: name) }
    return node
  }

  /// Adds a gate of one operand.
  ///
  /// - Throws: `ShapeError` when the operand does not fit the gate.
  public mutating func apply(_ gate: any Gate, to x: NodeID) throws(ShapeError) -> NodeID {
    if let node = appendElementwise(intern(gate), x) { return node }
    return try apply(gate, to: [x])
  }

  /// Adds a gate of two operands; they are broadcast first if they need it.
  ///
  /// - Throws: `ShapeError` when the operands do not fit the gate.
  public mutating func apply(_ gate: any Gate, to x: NodeID, _ y: NodeID) throws(ShapeError) -> NodeID {
    if let node = appendElementwise(intern(gate), x, y) { return node }
    return try apply(gate, to: [x, y])
  }

  /// Adds a gate; operands that need it are broadcast first.
  ///
  /// - Throws: `ShapeError` when the operands do not fit the gate, or are of the wrong number.
  public mutating func apply(_ gate: any Gate, to operands: [NodeID]) throws(ShapeError) -> NodeID {
    let card = gate.card
    guard card.isVariadic ? !operands.isEmpty : operands.count == card.operands.count else {
      throw ShapeError("\(card.name) takes \(card.operandCountText), not \(operands.count)")
    }
    for operand in operands { check(operand) }
    var operands = operands
    if gate.broadcastsOperands {
      try broadcast(&operands)
    }
    var operandShapes: [Shape] = []
    for operand in operands { operandShapes.append(shape(of: operand)) }
    let shape = try gate.outputShape(for: operandShapes)
    guard slotCount + shape.count <= Shape.largestCount else {
      throw ShapeError("the function holds more than \(Shape.largestCount) numbers with shape \(shape)")
    }
    let start = operandTable.count
    for operand in operands { operandTable.append(operand.position) }
    return append(gate: intern(gate), operands: start, operandCount: operands.count, shape: shape)
  }

  /// What a node is.
  public func kind(of node: NodeID) -> Kind {
    check(node)
    switch table[node.index].gate {
    case Node.input: return .input(name: annotations[node.position]?.name ?? node.description)
    case Node.constant: return .constant(constants[node.position] ?? Tensor(.nan))
    case let gate: return .gate(gates[Int(gate)])
    }
  }

  /// The nodes a gate reads, in order; empty for a leaf.
  public func operands(of node: NodeID) -> [NodeID] {
    check(node)
    let start = Int(table[node.index].operands)
    return (start..<start + Int(table[node.index].operandCount)).map { NodeID(index: Int(operandTable[$0])) }
  }

  /// The shape of a node's value.
  public func shape(of node: NodeID) -> Shape {
    check(node)
    return shapes[Int(table[node.index].shape)]
  }

  /// What is written about a node.
  public func annotation(of node: NodeID) -> Annotation {
    annotations[node.position] ?? Annotation()
  }

  /// Writes about a node.
  public mutating func annotate(_ node: NodeID, _ change: (inout Annotation) -> Void) {
    check(node)
    change(&annotations[node.position, default: Annotation()])
  }

  /// Adds an expansion of the function `name`, inside another one or at the top.
  public mutating func scope(_ name: String, in parent: ScopeID? = nil) -> ScopeID {
    scopes.append(Scope(name: name, parent: parent))
    return scopes.count - 1
  }

  /// For each node, whether `output` is computed from it (it is from itself).
  public func ancestors(of output: NodeID) -> [Bool] {
    check(output)
    var reached = Array(repeating: false, count: count)
    reached[output.index] = true
    for index in stride(from: output.index, through: 0, by: -1) where reached[index] {
      let node = table[index]
      for position in Int(node.operands)..<Int(node.operands + node.operandCount) {
        reached[Int(operandTable[position])] = true
      }
    }
    return reached
  }

  private mutating func broadcast(_ operands: inout [NodeID]) throws(ShapeError) {
    guard let first = operands.first else { return }
    var common = shape(of: first)
    for operand in operands.dropFirst() {
      common = try common.broadcast(with: shape(of: operand))
    }
    for position in operands.indices where shape(of: operands[position]) != common {
      operands[position] = try apply(Broadcast(to: common), to: [operands[position]])
    }
  }

  /// The short way for a gate that treats each element alone, on operands of one shape: large graphs are made of these.
  private mutating func appendElementwise(_ gate: Int32, _ x: NodeID, _ y: NodeID? = nil) -> NodeID? {
    check(x)
    let shape = table[x.index].shape
    let operandCount: Int32 = y == nil ? 1 : 2
    guard elementwiseOperandCounts[Int(gate)] == operandCount else { return nil }
    let count = shape == 0 ? 1 : shapes[Int(shape)].count
    guard slotCount + count <= Shape.largestCount else { return nil }
    let start = operandTable.count
    if let y {
      check(y)
      guard table[y.index].shape == shape else { return nil }
      operandTable.append(x.position)
      operandTable.append(y.position)
    } else {
      operandTable.append(x.position)
    }
    table.append(
      Node(
        gate: gate, slot: Int32(slotCount), operands: Int32(start), operandCount: operandCount, shape: shape))
    slotCount += count
    return NodeID(index: table.count - 1)
  }

  private mutating func append(
    gate: Int32, operands: Int = 0, operandCount: Int = 0, shape: Shape
  ) -> NodeID {
    let end = slotCount + shape.count
    precondition(end <= Shape.largestCount, "a graph holds at most \(Shape.largestCount) numbers")
    table.append(
      Node(
        gate: gate, slot: Int32(slotCount), operands: Int32(operands), operandCount: Int32(operandCount),
        shape: intern(shape)))
    slotCount = end
    return NodeID(index: table.count - 1)
  }

  private mutating func intern(_ shape: Shape) -> Int32 {
    if shape.rank == 0 { return 0 }
    if let last = shapes.last, last == shape { return Int32(shapes.count - 1) }
    shapes.append(shape)
    return Int32(shapes.count - 1)
  }

  /// Gates without options are alike; any other is kept for each use.
  private mutating func intern(_ gate: some Gate) -> Int32 {
    let type = ObjectIdentifier(type(of: gate))
    if let known = statelessGates.first(where: { $0.type == type }) { return known.position }
    gates.append(gate)
    runners.append(Runner(gate))
    if gate is any BlackBoxGate { hasBlackBoxes = true }
    piecewiseGates.append(gate as? any PiecewiseGate)
    elementwiseOperandCounts.append(gate is any ElementwiseGate ? Int32(gate.card.operands.count) : 0)
    let position = Int32(gates.count - 1)
    if MemoryLayout.size(ofValue: gate) == 0 { statelessGates.append((type, position)) }
    return position
  }

  private func check(_ node: NodeID) {
    precondition(table.indices.contains(node.index), "node \(node) is not in this graph of \(count) nodes")
  }
}

extension GateCard {
  /// How many operands the gate takes, in words.
  public var operandCountText: String {
    if isVariadic { return "one operand or more" }
    return operands.count == 1 ? "1 operand" : "\(operands.count) operands"
  }
}
