internal import Gradients

/// What a diagram carries beside what it shows: a graph with every number in full, and where it comes from.
///
/// A diagram that lies in a file and one that has just been drawn are read alike, and compared by
/// ``DiagramComparison``.
public struct StoredDiagram: Sendable {
  /// The version of the data that this code writes, and the newest that it reads.
  public static let schema = 1

  /// Part of the graph that has a value.
  struct Node: Sendable {
    enum Kind: Sendable, Equatable {
      case input
      case constant
      case gate(String)
      /// Several gates drawn as one, with what is written in their box.
      case box(String)
      /// One of several values that leave a box; an operand in the close-up of a gate.
      case part

      /// Whether it is computed from others.
      var isGate: Bool {
        switch self {
        case .gate, .box: true
        case .input, .constant, .part: false
        }
      }
    }

    /// Its name in the DOT text.
    let id: String
    let kind: Kind
    /// What the formula calls it; empty where it has no name.
    let name: String
    /// Where the formula says it: `line:column`.
    let place: String
    /// The nodes that are drawn as this one.
    let gates: String
    /// The extents, joined by `x`.
    var shape: String
    var value: StoredNumbers?
    /// For a gate, what it takes as its upstream gradient.
    var gradient: StoredNumbers?
    /// The numbers that a gate has taken in, as `position=number`.
    let constants: [String]
    var operands: [Operand] = []
    /// Whether the diagram ends in it.
    var isOutput = false
  }

  /// A wire into a gate.
  struct Operand: Sendable {
    /// Which of the gate's operands.
    let position: Int
    /// Where the wire comes from: a position in ``StoredDiagram/nodes``.
    let source: Int
    let local: StoredNumbers?
    let downstream: StoredNumbers?
  }

  /// What it says of itself as a whole.
  public let header: StoredHeader
  /// Inputs, constants and gates in the order of the graph: each after its operands.
  let nodes: [Node]
  /// The text that it shows, as labels.
  let labels: [String]
  /// The IDs that nodes have in an SVG picture, by their names in the DOT text.
  let elements: [String: String]
  /// Whether what it carries is what was once written.
  public let isUnedited: Bool
}
