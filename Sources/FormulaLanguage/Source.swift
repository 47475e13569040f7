internal import Gradients

/// The text of a formula and where it comes from.
public struct Source: Sendable, Equatable {
  /// The name that diagnostics begin with: a file's path, or `<formula>`.
  public let name: String
  /// The text, with lines that end in a line feed alone.
  public let text: String

  let bytes: [UInt8]
  private let lineStarts: [Int]
  /// Whether each byte is a character, so that none needs to be counted.
  private let isASCII: Bool

  /// The longest text that is read, in bytes.
  static let largestSize = 16 << 20

  /// Makes a source of text that is known to be good.
  public init(name: String, text: String) {
    self.init(name: name, normalized: Self.normalized(Array(text.utf8)))
  }

  /// Makes a source of bytes that come from outside.
  ///
  /// - Throws: `FormulaError` when they are not UTF-8, or too many.
  public init(name: String, utf8: some Collection<UInt8>) throws(FormulaError) {
    guard utf8.count <= Self.largestSize else {
      throw FormulaError([
        Diagnostic(.tooLong(utf8.count), SourceRange(0..<0), in: Source(name: name, normalized: []))
      ])
    }
    let bytes = Self.normalized(Array(utf8))
    guard String(validating: bytes, as: UTF8.self) != nil else {
      // The text up to the fault is good, and shows where it is.
      let good = Self.validPrefix(bytes)
      let source = Source(name: name, normalized: Array(bytes[..<good]) + [UInt8(ascii: "?")])
      throw FormulaError([Diagnostic(.invalidUTF8(bytes[good]), SourceRange(good..<good + 1), in: source)])
    }
    self.init(name: name, normalized: bytes)
  }

  private init(name: String, normalized bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
    text = String(decoding: bytes, as: UTF8.self)
    isASCII = bytes.allSatisfy { $0 < 0x80 }
    lineStarts = [0] + bytes.indices.lazy.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
  }

  /// The text of a range.
  func text(_ range: SourceRange) -> String {
    String(decoding: bytes[range.offsets.clamped(to: 0..<bytes.count)], as: UTF8.self)
  }

  /// The line, counted from 1, of an offset, and the character in it.
  func place(of offset: Int) -> (line: Int, column: Int) {
    var (low, high) = (0, lineStarts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    let prefix = bytes[lineStarts[low]..<min(max(offset, lineStarts[low]), bytes.count)]
    return (low + 1, (isASCII ? prefix.count : String(decoding: prefix, as: UTF8.self).count) + 1)
  }

  /// The name, or the one character, that stands at a place.
  func range(of place: Graph.Place) -> SourceRange {
    let (text, start) = line(place.line)
    let rest = text.dropFirst(place.column - 1)
    let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
    let offset = start + text[..<rest.startIndex].utf8.count
    return SourceRange(offset..<offset + max(1, name.utf8.count))
  }

  /// The text of a line, counted from 1, and where it starts.
  func line(_ number: Int) -> (text: String, start: Int) {
    let start = lineStarts[number - 1]
    let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
    return (String(decoding: bytes[start..<end], as: UTF8.self), start)
  }

  /// Drops a byte order mark, and the carriage return of a line's end.
  private static func normalized(_ bytes: [UInt8]) -> [UInt8] {
    var rest = bytes[...]
    if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
    guard rest.contains(UInt8(ascii: "\r")) else { return Array(rest) }
    var result: [UInt8] = []
    for index in rest.indices {
      let next = index + 1 < rest.endIndex ? rest[index + 1] : 0
      if rest[index] == UInt8(ascii: "\r"), next == UInt8(ascii: "\n") { continue }
      result.append(rest[index] == UInt8(ascii: "\r") ? UInt8(ascii: "\n") : rest[index])
    }
    return result
  }

  private static func validPrefix(_ bytes: [UInt8]) -> Int {
    var (low, high) = (0, bytes.count)
    // The longest prefix that is good; a prefix that ends inside a character is not.
    while low < high {
      let middle = (low + high + 1) / 2
      let isGood = (max(0, middle - 3)...middle).contains {
        String(validating: bytes[..<$0], as: UTF8.self) != nil
      }
      if isGood { low = middle } else { high = middle - 1 }
    }
    while String(validating: bytes[..<low], as: UTF8.self) == nil { low -= 1 }
    return low
  }
}

/// A run of bytes in a source.
public struct SourceRange: Sendable, Hashable {
  /// The offsets of its first byte and of the one after its last.
  public let offsets: Range<Int>

  /// Makes a range of byte offsets.
  public init(_ offsets: Range<Int>) {
    self.offsets = offsets
  }

  /// The range from the start of this one to the end of another.
  func through(_ other: SourceRange) -> SourceRange {
    SourceRange(offsets.lowerBound..<max(offsets.lowerBound, other.offsets.upperBound))
  }
}
