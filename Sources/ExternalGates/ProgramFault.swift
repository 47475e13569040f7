/// A program that could not be started, ended, was silent for too long, or answered nonsense.
public struct ProgramFault: Error, Equatable, CustomStringConvertible {
  /// What went wrong, in words, with the last lines of the program's standard error.
  public let description: String

  init(_ message: String, command: String, gate: String?, standardError: String) {
    let subject = gate.map { "gate '\($0)' of '\(command)'" } ?? "'\(command)'"
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
