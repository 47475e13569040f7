/// A JSON text (RFC 8259), read from its bytes.
///
/// Most of a message is the base64 of numbers, which stays where it is until somebody wants it: text is a part of the line.
enum JSON {
  case null
  case flag(Bool)
  case number(Double)
  /// UTF-8, without escapes.
  case text(ArraySlice<UInt8>)
  case list([JSON])
  case object([(key: String, value: JSON)])

  /// Reads a text; nil where it is none.
  init?(_ bytes: [UInt8]) {
    var reader = JSONReader(bytes)
    guard let value = reader.value(depth: 0), reader.isAtEnd else { return nil }
    self = value
  }

  /// The value of a key, unless it is missing or null.
  subscript(key: String) -> JSON? {
    guard case .object(let members) = self, let member = members.first(where: { $0.key == key }) else {
      return nil
    }
    if case .null = member.value { return nil }
    return member.value
  }
}

/// Reads a JSON text from left to right.
private struct JSONReader {
  private let bytes: [UInt8]
  private var position = 0

  /// Lists of lists may go so deep.
  private static let deepest = 64

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Whether nothing is left but space.
  var isAtEnd: Bool {
    mutating get {
      skipSpace()
      return position == bytes.count
    }
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
  }

  /// Takes a character, after space, if it comes next.
  private mutating func takes(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func takes(word: String) -> Bool {
    guard bytes[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  mutating func value(depth: Int) -> JSON? {
    guard depth < Self.deepest else { return nil }
    skipSpace()
    switch next {
    case UInt8(ascii: "\""): return text().map(JSON.text)
    case UInt8(ascii: "{"): return object(depth)
    case UInt8(ascii: "["): return list(depth)
    case UInt8(ascii: "t"): return takes(word: "true") ? .flag(true) : nil
    case UInt8(ascii: "f"): return takes(word: "false") ? .flag(false) : nil
    case UInt8(ascii: "n"): return takes(word: "null") ? .null : nil
    default: return number().map(JSON.number)
    }
  }

  private mutating func object(_ depth: Int) -> JSON? {
    position += 1
    var members: [(key: String, value: JSON)] = []
    if takes("}") { return .object(members) }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\""), let key = text(), takes(":"), let value = value(depth: depth + 1)
      else { return nil }
      members.append((String(decoding: key, as: UTF8.self), value))
    } while takes(",")
    return takes("}") ? .object(members) : nil
  }

  private mutating func list(_ depth: Int) -> JSON? {
    position += 1
    var items: [JSON] = []
    if takes("]") { return .list(items) }
    repeat {
      guard let item = value(depth: depth + 1) else { return nil }
      items.append(item)
    } while takes(",")
    return takes("]") ? .list(items) : nil
  }

  private mutating func number() -> Double? {
    let start = position
    if next == UInt8(ascii: "-") { position += 1 }
    let first = next
    guard let whole = digits(), first != UInt8(ascii: "0") || whole == 1 else { return nil }
    if next == UInt8(ascii: ".") {
      position += 1
      guard digits() != nil else { return nil }
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      position += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
      guard digits() != nil else { return nil }
    }
    return Double(String(decoding: bytes[start..<position], as: UTF8.self))
  }

  /// How many digits come next, if any do.
  private mutating func digits() -> Int? {
    let start = position
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    return position > start ? position - start : nil
  }

  private mutating func text() -> ArraySlice<UInt8>? {
    position += 1
    let start = position
    while let byte = next {
      position += 1
      if byte == UInt8(ascii: "\"") { return bytes[start..<position - 1] }
      if byte == UInt8(ascii: "\\") {
        position = start
        return escapedText()
      }
      if byte < 0x20 { return nil }
    }
    return nil
  }

  private mutating func escapedText() -> ArraySlice<UInt8>? {
    var text: [UInt8] = []
    while let byte = next, byte >= 0x20 {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return text[...]
      case UInt8(ascii: "\\"):
        guard let scalar = escapedScalar() else { return nil }
        text += Array(String(Character(scalar)).utf8)
      default: text.append(byte)
      }
    }
    return nil
  }

  /// What stands behind a backslash.
  private mutating func escapedScalar() -> Unicode.Scalar? {
    guard let byte = next else { return nil }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      guard let unit = codeUnit() else { return nil }
      guard UTF16.isLeadSurrogate(unit) else { return Unicode.Scalar(unit) ?? "\u{FFFD}" }
      guard takes(word: "\\u"), let other = codeUnit() else { return "\u{FFFD}" }
      guard UTF16.isTrailSurrogate(other) else { return "\u{FFFD}" }
      return String(decoding: [unit, other], as: UTF16.self).unicodeScalars.first
    default: return nil
    }
  }

  private mutating func codeUnit() -> UInt16? {
    guard position + 4 <= bytes.count else { return nil }
    let digits = bytes[position..<position + 4]
    position += 4
    guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
    return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}

/// Writes a JSON text from left to right.
struct JSONWriter {
  private(set) var bytes: [UInt8] = []

  /// Writes what is JSON already.
  mutating func raw(_ text: String) { bytes += Array(text.utf8) }

  mutating func text(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0..<0x20: raw("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16))
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Writes the name of a member of an object, after a comma unless it is the first.
  mutating func key(_ name: String) {
    if bytes.last != UInt8(ascii: "{") { raw(", ") }
    text(name)
    raw(": ")
  }

  /// Writes a list, each of whose items `write` writes.
  mutating func list<Items: Collection>(_ items: Items, _ write: (inout JSONWriter, Items.Element) -> Void) {
    bytes.append(UInt8(ascii: "["))
    for (position, item) in items.enumerated() {
      if position > 0 { raw(", ") }
      write(&self, item)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  /// Writes the base64 of numbers.
  mutating func numbers(_ numbers: [Double]) {
    bytes.append(UInt8(ascii: "\""))
    Base64Numbers.append(numbers, to: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }
}
