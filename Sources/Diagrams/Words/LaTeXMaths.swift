/// An equation in the syntax of formulas, as LaTeX writes it in mathematics.
///
/// It goes from token to token, so that any text gives LaTeX that compiles: what it does not know is escaped.
struct LaTeXMaths {
  private(set) var text = ""
  private var tokens: [String]
  private var position = 0
  private let product: String

  /// Writes an equation; `product` stands for `*`.
  init(_ equation: String, product: String = #"\cdot"#) {
    tokens = Self.tokens(equation)
    self.product = product
    while position < tokens.count { text += next() }
  }

  /// Text between equations, with the characters that LaTeX reads as commands made harmless.
  static func escaped(_ text: String) -> String {
    text.map { character in
      switch character {
      case "\\": #"\textbackslash{}"#
      case "{", "}", "$", "&", "#", "_", "%": "\\\(character)"
      case "^": #"\^{}"#
      case "~": #"\~{}"#
      case "<", ">", "|", "\"": "$\(Self.symbol(character))$"
      case "\n", "\t": " "
      default: character.isASCII ? String(character) : "$\(unknown(character))$"
      }
    }.joined()
  }

  // MARK: Tokens

  private static let functions: Set = ["exp", "log", "sin", "cos", "tan", "tanh", "max", "min"]
  /// The letters that LaTeX knows by name; omicron looks like an o.
  private static let greek: [(name: String, letter: Character)] = [
    ("alpha", "α"), ("beta", "β"), ("gamma", "γ"), ("delta", "δ"), ("epsilon", "ε"), ("zeta", "ζ"),
    ("eta", "η"),
    ("theta", "θ"), ("iota", "ι"), ("kappa", "κ"), ("lambda", "λ"), ("mu", "μ"), ("nu", "ν"), ("xi", "ξ"),
    ("pi", "π"),
    ("rho", "ρ"), ("sigma", "σ"), ("tau", "τ"), ("upsilon", "υ"), ("phi", "φ"), ("chi", "χ"), ("psi", "ψ"),
    ("omega", "ω"), ("Gamma", "Γ"), ("Delta", "Δ"), ("Theta", "Θ"), ("Lambda", "Λ"), ("Xi", "Ξ"), ("Pi", "Π"),
    ("Sigma", "Σ"), ("Phi", "Φ"), ("Psi", "Ψ"), ("Omega", "Ω"),
  ]

  private mutating func next() -> String {
    let token = tokens[position]
    position += 1
    let following = position < tokens.count ? tokens[position] : ""
    switch token {
    case " ": return " "
    case "**": return "^{\(exponent())}"
    case "*": return following == " " ? product : product + " "
    case "@": return #"\,"#
    case "==": return "="
    case "!=": return #"\ne "#
    case ">=": return #"\ge "#
    case "<=": return #"\le "#
    case "\u{2248}": return #"\approx "#
    case "\u{2260}": return #"\ne "#
    case "." where following == "T":
      position += 1
      return #"^{\top}"#
    case "[":
      return list()
    default:
      if let derivative = derivative(token) { return derivative }
      if Self.isWord(token) {
        return following == "("
          ? Self.function(token) : Self.isNumber(token) ? Self.number(token) : Self.name(token)
      }
      return token.map { Self.symbol($0) }.joined()
    }
  }

  /// `df/dx`: a fraction of two differentials.
  private mutating func derivative(_ token: String) -> String? {
    guard token.hasPrefix("d"), token.count > 1, position + 1 < tokens.count, tokens[position] == "/",
      tokens[position + 1].hasPrefix("d"), tokens[position + 1].count > 1
    else { return nil }
    let below = tokens[position + 1]
    position += 2
    return
      #"\frac{\partial \#(Self.name(String(token.dropFirst())))}{\partial \#(Self.name(String(below.dropFirst())))}"#
  }

  /// What stands behind `**`: a name, a number, or what is in parentheses.
  private mutating func exponent() -> String {
    if position < tokens.count, tokens[position] == " " { position += 1 }
    guard position < tokens.count else { return "" }
    if tokens[position] == "-" {
      position += 1
      return "-" + exponent()
    }
    guard tokens[position] == "(" else { return next() }
    position += 1
    var text = ""
    var depth = 1
    while position < tokens.count {
      if tokens[position] == "(" { depth += 1 }
      if tokens[position] == ")" { depth -= 1 }
      if depth == 0 {
        position += 1
        break
      }
      text += next()
    }
    return text
  }

  /// Rows of numbers as a small matrix; any other list keeps its brackets.
  private mutating func list() -> String {
    var end = position
    var depth = 1
    while end < tokens.count, depth > 0 {
      if tokens[end] == "[" { depth += 1 }
      if tokens[end] == "]" { depth -= 1 }
      end += 1
    }
    let inner = tokens[position..<end]
    guard depth == 0, inner.first == "[",
      !inner.contains(where: { $0.contains(where: \.isLetter) && !Self.isNumber($0) })
    else { return "[" }
    position = end
    var matrix = ""
    for token in inner.dropLast() {
      switch token {
      case "[", " ": break
      case "]": matrix += #" \\ "#
      case ",": matrix += matrix.hasSuffix(#" \\ "#) ? "" : " & "
      default: matrix += Self.isNumber(token) ? Self.number(token) : token
      }
    }
    return #"\left[\begin{smallmatrix} "# + (matrix.hasSuffix(#" \\ "#) ? String(matrix.dropLast(4)) : matrix)
      + #" \end{smallmatrix}\right]"#
  }

  private static func isWord(_ token: String) -> Bool {
    token.first.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
  }

  private static func isNumber(_ token: String) -> Bool { token.first?.isNumber ?? false }

  private static func number(_ token: String) -> String {
    let parts = token.split(separator: "e")
    guard parts.count == 2, let exponent = Int(parts[1]) else { return token }
    return "\(parts[0]) \\times 10^{\(exponent)}"
  }

  private static func function(_ token: String) -> String {
    functions.contains(token) ? "\\\(token)" : #"\operatorname{\#(escapedName(token))}"#
  }

  /// `w0` is w with the index 0, `beta` the letter, `sigy` a word in italics.
  private static func name(_ token: String) -> String {
    let digits = String(token.reversed().prefix { $0.isNumber && $0.isASCII }.reversed())
    var stem = String(token.dropLast(digits.count))
    if !digits.isEmpty, stem.count > 1, stem.hasSuffix("_") { stem.removeLast() }
    guard !stem.isEmpty else { return escapedName(token) }
    let letter =
      greek.contains(where: { $0.name == stem })
      ? "\\\(stem)" : stem.count == 1 ? escapedName(stem) : #"\mathit{\#(escapedName(stem))}"#
    return digits.isEmpty ? letter : "\(letter)_{\(digits)}"
  }

  private static func escapedName(_ name: String) -> String { name.map { symbol($0) }.joined() }

  /// One character in mathematics.
  private static func symbol(_ character: Character) -> String {
    switch character {
    case "\\": #"\backslash "#
    case "{", "}", "$", "&", "#", "_", "%": "\\\(character)"
    case "^": #"\hat{\ }"#
    case "~": #"\sim "#
    case "\"": "''"
    default: character.isASCII ? String(character) : unknown(character)
    }
  }

  /// A character beyond ASCII: a Greek letter, or its number, since LaTeX may lack the font.
  private static func unknown(_ character: Character) -> String {
    if let known = greek.first(where: { $0.letter == character }) { return "\\\(known.name) " }
    switch character {
    case "\u{2248}": return #"\approx "#
    case "\u{2260}": return #"\ne "#
    default:
      let codes = character.unicodeScalars.map { "U+" + String($0.value, radix: 16, uppercase: true) }
      return #"\mathtt{\#(codes.joined())}"#
    }
  }

  /// Names, numbers, signs and spaces, in order.
  private static func tokens(_ text: String) -> [String] {
    var tokens: [String] = []
    for character in text {
      let last = tokens.last ?? ""
      let isPart = character.isLetter || character.isNumber || character == "_"
      let continuesNumber =
        isNumber(last) && (isPart || character == "." || ("+-".contains(character) && last.hasSuffix("e")))
      if continuesNumber || (isPart && isWord(last)) {
        tokens[tokens.count - 1].append(character)
      } else if ["**", "==", "!=", ">=", "<="].contains(last + String(character)) {
        tokens[tokens.count - 1].append(character)
      } else if character.isWhitespace {
        if last != " " { tokens.append(" ") }
      } else {
        tokens.append(String(character))
      }
    }
    return tokens
  }
}
