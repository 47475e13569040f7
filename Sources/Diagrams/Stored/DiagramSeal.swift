/// The end of a diagram's DOT text: what tells that nothing in it was changed since it was written.
///
/// The digest is of what the text means, and holds when another tool has written it anew; the seal is of its bytes, and
/// is quick to try.
enum DiagramSeal {
  /// The text of a diagram, from its lines without the last ones.
  static func sealed(_ body: String, _ digest: DiagramDigest) -> String {
    "\(body)  graph [data_digest=\"\(digest.text)\", data_seal=\"\(seal(of: body.utf8[...]))\"];\n}\n"
  }

  /// Whether a text is, byte for byte, as it was written.
  static func holds(_ text: String) -> Bool {
    let end = "  graph [data_digest=\"0123456789abcdef\", data_seal=\"0123456789abcdef\"];\n}\n".utf8.count
    let bytes = text.utf8
    guard bytes.count > end else { return false }
    let seal = seal(of: bytes.dropLast(end))
    return bytes.suffix(end).suffix(seal.utf8.count + 6).elementsEqual("\(seal)\"];\n}\n".utf8)
  }

  /// The frames of a backward pass share it: the step is left out.
  private static func seal(of text: Substring.UTF8View) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func mix(_ bytes: some Sequence<UInt8>) {
      for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    let newline = UInt8(ascii: "\n")
    let first = text.firstIndex(of: newline).map { text.index(after: $0) } ?? text.endIndex
    let second = text[first...].firstIndex(of: newline) ?? text.endIndex
    let header = Array(text[..<second])
    if let step = header.firstPosition(of: Array(", data_step=\"".utf8)) {
      mix(header[..<step])
      mix(header[(step + 13)...].drop { $0 != UInt8(ascii: "\"") })
    } else {
      mix(header)
    }
    mix(text[second...])
    return DiagramDigest.digits(hash)
  }
}
