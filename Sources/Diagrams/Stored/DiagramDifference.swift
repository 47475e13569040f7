public import Gradients

/// One thing in which a stored diagram and the present one differ: a cause, with what follows from it counted.
public struct DiagramDifference: Sendable, Equatable {
  /// What kind of thing it is.
  public enum Kind: String, Sendable, CaseIterable {
    /// An input or a constant has another value, or is another kind of leaf.
    case input
    /// A gate, input or constant is new.
    case added
    /// A gate, input or constant is gone.
    case removed
    /// A gate is another one, or has another constant in it.
    case gate
    /// A gate reads other values, or the same in another order; or the output is another node.
    case wiring
    /// A value has another name.
    case name
    /// A gate gives another value, or one of another shape, from the same operands.
    case value
    /// A gradient differs although all that it is made of is the same.
    case gradient
    /// The diagram looks different.
    case style
  }

  /// What kind of thing it is.
  public let kind: Kind
  /// The difference in the words of the graph, without what follows from it.
  public let message: String
  /// The node of the present diagram that it is about.
  public internal(set) var node: String?
  /// The node of the stored diagram that it is about.
  public internal(set) var storedNode: String?
  /// Where the formula says it.
  public internal(set) var place: Graph.Place?
  /// How many other values differ because of it.
  public internal(set) var values = 0
  /// How many other gradients differ because of it.
  public internal(set) var gradients = 0

  init(_ kind: Kind, _ message: String, _ node: StoredDiagram.Node? = nil, stored: StoredDiagram.Node? = nil)
  {
    self.kind = kind
    self.message = message
    self.node = node?.id
    storedNode = stored?.id
    place = (node ?? stored).flatMap { Graph.Place($0.place) }
  }
}

extension DiagramDifference: CustomStringConvertible {
  /// The difference and what follows from it: `input w0 changed: 2 → 2.5 (and 7 values that follow from it)`.
  public var description: String {
    let counts = [(values, "value"), (gradients, "gradient")].filter { $0.0 > 0 }
    guard !counts.isEmpty else { return message }
    let words = counts.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }.joined(separator: " and ")
    return "\(message) (and \(words) that follow\(values + gradients == 1 ? "s" : "") from it)"
  }
}

extension Graph.Place {
  /// Reads `line:column`.
  fileprivate init?(_ text: String) {
    let parts = text.split(separator: ":").map { Int($0) }
    guard parts.count == 2, let line = parts[0], let column = parts[1] else { return nil }
    self.init(line: line, column: column)
  }
}
