/// One differentiable operation, as it is applied in a graph: its options are inside it.
///
/// A gate reads its operands from an arena of numbers and writes its output there; going back, it *adds* the
/// upstream gradient times its local gradient to the gradients of its operands. Most gates conform to
/// ``UnaryGate``, ``BinaryGate`` or ``TensorGate``, which ask for less.
public protocol Gate: Sendable {
  /// What is known of the gate without running it.
  var card: GateCard { get }

  /// The shape of the output for operands of the given shapes.
  ///
  /// - Throws: `ShapeError` with the shapes, when they do not fit.
  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape

  /// Whether operands of different shapes are broadcast against each other before they reach the gate.
  var broadcastsOperands: Bool { get }

  /// How the gradient of each operand is worked out, for operands of the given shapes; ``GateCard/rules`` by default.
  func rules(for operands: [Shape]) -> [LocalRule]

  /// The options of this use that a rule names; none by default.
  var settings: [(name: String, value: OptionValue)] { get }

  /// Computes the output at `site` from the operands there.
  ///
  /// - Throws: `GateError` when the operands have no output, such as a label that names no class.
  func forward(_ values: inout MutableSpan<Double>, at site: Site) throws(GateError)

  /// Adds, to each operand's gradient, the gradient at the output times the local gradient.
  ///
  /// - Throws: `GateError` when the backward pass fails.
  func backward(_ gradients: inout MutableSpan<Double>, values: Span<Double>, at site: Site) throws(GateError)
}

extension Gate {
  /// No: a gate gets its operands as they are.
  public var broadcastsOperands: Bool { false }
}

/// A gate that formulas can name.
public protocol CatalogGate: Gate {
  /// What is known of the gate without running it.
  static var card: GateCard { get }

  /// Makes the gate with the options of one use.
  ///
  /// - Throws: `OptionError` when an option does not fit.
  init(_ options: GateOptions) throws(OptionError)
}

extension CatalogGate {
  /// The card of the type.
  public var card: GateCard { Self.card }
}

/// A gate without options.
public protocol PlainGate: CatalogGate {
  /// Makes the gate.
  init()
}

extension PlainGate {
  /// Makes the gate; there are no options to read.
  public init(_ options: GateOptions) throws(OptionError) {
    self.init()
  }
}

/// Where a tensor lies in an arena.
///
/// Element `i` of lane `l` is at `start + i * lanes + l`.
public struct Operand: Sendable {
  /// The first slot.
  public let start: Int
  /// The extents.
  public let shape: Shape

  /// Makes an operand that begins at slot `start`.
  public init(start: Int, shape: Shape) {
    self.start = start
    self.shape = shape
  }
}

/// Where one use of a gate finds its operands and puts its output.
public struct Site: Sendable {
  /// The operands, in order; a tensor used twice stands here twice.
  public let operands: [Operand]
  /// The output.
  public let output: Operand
  /// How many copies of every number the arena carries.
  public let lanes: Int

  /// Makes a site.
  public init(operands: [Operand], output: Operand, lanes: Int) {
    self.operands = operands
    self.output = output
    self.lanes = lanes
  }
}

/// A pass of a gate that failed.
public struct GateError: Error, Equatable, CustomStringConvertible {
  /// What went wrong, in words.
  public let description: String
  /// The use of the gate in the graph that was run, if one was.
  public private(set) var node: NodeID?
  /// Which gate failed of a ``BlackBoxChain`` that was run.
  public var step: Int?
  /// The operands that a backward pass gave no gradient; nil where it gave none to any.
  public let operands: [Int]?

  /// Makes an error that says `message`, with the gate's name in it.
  public init(_ message: String, operands: [Int]? = nil) {
    (description, self.operands) = (message, operands)
  }

  /// The same, of the gate at `node`, in which what failed is inside.
  public func at(_ node: NodeID) -> GateError {
    var error = self
    error.node = node
    return error
  }
}

/// A gate whose forward pass is a graph of other gates.
public protocol CompositeGate: Gate {
  /// The graph.
  var body: Graph { get }
  /// The inputs of the graph, one for each operand; they have the names that the card gives the operands.
  var bodyOperands: [NodeID] { get }
  /// The node of the output.
  var bodyOutput: NodeID { get }
}
