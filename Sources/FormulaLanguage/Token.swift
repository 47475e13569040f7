/// A word of a formula.
struct Token: Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    case name, number(Double), text(String), sign, newline, end
  }

  let kind: Kind
  let text: Substring
  let range: SourceRange
  /// How far its line is indented, when it is the first on it.
  var indent: Int?

  func `is`(_ sign: String) -> Bool { kind == .sign && text == sign }
  func isName(_ name: String) -> Bool { kind == .name && text == name }
}
