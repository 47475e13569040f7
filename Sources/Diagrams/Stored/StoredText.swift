extension StoredDiagram {
  /// The DOT text inside a file.
  ///
  /// - Parameters:
  ///   - text: what the file holds: DOT text, or a picture or a page that carries it as metadata.
  ///   - isDOT: whether it is DOT text itself.
  /// - Returns: the text of one graph.
  /// - Throws: `StoredDiagramError` when it is cut off, or holds no diagram.
  public static func dotText(in text: String, isDOT: Bool) throws(StoredDiagramError) -> String {
    let bytes = Array(text.utf8)
    guard bytes.contains(where: { $0 > 32 }) else { throw StoredDiagramError("is empty") }
    if isDOT {
      guard bytes.firstPosition(of: Array("graph".utf8)) != nil else {
        throw StoredDiagramError("is no graph in the DOT language", isForeign: true)
      }
      guard bytes.last(where: { $0 > 32 }) == UInt8(ascii: "}") else { throw StoredDiagramError.cut }
      return text
    }
    let start = Array("<metadata>digraph ".utf8)
    let lastTag = Array((bytes.firstPosition(of: Array("<html".utf8)) == nil ? "</svg>" : "</html>").utf8)
    guard let tag = bytes.firstPosition(of: start) else {
      guard bytes.firstPosition(of: lastTag) != nil || isEmptyPicture(bytes) else {
        throw StoredDiagramError.cut
      }
      throw StoredDiagramError(
        "is no diagram of gradcheck, or has lost its data: there is no <metadata> in it; programs that make pictures "
          + "smaller take it away", isForeign: true)
    }
    let first = tag + "<metadata>".utf8.count
    guard let end = bytes.firstPosition(of: Array("</metadata>".utf8), from: first),
      bytes.firstPosition(of: lastTag, from: end) != nil
    else { throw StoredDiagramError.cut }
    return unescaped(bytes[first..<end])
  }

  /// Whether an SVG picture is the one tag `<svg/>`, which needs no end.
  private static func isEmptyPicture(_ bytes: [UInt8]) -> Bool {
    guard let tag = bytes.firstPosition(of: Array("<svg".utf8)),
      let end = bytes[tag...].firstIndex(of: UInt8(ascii: ">"))
    else { return false }
    return bytes[end - 1] == UInt8(ascii: "/")
  }

  /// The SVG picture in what a file holds: the one that carries the data; nil for DOT text.
  public static func picture(in text: String) -> String? {
    let data = text.firstRange(of: "<metadata>")?.lowerBound ?? text.endIndex
    guard let start = text[..<data].ranges(of: "<svg").last,
      let end = text[start.upperBound...].firstRange(of: "</svg>")
    else { return nil }
    return String(text[start.lowerBound..<end.upperBound])
  }

  /// How a page was drawn that holds a diagram: as its picture says, in the theme that the page begins with.
  public static func pageOptions(_ header: StoredHeader, in html: String) -> DiagramOptions {
    var options = header.options
    options.theme = PageColors.theme(in: html)
    return options
  }

  /// Undoes what XML does to text.
  static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
    guard bytes.contains(UInt8(ascii: "&")) else { return String(decoding: bytes, as: UTF8.self) }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var rest = bytes
    while let ampersand = rest.firstIndex(of: UInt8(ascii: "&")) {
      result += rest[..<ampersand]
      rest = rest[ampersand...]
      guard let end = rest.prefix(12).firstIndex(of: UInt8(ascii: ";")),
        let character = character(String(decoding: rest[(ampersand + 1)..<end], as: UTF8.self))
      else {
        result.append(UInt8(ascii: "&"))
        rest = rest.dropFirst()
        continue
      }
      result += Array(String(character).utf8)
      rest = rest[(end + 1)...]
    }
    return String(decoding: result + rest, as: UTF8.self)
  }

  private static func character(_ entity: String) -> Unicode.Scalar? {
    switch entity {
    case "amp": return "&"
    case "lt": return "<"
    case "gt": return ">"
    case "quot": return "\""
    case "apos": return "'"
    case "nbsp": return "\u{A0}"
    default: break
    }
    guard entity.hasPrefix("#") else { return nil }
    let digits = entity.dropFirst()
    let number = digits.first == "x" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
    return number.flatMap(Unicode.Scalar.init)
  }
}

extension StoredDiagramError {
  static let cut = StoredDiagramError("is cut off: its end is missing")

  /// A file that is no UTF-8 text.
  public static let notText = StoredDiagramError(
    "is no diagram of gradcheck: it is no UTF-8 text", isForeign: true)

  /// A file whose graph cannot be read.
  ///
  /// - Parameter reason: what Graphviz says of it.
  /// - Returns: the error that says so.
  public static func damaged(_ reason: String) -> StoredDiagramError {
    StoredDiagramError("is damaged: \(reason)")
  }
}

extension [UInt8] {
  /// Where `pattern` first stands at or after `start`.
  func firstPosition(of pattern: [UInt8], from start: Int = 0) -> Int? {
    var position = start
    while position + pattern.count <= count {
      guard let next = self[position...].firstIndex(of: pattern[0]), next + pattern.count <= count else {
        return nil
      }
      if self[next..<(next + pattern.count)].elementsEqual(pattern) { return next }
      position = next + 1
    }
    return nil
  }
}
