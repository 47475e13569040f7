/// Reads tokens into statements.
///
/// After an error it goes on with the next statement.
struct Parser {
  /// Brackets, blocks and chains of `**` may be nested this deep.
  static let deepestNesting = 200

  let source: Source
  let tokens: [Token]
  var position = 0
  var tree = SyntaxTree()
  var diagnostics: [Diagnostic]
  var depth = 0

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
      guard token.kind != .end else { throw error(.noValue, token.range) }
      let value = try expression()
      while token.kind == .newline { advance() }
      guard token.kind == .end else { throw listWithoutBrackets ?? unexpected() }
      return value
    } catch {
      diagnostics.append(error)
      return nil
    }
  }

  /// What is wrong with numbers that follow one another, with commas or without: 1, 2, 3.
  private var listWithoutBrackets: Diagnostic? {
    let parts = tokens.dropLast().filter { $0.kind != .newline && !$0.is(",") }
    let isNumbers = parts.allSatisfy { part in
      if case .number = part.kind { true } else { part.is("-") || part.is("+") }
    }
    guard isNumbers, parts.count > 1, let first = parts.first, let last = parts.last else { return nil }
    var list = ""
    for (part, before) in zip(parts, [nil] + parts.map(Optional.some)) {
      if let before, case .number = before.kind { list += ", " }
      list += part.text
    }
    return Diagnostic(
      .listWithoutBrackets, first.range.through(last.range), in: source,
      fixIts: [FixIt("use '[\(list)]'", first.range.through(last.range), "[\(list)]")])
  }

  // MARK: Statements

  /// Statements as long as `belongs` holds for the first token of their line.
  mutating func block(_ belongs: (Token) -> Bool) -> [Statement] {
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

  mutating func statement() throws(Diagnostic) -> Statement {
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
  mutating func claim() throws(Diagnostic) -> Statement.Kind? {
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

  mutating func function() throws(Diagnostic) -> Statement.Kind {
    let indent = token.indent ?? 0
    advance()
    let name = takeName()
    let parameters = try names()
    let body = try indented(beyond: indent)
    return .function(Function(name: name, parameters: parameters, body: body))
  }

  mutating func gate() throws(Diagnostic) -> Statement.Kind {
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
  mutating func indented(beyond indent: Int) throws(Diagnostic) -> [Statement] {
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
  mutating func names() throws(Diagnostic) -> [Name] {
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

  // MARK: Tokens

  var token: Token { tokens[position] }
  var next: Token { look(1) }
  var previous: Token { tokens[max(0, position - 1)] }

  func look(_ distance: Int) -> Token { tokens[min(position + distance, tokens.count - 1)] }

  mutating func advance() {
    if position < tokens.count - 1 { position += 1 }
  }

  mutating func takeName() -> Name {
    let name = Name(text: String(token.text), range: token.range)
    advance()
    return name
  }

  mutating func expect(_ sign: String) throws(Diagnostic) {
    guard token.is(sign) else {
      let end = previous.range.offsets.upperBound
      let fix = FixIt("insert '\(sign)'", SourceRange(end..<end), sign)
      throw Diagnostic(.expected(sign, found), token.range, in: source, fixIts: [fix])
    }
    advance()
  }

  mutating func deeper() throws(Diagnostic) {
    depth += 1
    guard depth <= Self.deepestNesting else { throw error(.tooDeep, token.range) }
  }

  var found: String {
    switch token.kind {
    case .end: "the end of the formula"
    case .newline:
      token.text == ";"
        ? "';'" : position + 1 < tokens.count - 1 ? "the end of the line" : "the end of the formula"
    default: "'\(shortened(String(token.text)))'"
    }
  }

  func unexpected() -> Diagnostic {
    if token.kind == .name, let advice = Self.pythonWords[String(token.text)] { return pythonWord(advice) }
    let isStart = position == 0 || previous.kind == .newline
    return Diagnostic(
      isStart ? .unexpectedStart(found) : .unexpected(found), token.range, in: source,
      fixIts: isStart ? [] : missingProduct)
  }

  /// The sign that is left out on paper: 2(x + 1), (x + 1)(x - 1), (x + 1)y.
  private var missingProduct: [FixIt] {
    var isFactor = previous.is(")")
    if case .number = previous.kind { isFactor = true }
    guard isFactor, token.is("(") || token.kind == .name else { return [] }
    let end = previous.range.offsets.upperBound
    return [FixIt("insert '*'", SourceRange(end..<end), "*")]
  }

  func pythonWord(_ advice: String) -> Diagnostic {
    Diagnostic(.pythonWord(String(token.text)), token.range, in: source, fixIts: [FixIt(advice, token.range)])
  }

  func unclosed(_ open: Token, _ end: String) -> Diagnostic {
    let last = previous.range.offsets.upperBound
    return Diagnostic(
      .unclosed(String(open.text)), open.range, in: source,
      fixIts: [FixIt("insert '\(end)'", SourceRange(last..<last), end)])
  }

  func error(_ message: Diagnostic.Message, _ range: SourceRange) -> Diagnostic {
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
  static let noValue = Self("no-value", "there is no value; a value is a number, a list or a data source")
  static let listWithoutBrackets = Self("list-without-brackets", "a list stands in brackets")
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
