/// A check sum of what a diagram says and carries, which tells whether somebody has edited it by hand.
///
/// The frames of a backward pass share it: the step alone, in which they differ, is left out. It is a sum over the attributes, so that their order, which other Graphviz tools change, does not matter.
struct DiagramDigest {
  private var sum: UInt64 = 0

  /// Sixteen hexadecimal digits.
  var text: String { Self.digits(sum) }

  static func digits(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Takes in the attributes of a node, of an edge (`n0 -> n2`, with or without ports) or of the graph that are data or
  /// text.
  mutating func add(_ element: String, _ attributes: [(name: String, value: String)]) {
    var start = Self.offset
    var isPort = false
    for byte in element.utf8 {
      if byte == UInt8(ascii: ":") { isPort = true } else if byte == UInt8(ascii: " ") { isPort = false }
      if !isPort { Self.mix(byte, into: &start) }
    }
    for (name, value) in attributes where !value.isEmpty && (name == "label" || name.hasPrefix("data_")) {
      guard name != "data_digest", name != "data_seal", name != "data_step" else { continue }
      var hash = start
      for part in [name, value] {
        Self.mix(0, into: &hash)
        // What cannot be written in a quoted string is not in the file.
        for byte in part.utf8 where byte >= 32 && byte != 127 || byte == 9 || byte == 10 {
          Self.mix(byte, into: &hash)
        }
      }
      sum &+= hash
    }
  }

  /// FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/.
  private static func mix(_ byte: UInt8, into hash: inout UInt64) {
    hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
  }

  private static let offset: UInt64 = 0xcbf2_9ce4_8422_2325
}
