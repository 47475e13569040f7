/// The expressions of a formula, each after its parts: an expression is computed by walking its range in order.
struct SyntaxTree: Sendable {
  typealias ID = Int

  enum Kind: Sendable {
    case number(Double)
    case text(String)
    case name(String)
    case list([ID])
    case prefix(String, ID)
    case infix(String, ID, ID)
    /// A gate, a function or a data source, by name; the name's range.
    case call(String, SourceRange, [Argument])
    /// The same, written after its first operand.
    case method(ID, String, SourceRange, [Argument])
    /// A property: `.T`, `.shape`.
    case member(ID, String, SourceRange)
    case index(ID, [ID])
    /// `start:stop:step`.
    case slice(ID?, ID?, ID?)
  }

  struct Argument: Sendable {
    let name: String?
    let value: ID
    let range: SourceRange
  }

  struct Expression: Sendable {
    let kind: Kind
    let range: SourceRange
    /// Where the operator or the call's name stands.
    let place: SourceRange
    /// The first of the expressions it is made of.
    let first: ID
  }

  private(set) var expressions: [Expression] = []

  mutating func add(_ kind: Kind, _ range: SourceRange, place: SourceRange? = nil, first: ID? = nil) -> ID {
    expressions.append(
      Expression(kind: kind, range: range, place: place ?? range, first: first ?? expressions.count))
    return expressions.count - 1
  }

  subscript(id: ID) -> Expression { expressions[id] }
}

/// A statement of a formula.
struct Statement: Sendable {
  enum Kind: Sendable {
    /// `name = value`, or a value alone.
    case value(name: Name?, isConstant: Bool, SyntaxTree.ID)
    /// `df/dx = value`.
    case claim(of: Name, withRespectTo: Name, SyntaxTree.ID)
    case function(Function)
    case gate(WrittenGateSyntax)
    case giveBack(SyntaxTree.ID)
    /// `use "command"`: the gates that a program serves.
    case use(command: String)
  }

  let kind: Kind
  let range: SourceRange
}

/// A name and where it stands.
struct Name: Sendable {
  let text: String
  let range: SourceRange
}

/// A function: `def name(parameters):` and its statements.
struct Function: Sendable {
  let name: Name
  let parameters: [Name]
  let body: [Statement]
}

/// `gate name(operands):` with its two passes.
struct WrittenGateSyntax: Sendable {
  let name: Name
  let operands: [Name]
  let forward: [Statement]
  let upstream: Name
  let backward: [Statement]
}
