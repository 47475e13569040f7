/// How the gradient of one operand is worked out, in the syntax of formulas.
///
/// A rule names the operands as the card does, the output `z`, the gate's options, and `n`, how many numbers go into one
/// number of the output. In a variadic gate `x` is the operand that the rule is for. What has fewer axes is repeated, as
/// everywhere in formulas.
public enum LocalRule: Sendable, Equatable {
  /// The local gradient dz/dx, element by element: `exp(x)`.
  case local(String)
  /// The downstream gradient dL/dx as a whole, from the upstream gradient `dz`: `dz @ y.T`.
  case whole(String)

  /// The rule's text.
  public var template: String {
    switch self {
    case .local(let text), .whole(let text): text
    }
  }

  /// The text with other words in place of some names.
  ///
  /// Functions, properties and the names of arguments stay. What is put in is set in parentheses where the text around
  /// it would otherwise take it apart.
  public func filled(_ replacement: (String) -> String?) -> String {
    let tokens = Self.tokens(template)
    var text = ""
    for (position, token) in tokens.enumerated() {
      let next = position + 1 < tokens.count ? tokens[position + 1] : ""
      let isFixed = text.hasSuffix(".") || next == "(" || next == "="
      guard !isFixed, Self.isName(token), let word = replacement(token) else {
        text += token
        continue
      }
      // As an argument: (x), or axis=x.
      let begins = text.isEmpty || text.hasSuffix("(") || text.hasSuffix("=") && !text.hasSuffix("==")
      let isAlone = begins && (next.isEmpty || next == ")" || next == ",")
      // dL/dz reads as one word.
      let isDerivative = word.hasPrefix("d") && word.contains("/d") && next != "."
      text += isAlone || isDerivative || Self.isAtom(word) ? word : "(\(word))"
    }
    return text
  }

  /// Names, numbers and signs, in order; spaces stay as they are.
  private static func tokens(_ text: String) -> [String] {
    var tokens: [String] = []
    for character in text {
      let isWord = character.isLetter || character.isNumber || character == "_"
      if isWord, let last = tokens.last?.last, last.isLetter || last.isNumber || last == "_" {
        tokens[tokens.count - 1].append(character)
      } else if character == "=", tokens.last == "=" {
        tokens[tokens.count - 1] = "=="
      } else {
        tokens.append(String(character))
      }
    }
    return tokens
  }

  private static func isName(_ token: String) -> Bool {
    token.first.map { $0.isLetter || $0 == "_" } ?? false
  }

  /// Whether nothing around a text can take it apart: a name or a number without a sign.
  private static func isAtom(_ text: String) -> Bool {
    (Double(text) != nil && !text.hasPrefix("-"))
      || text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
  }
}

extension Gate {
  /// The rules of the operands, in order, where they depend on the shapes; those of the card otherwise.
  public func rules(for operands: [Shape]) -> [LocalRule] { card.rules }

  /// The options of this use that a rule names.
  public var settings: [(name: String, value: OptionValue)] { [] }

  /// The rule of the operand at `position`, for operands of the given shapes, with other words for each operand, for the
  /// output `z` and for the upstream gradient `dz`; nil when the gate has none.
  public func rule(
    of position: Int, for operands: [Shape], words: (operands: [String], z: String, dz: String)
  ) -> LocalRule? {
    let rules = rules(for: operands)
    guard !rules.isEmpty, let output = try? outputShape(for: operands) else { return nil }
    let rule = rules[min(position, rules.count - 1)]
    let text = rule.filled { name in
      if card.isVariadic, name == card.operands.last { return words.operands[position] }
      if let operand = card.operands.firstIndex(of: name) { return words.operands[operand] }
      switch name {
      case "z": return words.z
      case "dz": return words.dz
      case "n": return output.count == 0 ? nil : "\(operands[position].count / output.count)"
      default: return settings.first { $0.name == name }.map(\.value.text)
      }
    }
    return if case .local = rule { .local(text.withSmallPowers) } else { .whole(text) }
  }
}

extension String {
  /// The text with `x**(2 - 1)` written as `x`, and `x**(3 - 1)` as `x**2`.
  fileprivate var withSmallPowers: String {
    guard let start = firstRange(of: "**("), let end = self[start.upperBound...].firstRange(of: " - 1)"),
      let exponent = Double(self[start.upperBound..<end.lowerBound])
    else { return self }
    let power = exponent == 2 ? "" : "**" + NumberText.short(exponent - 1)
    return String(self[..<start.lowerBound]) + power + String(self[end.upperBound...])
  }
}

extension String {
  /// With a backslash before each quote and each backslash.
  fileprivate var escaped: String {
    let backslash = UInt8(ascii: "\\")
    return String(
      decoding: utf8.flatMap { $0 == backslash || $0 == UInt8(ascii: "\"") ? [backslash, $0] : [$0] },
      as: UTF8.self)
  }
}

extension OptionValue {
  /// The value in the syntax of formulas.
  public var text: String {
    switch self {
    case .none: "None"
    case .flag(let flag): flag ? "True" : "False"
    case .number(let number):
      number.isInfinite ? (number < 0 ? "-inf" : "inf") : NumberText.exact(number)
    case .text(let text): "\"\(text.escaped)\""
    case .list(let items):
      items.count == 1 ? items[0].text : "[\(items.map(\.text).joined(separator: ", "))]"
    }
  }
}
