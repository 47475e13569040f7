/// A picture that Graphviz could not lay out.
public struct GraphvizError: Error, Equatable, CustomStringConvertible {
  /// What Graphviz says, on one line.
  public let description: String

  /// Whether the layout was stopped because it took too long.
  public let isOverTime: Bool

  init(_ message: String, isOverTime: Bool = false) {
    description = message.count > 300 ? message.prefix(300) + " ..." : message
    self.isOverTime = isOverTime
  }
}
