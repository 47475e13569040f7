/// The one place that quotes DOT and the HTML-like text inside it.
enum DOTText {
  /// Whether a character is kept: it is no control character, and XML has it.
  private static func isWritten(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 32 && scalar.value != 127 && scalar.value != 0xFFFE && scalar.value != 0xFFFF
  }

  /// A quoted string.
  static func quoted(_ text: String) -> String {
    guard !text.utf8.allSatisfy(isPlain) else { return "\"\(text)\"" }
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result.unicodeScalars.append(scalar)
      default: if isWritten(scalar) { result.unicodeScalars.append(scalar) }
      }
    }
    return result + "\""
  }

  /// The text that ``quoted(_:)`` was given, from what Graphviz keeps of it: it takes away the quotes alone.
  static func unquoted(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
    var result: [UInt8] = []
    var isEscaped = false
    for byte in text.utf8 {
      switch (isEscaped, byte) {
      case (false, UInt8(ascii: "\\")): isEscaped = true
      case (true, UInt8(ascii: "n")):
        result.append(UInt8(ascii: "\n"))
        isEscaped = false
      default:
        result.append(byte)
        isEscaped = false
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Text for people between the tags of an HTML-like label, or of XML.
  static func escaped(_ text: String) -> String {
    guard !text.utf8.allSatisfy(isPlain) else { return text }
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count + text.utf8.count / 8)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): result += "&amp;".utf8
      case UInt8(ascii: "<"): result += "&lt;".utf8
      case UInt8(ascii: ">"): result += "&gt;".utf8
      case UInt8(ascii: "\""): result += "&quot;".utf8
      case UInt8(ascii: "\n"), UInt8(ascii: "\t"): result.append(byte)
      default: if byte >= 32, byte != 127 { result.append(byte) }
      }
    }
    let escaped = String(decoding: result, as: UTF8.self)
    // So begin U+FFFE and U+FFFF, which XML does not have.
    guard result.contains(0xEF) else { return escaped }
    return String(
      String.UnicodeScalarView(escaped.unicodeScalars.filter { isWritten($0) || $0 == "\n" || $0 == "\t" }))
  }

  /// Whether a byte is an ASCII character that stands for itself in DOT and in XML.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "\\"):
      false
    default: byte >= 32 && byte <= 126
    }
  }

  /// Text for people inside an HTML-like label.
  ///
  /// A backslash stands for itself only when it is doubled: after a single one at the end, Graphviz reads past the text.
  /// It accepts no empty text.
  static func html(_ text: String) -> String {
    guard !text.isEmpty, !text.utf8.allSatisfy(isPlain) else { return text.isEmpty ? "?" : text }
    let result = escaped(text).replacing("\\", with: "\\\\")
    return result.isEmpty ? "?" : result
  }

  /// Text for people as a plain label, in which Graphviz looks for entities too.
  static func label(_ text: String) -> String {
    text.utf8.contains(UInt8(ascii: "&")) ? text.replacing("&", with: "&amp;") : text
  }

  /// The text that Graphviz has escaped for SVG.
  static func unescaped(_ text: some StringProtocol) -> String {
    guard text.utf8.contains(UInt8(ascii: "&")) else { return String(text) }
    var result = ""
    var rest = Substring(text)
    while let start = rest.firstIndex(of: "&"), let end = rest[start...].firstIndex(of: ";") {
      result += rest[..<start]
      let entity = rest[rest.index(after: start)..<end]
      switch entity {
      case "amp": result += "&"
      case "lt": result += "<"
      case "gt": result += ">"
      case "quot": result += "\""
      default:
        let scalar = entity.hasPrefix("#") ? UInt32(entity.dropFirst()).flatMap(Unicode.Scalar.init) : nil
        result += scalar.map { String(Character($0)) } ?? "&\(entity);"
      }
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  /// One of the `name="value"` that stand in brackets behind a node.
  static func attribute(_ name: String, _ value: String) -> String {
    "\(name)=\(value.utf8.starts(with: "<<".utf8) ? value : quoted(value))"
  }
}
