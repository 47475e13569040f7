/// A program that could not be started, ended, was silent for too long, or answered nonsense.
public struct ProgramFault: Error, Equatable, CustomStringConvertible {
  /// What went wrong, in words, with the last lines of the program's standard error.
  public let description: String
  /// The gates that the program was asked for in one go: one of them failed.
  public let gates: [String]

  init(_ message: String, command: String, gates: [String], standardError: String) {
    self.gates = gates
    let names = gates.map { "'\($0)'" }.joined(separator: ", ")
    let subject =
      switch gates.count {
      case 0: "'\(command)'"
      case 1: "gate \(names) of '\(command)'"
      default: "one of the gates \(names) of '\(command)'"
      }
    let lines = standardError.split(separator: "\n").suffix(Self.shownLines)
    description =
      lines.isEmpty
      ? "\(subject) \(message)"
      : "\(subject) \(message); the last lines of its standard error:\n"
        + lines.map { "  | \($0.prefix(Self.longestLine))" }.joined(separator: "\n")
  }

  private static let shownLines = 8
  private static let longestLine = 200
}
