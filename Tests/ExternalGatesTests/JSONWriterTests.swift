import Foundation
import Gradients
import Testing

@testable import ExternalGates

@Suite struct JSONWriterTests {
  /// The line of a message, read by another reader of JSON, and the bytes behind it.
  private func read(_ message: [UInt8]) throws -> (line: [String: Any], block: [UInt8]) {
    let end = try #require(message.firstIndex(of: UInt8(ascii: "\n")))
    let line = try JSONSerialization.jsonObject(with: Data(message[..<end])) as? [String: Any]
    return (try #require(line), Array(message[(end + 1)...]))
  }

  @Test func `texts, keys and lists are read as they were written`() throws {
    var json = JSONWriter(hasBlock: false)
    let odd = "quote \" backslash \\ line\n bell \u{7} é😀"
    json.raw("{")
    json.key("odd")
    json.text(odd)
    json.key("list")
    json.list([1, 2, 3]) { json, item in json.raw("\(item)") }
    json.raw("}")
    let line = try read(json.message).line
    #expect(line["odd"] as? String == odd)
    #expect(line["list"] as? [Int] == [1, 2, 3])
  }

  /// By Python: base64.b64encode(struct.pack("<2d", ...)).
  @Test(arguments: [
    ([], ""), ([1.0], "AAAAAAAA8D8="), ([1.0, 2.0], "AAAAAAAA8D8AAAAAAAAAQA=="),
    ([1.0, -2.5, 0.1], "AAAAAAAA8D8AAAAAAAAEwJqZmZmZmbk/"), ([.infinity], "AAAAAAAA8H8="),
  ])
  func `numbers in the line are the base64 of their bytes, lowest first`(numbers: [Double], letters: String)
    throws
  {
    var json = JSONWriter(hasBlock: false)
    json.array(Tensor(numbers))
    let (line, block) = try read(json.message)
    #expect(line["data"] as? String == letters && line["shape"] as? [Int] == [numbers.count])
    #expect(block.isEmpty)
  }

  @Test func `numbers behind the line are their bytes, and arrays say where theirs begin`() throws {
    var json = JSONWriter(hasBlock: true)
    json.raw("{")
    json.key("a")
    json.array(Tensor([1, -2.5]))
    json.key("b")
    json.array(Tensor(0.1))
    json.raw("}")
    let (line, block) = try read(json.message)
    #expect((line["a"] as? [String: Any])?["start"] as? Int == 0)
    #expect((line["b"] as? [String: Any])?["start"] as? Int == 2)
    #expect(json.blockCount == 3)
    // struct.pack("<3d", 1, -2.5, 0.1).
    #expect(
      block == [
        0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0x04, 0xC0, 0x9A, 0x99, 0x99, 0x99, 0x99, 0x99, 0xB9,
        0x3F,
      ])
  }

  @Test func `no bit of a number is lost`() {
    let numbers: [Double] = [0, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .pi, -1e-300, .nan]
    let read = NumberBytes.numbers(of: NumberBytes.bytes(of: numbers))
    #expect(read.map(\.bitPattern) == numbers.map(\.bitPattern))
  }
}
