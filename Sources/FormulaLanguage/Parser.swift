/// Reads tokens into statements.
///
/// After an error it goes on with the next statement.
struct Parser {
  /// Brackets, blocks and chains of `**` may be nested this deep.
  static let deepestNesting = 200

  let source: Source
  private let tokens: [Token]
  private var position = 0
  private(set) var tree = SyntaxTree()
  private(set) var diagnostics: [Diagnostic]
  private var depth = 0

  init(_ source: Source) {
    self.source = source
    (tokens, diagnostics) = Lexer.tokens(of: source)
  }

  /// All statements of the text.
  mutating func statements() -> [Statement] {
    block { _ in true }
  }

  /// A single expression: the value given for an input.
  mutating func value() -> SyntaxTree.ID? {
    do throws(Diagnostic) {
      while token.kind == .newline { advance() }
      let value = try expression()
      while token.kind == .newline { advance() }
      guard token.kind == .end else { throw unexpected() }
      return value
    } catch {
      diagnostics.append(error)
      return nil
    }
  }

  // MARK: Statements

  /// Statements as long as `belongs` holds for the first token of their line.
  private mutating func block(_ belongs: (Token) -> Bool) -> [Statement] {
    var statements: [Statement] = []
    while token.kind != .end {
      if token.kind == .newline {
        advance()
        continue
      }
      guard token.indent == nil || belongs(token) else { break }
      do throws(Diagnostic) {
        statements.append(try statement())
        guard token.kind == .newline || token.kind == .end || token.indent != nil else { throw unexpected() }
      } catch {
        diagnostics.append(error)
        depth = 0
        while token.kind != .newline, token.kind != .end { advance() }
      }
    }
    return statements
  }

  private mutating func statement() throws(Diagnostic) -> Statement {
    let start = token.range
    let kind: Statement.Kind
    if token.isName("def"), next.kind == .name {
      kind = try function()
    } else if token.isName("gate"), next.kind == .name {
      kind = try gate()
    } else if token.isName("use"), case .text(let command) = next.kind {
      advance()
      advance()
      kind = .use(command: command)
    } else if token.isName("return") {
      advance()
      kind = .giveBack(try expression())
    } else if let claim = try claim() {
      kind = claim
    } else {
      let isConstant = token.isName("const") && next.kind == .name
      if isConstant { advance() }
      if token.kind == .name, next.is("=") {
        let name = takeName()
        advance()
        kind = .value(name: name, isConstant: isConstant, try expression())
      } else {
        kind = .value(name: nil, isConstant: isConstant, try expression())
        if token.is("=") { throw error(.badTarget, start.through(previous.range)) }
      }
    }
    return Statement(kind: kind, range: start.through(previous.range))
  }

  /// `df/dx = value`: nothing else begins with two such names and a line between them.
  private mutating func claim() throws(Diagnostic) -> Statement.Kind? {
    guard token.kind == .name, next.is("/"), look(2).kind == .name, look(3).is("="),
      token.text.hasPrefix("d"),
      look(2).text.hasPrefix("d"), token.text.count > 1, look(2).text.count > 1
    else { return nil }
    let of = takeName().dropping("d")
    advance()
    let withRespectTo = takeName().dropping("d")
    advance()
    return .claim(of: of, withRespectTo: withRespectTo, try expression())
  }

  private mutating func function() throws(Diagnostic) -> Statement.Kind {
    let indent = token.indent ?? 0
    advance()
    let name = takeName()
    let parameters = try names()
    let body = try indented(beyond: indent)
    return .function(Function(name: name, parameters: parameters, body: body))
  }

  private mutating func gate() throws(Diagnostic) -> Statement.Kind {
    let header = token
    advance()
    let name = takeName()
    let operands = try names()
    try expect(":")
    let indent = header.indent ?? 0
    var forward: [Statement]?
    var backward: (upstream: Name, body: [Statement])?
    while true {
      while token.kind == .newline { advance() }
      guard token.kind != .end, let inner = token.indent, inner > indent else { break }
      if token.isName("forward"), next.is(":") {
        advance()
        forward = try indented(beyond: inner)
      } else if token.isName("backward"), next.is("(") {
        advance()
        let upstream = try names()
        guard upstream.count == 1 else { throw error(.oneUpstream(upstream.count), previous.range) }
        backward = (upstream[0], try indented(beyond: inner))
      } else {
        throw error(.expectedPass(String(token.text)), token.range)
      }
    }
    guard let forward, let backward else {
      throw error(.missingPass(name.text, forward == nil ? "forward:" : "backward(dout):"), name.range)
    }
    return .gate(
      WrittenGateSyntax(
        name: name, operands: operands, forward: forward, upstream: backward.upstream, backward: backward.body
      ))
  }

  /// The statements after a `:`, on the same line or indented further than its line.
  private mutating func indented(beyond indent: Int) throws(Diagnostic) -> [Statement] {
    try expect(":")
    try deeper()
    defer { depth -= 1 }
    let colon = previous.range
    let statements: [Statement]
    if token.kind == .newline {
      statements = block { ($0.indent ?? 0) > indent }
    } else {
      statements = [try statement()]
    }
    guard !statements.isEmpty else { throw error(.emptyBlock, colon) }
    return statements
  }

  /// The names in `(a, b, c)`.
  private mutating func names() throws(Diagnostic) -> [Name] {
    try expect("(")
    var names: [Name] = []
    while !token.is(")") {
      guard token.kind == .name else { throw unexpected() }
      if let known = names.first(where: { $0.text == token.text }) {
        throw error(.parameterTwice(known.text), token.range)
      }
      names.append(takeName())
      guard token.is(",") else { break }
      advance()
    }
    try expect(")")
    return names
  }

  // MARK: Expressions

  private static let precedences: [String: Int] = [
    "<": 1, "<=": 1, ">": 1, ">=": 1, "==": 1, "!=": 1, "+": 2, "-": 2, "*": 3, "/": 3, "@": 3,
  ]

  private static let modules: Set = ["np", "numpy", "jnp", "math", "torch"]
  private static let submodules: Set = ["random", "linalg"]

  /// What people who come from Python write, and what to do instead.
  private static let pythonWords = [
    "import": "leave the line out: all gates can be named",
    "from": "leave the line out: all gates can be named",
    "lambda": "name the function: def f(x): return x * x",
    "if": "choose with a gate: where(x > 0, x, 0)",
    "for": "use a gate for all elements at once, such as sum(x, axis=0), or write each step",
    "while": "write each step",
  ]

  private mutating func expression(above precedence: Int = 0) throws(Diagnostic) -> SyntaxTree.ID {
    try deeper()
    defer { depth -= 1 }
    let start = token.range
    var left = try factor()
    while token.kind == .sign, let own = Self.precedences[String(token.text)], own > precedence {
      let sign = token
      advance()
      let right = try expression(above: own)
      left = tree.add(
        .infix(String(sign.text), left, right), start.through(previous.range), place: sign.range,
        first: tree[left].first)
    }
    return left
  }

  /// A sign, which binds less than `**`, as in numpy: `-x**2` is `-(x**2)`.
  private mutating func factor() throws(Diagnostic) -> SyntaxTree.ID {
    var signs: [Token] = []
    while token.is("-") || token.is("+") {
      signs.append(token)
      advance()
    }
    var value = try power()
    for sign in signs.reversed() where sign.is("-") {
      value = tree.add(
        .prefix("-", value), sign.range.through(previous.range), place: sign.range, first: tree[value].first)
    }
    return value
  }

  private mutating func power() throws(Diagnostic) -> SyntaxTree.ID {
    let start = token.range
    let base = try postfix()
    guard token.is("**") else { return base }
    let sign = token
    advance()
    try deeper()
    defer { depth -= 1 }
    let exponent = try factor()
    return tree.add(
      .infix("**", base, exponent), start.through(previous.range), place: sign.range,
      first: tree[base].first)
  }

  private mutating func postfix() throws(Diagnostic) -> SyntaxTree.ID {
    let start = token.range
    var value = try primary()
    while true {
      let first = tree[value].first
      if token.is("."), next.kind == .name {
        advance()
        let name = takeName()
        if token.is("(") {
          let arguments = try arguments()
          value = tree.add(
            .method(value, name.text, name.range, arguments), start.through(previous.range),
            place: name.range, first: first)
        } else {
          value = tree.add(
            .member(value, name.text, name.range), start.through(name.range), place: name.range,
            first: first)
        }
      } else if token.is("["), token.indent == nil {
        let bracket = token.range
        let items = try list(until: "]", item: { (parser) throws(Diagnostic) in try parser.subscriptItem() })
        value = tree.add(
          .index(value, items), start.through(previous.range), place: bracket, first: first)
      } else {
        return value
      }
    }
  }

  private mutating func primary() throws(Diagnostic) -> SyntaxTree.ID {
    let start = token
    switch token.kind {
    case .number(let value):
      advance()
      return tree.add(.number(value), start.range)
    case .text(let text):
      advance()
      return tree.add(.text(text), start.range)
    case .name:
      if next.kind == .name, let advice = Self.pythonWords[String(token.text)] { throw pythonWord(advice) }
      let name = qualifiedName()
      guard token.is("(") else { return tree.add(.name(name.text), name.range) }
      let first = tree.expressions.count
      let arguments = try arguments()
      return tree.add(
        .call(name.text, name.range, arguments), name.range.through(previous.range), place: name.range,
        first: first)
    case .sign where token.is("["):
      let first = tree.expressions.count
      let items = try list(until: "]", item: { (parser) throws(Diagnostic) in try parser.expression() })
      return tree.add(.list(items), start.range.through(previous.range), first: first)
    case .sign where token.is("("):
      return try parenthesized()
    default:
      throw unexpected()
    }
  }

  /// A name without the module it is from: np.exp, np.random.randn, math.exp.
  private mutating func qualifiedName() -> Name {
    var name = takeName()
    var isModule = Self.modules.contains(name.text)
    while isModule, token.is("."), next.kind == .name {
      advance()
      let part = takeName()
      isModule = Self.submodules.contains(part.text)
      name = Name(text: part.text, range: name.range.through(part.range))
    }
    return name
  }

  /// An expression in parentheses, or a tuple, which is a list.
  private mutating func parenthesized() throws(Diagnostic) -> SyntaxTree.ID {
    let open = token
    let first = tree.expressions.count
    let items = try list(until: ")", item: { (parser) throws(Diagnostic) in try parser.expression() })
    let range = open.range.through(previous.range)
    if items.count == 1, !tokens[position - 2].is(",") { return items[0] }
    return tree.add(.list(items), range, first: first)
  }

  private mutating func arguments() throws(Diagnostic) -> [SyntaxTree.Argument] {
    try expect("(")
    var arguments: [SyntaxTree.Argument] = []
    while !token.is(")") {
      let start = token.range
      var name: String?
      if token.kind == .name, next.is("=") {
        name = takeName().text
        advance()
      }
      let value = try expression()
      arguments.append(
        SyntaxTree.Argument(name: name, value: value, range: start.through(previous.range)))
      guard token.is(",") else { break }
      advance()
    }
    try expect(")")
    return arguments
  }

  private mutating func subscriptItem() throws(Diagnostic) -> SyntaxTree.ID {
    let start = token.range
    let first = tree.expressions.count
    var parts: [SyntaxTree.ID?] = [nil]
    while !token.is(","), !token.is("]"), token.kind != .end {
      if token.is(":") {
        advance()
        parts.append(nil)
      } else {
        guard parts[parts.count - 1] == nil else { throw unexpected() }
        parts[parts.count - 1] = try expression()
      }
    }
    if parts.count == 1, let value = parts[0] { return value }
    guard parts.count == 2 || parts.count == 3 else { throw unexpected() }
    return tree.add(
      .slice(parts[0], parts[1], parts.count == 3 ? parts[2] : nil), start.through(previous.range),
      first: first)
  }

  private mutating func list(
    until end: String, item: (inout Parser) throws(Diagnostic) -> SyntaxTree.ID
  ) throws(Diagnostic) -> [SyntaxTree.ID] {
    let open = token
    advance()
    var items: [SyntaxTree.ID] = []
    while !token.is(end) {
      guard token.kind != .end, token.kind != .newline else { throw unclosed(open, end) }
      items.append(try item(&self))
      guard token.is(",") else { break }
      advance()
    }
    guard token.is(end) else {
      throw token.kind == .newline || token.kind == .end ? unclosed(open, end) : unexpected()
    }
    advance()
    return items
  }

  // MARK: Tokens

  private var token: Token { tokens[position] }
  private var next: Token { look(1) }
  private var previous: Token { tokens[max(0, position - 1)] }

  private func look(_ distance: Int) -> Token { tokens[min(position + distance, tokens.count - 1)] }

  private mutating func advance() {
    if position < tokens.count - 1 { position += 1 }
  }

  private mutating func takeName() -> Name {
    let name = Name(text: String(token.text), range: token.range)
    advance()
    return name
  }

  private mutating func expect(_ sign: String) throws(Diagnostic) {
    guard token.is(sign) else {
      let end = previous.range.offsets.upperBound
      let fix = FixIt("insert '\(sign)'", SourceRange(end..<end), sign)
      throw Diagnostic(.expected(sign, found), token.range, in: source, fixIts: [fix])
    }
    advance()
  }

  private mutating func deeper() throws(Diagnostic) {
    depth += 1
    guard depth <= Self.deepestNesting else { throw error(.tooDeep, token.range) }
  }

  private var found: String {
    switch token.kind {
    case .end: "the end of the formula"
    case .newline:
      token.text == ";"
        ? "';'" : position + 1 < tokens.count - 1 ? "the end of the line" : "the end of the formula"
    default: "'\(shortened(String(token.text)))'"
    }
  }

  private func unexpected() -> Diagnostic {
    if token.kind == .name, let advice = Self.pythonWords[String(token.text)] { return pythonWord(advice) }
    return error(
      position == 0 || previous.kind == .newline ? .unexpectedStart(found) : .unexpected(found), token.range)
  }

  private func pythonWord(_ advice: String) -> Diagnostic {
    Diagnostic(.pythonWord(String(token.text)), token.range, in: source, fixIts: [FixIt(advice, token.range)])
  }

  private func unclosed(_ open: Token, _ end: String) -> Diagnostic {
    let last = previous.range.offsets.upperBound
    return Diagnostic(
      .unclosed(String(open.text)), open.range, in: source,
      fixIts: [FixIt("insert '\(end)'", SourceRange(last..<last), end)])
  }

  private func error(_ message: Diagnostic.Message, _ range: SourceRange) -> Diagnostic {
    Diagnostic(message, range, in: source)
  }
}

extension Name {
  fileprivate func dropping(_ prefix: String) -> Name {
    Name(
      text: String(text.dropFirst(prefix.count)),
      range: SourceRange(range.offsets.lowerBound + prefix.utf8.count..<range.offsets.upperBound))
  }
}

extension Diagnostic.Message {
  static let badTarget = Self("bad-target", "only a name, or a gradient such as df/dx, can stand before '='")
  static let tooDeep = Self("too-deep", "brackets are nested more than \(Parser.deepestNesting) deep")
  static let emptyBlock = Self("empty-block", "nothing follows ':' here; the lines of a block are indented")
  static func oneUpstream(_ count: Int) -> Self {
    .init("one-upstream", "backward takes one upstream gradient, not \(count)")
  }
  static func expectedPass(_ text: String) -> Self {
    .init("expected-pass", "a gate has 'forward:' and 'backward(dout):', not '\(shortened(text))'")
  }
  static func missingPass(_ gate: String, _ pass: String) -> Self {
    .init("missing-pass", "gate '\(gate)' has no '\(pass)'")
  }
  static func parameterTwice(_ name: String) -> Self {
    .init("parameter-twice", "two parameters are named '\(name)'")
  }
  static func expected(_ sign: String, _ found: String) -> Self {
    .init("expected", "'\(sign)' is missing before \(found)")
  }
  static func pythonWord(_ word: String) -> Self {
    .init("python-word", "a formula has no '\(word)'")
  }
  static func unexpected(_ found: String) -> Self {
    .init("unexpected", "\(found) cannot stand here")
  }
  static func unexpectedStart(_ found: String) -> Self {
    .init("unexpected-start", "a statement cannot begin with \(found)")
  }
  static func unclosed(_ bracket: String) -> Self {
    .init("unclosed", "'\(bracket)' is never closed")
  }
}
