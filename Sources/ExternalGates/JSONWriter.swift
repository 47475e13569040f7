internal import Gradients

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Writes one message, from left to right: a line of JSON and, for programs that take it, the numbers of its arrays behind it.
///
/// `JSONEncoder` takes 45 µs for a request of a network, this 6 µs; a check sends a hundred, and waits for each.
struct JSONWriter {
  private var line: [UInt8] = []
  /// The bytes of the numbers; nil where they stand in the line, in base64.
  private var block: [UInt8]?

  init(hasBlock: Bool) {
    block = hasBlock ? [] : nil
  }

  /// The line, with the line feed that ends it, and the block.
  var message: [UInt8] { line + "\n".utf8 + (block ?? []) }

  /// How many numbers the block has.
  var blockCount: Int { (block?.count ?? 0) / 8 }

  /// Writes what is JSON already.
  mutating func raw(_ text: String) { line += text.utf8 }

  mutating func text(_ text: String) {
    line.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): line += [UInt8(ascii: "\\"), byte]
      case 0..<0x20: raw("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16))
      default: line.append(byte)
      }
    }
    line.append(UInt8(ascii: "\""))
  }

  /// Writes the name of a member of an object, after a comma unless it is the first.
  mutating func key(_ name: String) {
    if line.last != UInt8(ascii: "{") { raw(", ") }
    text(name)
    raw(": ")
  }

  /// Writes a list, each of whose items `write` writes.
  mutating func list<Items: Collection>(_ items: Items, _ write: (inout JSONWriter, Items.Element) -> Void) {
    raw("[")
    for (position, item) in items.enumerated() {
      if position > 0 { raw(", ") }
      write(&self, item)
    }
    raw("]")
  }

  mutating func array(_ tensor: Tensor) {
    raw("{")
    key("shape")
    list(tensor.shape.extents) { json, extent in json.raw("\(extent)") }
    if block == nil {
      key("data")
      text(Data(NumberBytes.bytes(of: tensor.elements)).base64EncodedString())
    } else {
      key("start")
      raw("\(blockCount)")
      block? += NumberBytes.bytes(of: tensor.elements)
    }
    raw("}")
  }
}
