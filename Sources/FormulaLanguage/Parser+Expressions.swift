/// Expressions, by precedence climbing: a sign takes what binds more than it does.
extension Parser {
  private static let precedences: [String: Int] = [
    "<": 1, "<=": 1, ">": 1, ">=": 1, "==": 1, "!=": 1, "+": 2, "-": 2, "*": 3, "/": 3, "@": 3,
  ]

  private static let modules: Set = ["np", "numpy", "jnp", "math", "torch"]
  private static let submodules: Set = ["random", "linalg"]

  /// What people who come from Python write, and what to do instead.
  static let pythonWords = [
    "import": "leave the line out: all gates can be named",
    "from": "leave the line out: all gates can be named",
    "lambda": "name the function: def f(x): return x * x",
    "if": "choose with a gate: where(x > 0, x, 0)",
    "for": "use a gate for all elements at once, such as sum(x, axis=0), or write each step",
    "while": "write each step",
  ]

  mutating func expression(above precedence: Int = 0) throws(Diagnostic) -> SyntaxTree.ID {
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
  mutating func factor() throws(Diagnostic) -> SyntaxTree.ID {
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

  mutating func power() throws(Diagnostic) -> SyntaxTree.ID {
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

  mutating func postfix() throws(Diagnostic) -> SyntaxTree.ID {
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

  mutating func primary() throws(Diagnostic) -> SyntaxTree.ID {
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
  mutating func qualifiedName() -> Name {
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
  mutating func parenthesized() throws(Diagnostic) -> SyntaxTree.ID {
    let open = token
    let first = tree.expressions.count
    let items = try list(until: ")", item: { (parser) throws(Diagnostic) in try parser.expression() })
    let range = open.range.through(previous.range)
    if items.count == 1, !tokens[position - 2].is(",") { return items[0] }
    return tree.add(.list(items), range, first: first)
  }

  mutating func arguments() throws(Diagnostic) -> [SyntaxTree.Argument] {
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

  mutating func subscriptItem() throws(Diagnostic) -> SyntaxTree.ID {
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

  mutating func list(
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
}
