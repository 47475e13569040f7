/// Cuts a text into tokens.
///
/// Line ends inside brackets are left out; every other one is a token, as is `;`.
struct Lexer {
  private let source: Source
  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0
  private var tokens: [Token] = []
  private var diagnostics: [Diagnostic] = []
  private var indent: Int? = 0

  /// More tokens than this are an error.
  static let largestCount = 2_000_000

  private static let longSigns = ["**", "<=", ">=", "==", "!="]
  private static let signs = Set("+-*/@()[]{}.,:;=<>".utf8)

  private init(_ source: Source) {
    self.source = source
    bytes = source.bytes
  }

  /// The tokens of `source`, with one `.end` last, and what is wrong with the rest.
  static func tokens(of source: Source) -> ([Token], [Diagnostic]) {
    var lexer = Lexer(source)
    lexer.run()
    return (lexer.tokens, lexer.diagnostics)
  }

  private mutating func run() {
    startLine()
    while position < bytes.count {
      if tokens.count >= Self.largestCount {
        report(.tooManyTokens, position..<position + 1)
        break
      }
      next()
    }
    position = bytes.count
    add(.newline, from: position)
    add(.end, from: position)
  }

  private mutating func next() {
    let start = position
    let byte = bytes[position]
    switch byte {
    case UInt8(ascii: " "), UInt8(ascii: "\t"):
      position += 1
    case UInt8(ascii: "#"):
      while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
    case UInt8(ascii: "\\") where position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "\n"):
      position += 2
    case UInt8(ascii: "\n"):
      position += 1
      if depth == 0 {
        add(.newline, from: start)
        startLine()
      }
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      text(until: byte)
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      number()
    case UInt8(ascii: ".") where position + 1 < bytes.count && isDigit(bytes[position + 1]):
      number()
    case _ where isNameStart(byte):
      while position < bytes.count, isNamePart(bytes[position]) { position += 1 }
      add(.name, from: start)
    default:
      sign()
    }
  }

  private mutating func sign() {
    let start = position
    let two = String(decoding: bytes[start..<min(start + 2, bytes.count)], as: UTF8.self)
    if Self.longSigns.contains(two) {
      position += 2
      return add(.sign, from: start)
    }
    let byte = bytes[start]
    position += 1
    if byte == UInt8(ascii: "^") {
      report(.powerSign, start..<position, fix: FixIt("use '**'", SourceRange(start..<position), "**"))
      return add(.sign, from: start, text: "**")
    }
    guard Self.signs.contains(byte) else {
      while position < bytes.count, bytes[position] & 0xC0 == 0x80 { position += 1 }
      return report(unexpected(start..<position), start..<position)
    }
    if byte == UInt8(ascii: "(") || byte == UInt8(ascii: "[") { depth += 1 }
    if byte == UInt8(ascii: ")") || byte == UInt8(ascii: "]") { depth = max(0, depth - 1) }
    add(byte == UInt8(ascii: ";") ? .newline : .sign, from: start)
  }

  private func unexpected(_ range: Range<Int>) -> Diagnostic.Message {
    let text = source.text(SourceRange(range))
    let scalar = text.unicodeScalars.first?.value ?? 0
    return .unexpectedCharacter(scalar < 32 || scalar == 127 ? "U+00" + hex(UInt8(scalar)) : text)
  }

  private mutating func number() {
    let start = position
    func digits(_ position: inout Int) {
      while position < bytes.count, isDigit(bytes[position]) || bytes[position] == UInt8(ascii: "_") {
        position += 1
      }
    }
    digits(&position)
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      position += 1
      digits(&position)
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      var end = position + 1
      if end < bytes.count, bytes[end] == UInt8(ascii: "+") || bytes[end] == UInt8(ascii: "-") { end += 1 }
      if end < bytes.count, isDigit(bytes[end]) {
        digits(&end)
        position = end
      }
    }
    let digitsEnd = position
    while position < bytes.count, isNamePart(bytes[position]) { position += 1 }
    let range = start..<position
    if digitsEnd < position {
      let (factor, name) = (start..<digitsEnd, digitsEnd..<position)
      let product = "\(source.text(SourceRange(factor)))*\(source.text(SourceRange(name)))"
      // 0x1F is a number of another language.
      let isProduct = source.text(SourceRange(factor)) != "0"
      report(
        .badNumber(source.text(SourceRange(range))), range,
        fix: isProduct ? FixIt("use '\(product)'", SourceRange(range), product) : nil)
      return add(.number(.nan), from: start)
    }
    let text = source.text(SourceRange(range)).filter { $0 != "_" }
    let value = Double(text.hasSuffix(".") ? text + "0" : text) ?? .nan
    if !value.isFinite { report(.numberTooLarge(shortened(text)), range) }
    add(.number(value.isFinite ? value : .nan), from: start)
  }

  private mutating func text(until quote: UInt8) {
    let start = position
    position += 1
    var content: [UInt8] = []
    while position < bytes.count, bytes[position] != quote, bytes[position] != UInt8(ascii: "\n") {
      if isEscape(at: position) { position += 1 }
      content.append(bytes[position])
      position += 1
    }
    if position < bytes.count, bytes[position] == quote {
      position += 1
    } else {
      report(.unclosedText, start..<position)
    }
    add(.text(String(decoding: content, as: UTF8.self)), from: start)
  }

  /// Whether a backslash stands before a quote or another backslash; any other is a character of a text.
  private func isEscape(at position: Int) -> Bool {
    guard bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count else { return false }
    return [UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\")].contains(bytes[position + 1])
  }

  private mutating func startLine() {
    var width = 0
    var ahead = position
    while ahead < bytes.count, bytes[ahead] == UInt8(ascii: " ") || bytes[ahead] == UInt8(ascii: "\t") {
      width += bytes[ahead] == UInt8(ascii: "\t") ? 8 - width % 8 : 1
      ahead += 1
    }
    indent = width
  }

  private mutating func add(_ kind: Token.Kind, from start: Int, text: String? = nil) {
    let range = SourceRange(start..<position)
    let content = text ?? source.text(range)
    tokens.append(Token(kind: kind, text: content[...], range: range, indent: indent))
    indent = nil
  }

  private mutating func report(_ message: Diagnostic.Message, _ range: Range<Int>, fix: FixIt? = nil) {
    diagnostics.append(
      Diagnostic(message, SourceRange(range), in: source, fixIts: fix.map { [$0] } ?? []))
  }
}

private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

/// Letters of any script may name a value.
private func isNameStart(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: "_") || byte >= 0x80
    || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
}

private func isNamePart(_ byte: UInt8) -> Bool { isNameStart(byte) || isDigit(byte) }

private func hex(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 16, uppercase: true)
  return digits.count == 1 ? "0" + digits : digits
}

/// A text short enough to stand in a message.
func shortened(_ text: String) -> String {
  text.count <= 40 ? text : text.prefix(30) + "..." + text.suffix(7)
}

extension Diagnostic.Message {
  static func tooLong(_ count: Int) -> Self {
    .init("too-long", "the formula has \(count) bytes; \(Source.largestSize) are read at most")
  }
  static func invalidUTF8(_ byte: UInt8) -> Self {
    .init("invalid-utf8", "byte 0x\(hex(byte)) is not UTF-8")
  }
  static let tooManyTokens = Self("too-many-tokens", "the formula has more than \(Lexer.largestCount) words")
  static let powerSign = Self("power-sign", "'^' is no operator; a power is written '**'")
  static func unexpectedCharacter(_ text: String) -> Self {
    .init("unexpected-character", "'\(text)' does not belong in a formula")
  }
  static func badNumber(_ text: String) -> Self {
    .init("bad-number", "'\(shortened(text))' is neither a number nor a name")
  }
  static func numberTooLarge(_ text: String) -> Self {
    .init("number-too-large", "'\(text)' does not fit in a 64-bit number, which ends near 1.8e308")
  }
  static let unclosedText = Self("unclosed-text", "the text has no closing quote")
}
