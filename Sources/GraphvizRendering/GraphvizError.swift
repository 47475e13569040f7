/// A picture that Graphviz could not lay out.
public struct GraphvizError: Error, Equatable, CustomStringConvertible {
  /// What Graphviz says, on one line.
  public let description: String

  init(_ message: String) {
    description = message
  }
}
