import Testing

@testable import ExternalGates

/// Texts of RFC 8259, and what is none.
@Suite struct JSONTests {
  private func read(_ text: String) -> JSON? { JSON(Array(text.utf8)) }

  private func text(_ json: JSON?) -> String? {
    guard case .text(let bytes)? = json else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func number(_ json: JSON?) -> Double? {
    guard case .number(let number)? = json else { return nil }
    return number
  }

  @Test func `an object has the values of its keys, and null is as good as missing`() throws {
    let json = try #require(
      read(#" { "id" : 7, "name": "relu", "none": null, "flags": [true, false, []] } "#))
    #expect(number(json["id"]) == 7)
    #expect(text(json["name"]) == "relu")
    #expect(json["none"] == nil && json["other"] == nil)
    guard case .list(let flags)? = json["flags"], flags.count == 3, case .flag(true) = flags[0],
      case .flag(false) = flags[1], case .list(let empty) = flags[2]
    else {
      Issue.record("\(json)")
      return
    }
    #expect(empty.isEmpty)
  }

  @Test(arguments: [
    ("0", 0), ("-0.5", -0.5), ("12", 12), ("1e3", 1000), ("2.5E-2", 0.025), ("-1.25e+1", -12.5),
    ("5e-324", .leastNonzeroMagnitude), ("1.7976931348623157e308", 1.7976931348623157e308),
  ])
  func `a number is read to its last digit`(text: String, value: Double) {
    #expect(number(read(text)) == value)
  }

  @Test(arguments: [
    (#""""#, ""), (#""a\"b\\c\/d""#, "a\"b\\c/d"), (#""\b\f\n\r\t""#, "\u{8}\u{C}\n\r\t"),
    (#""\u00e9\u20AC""#, "é€"), (#""\ud83d\ude00!""#, "😀!"), ("\"é😀\"", "é😀"), (#""\ud83d!""#, "\u{FFFD}!"),
  ])
  func `a text has its escapes replaced`(written: String, value: String) {
    #expect(text(read(written)) == value)
  }

  @Test(arguments: [
    "", " ", "{", "}", "[1, 2", "[1 2]", "[1,]", "{\"a\"}", "{\"a\": }", "{a: 1}", "{\"a\": 1,}", "tru",
    "nulls", "01", "1.", ".5",
    "+1", "1e", "-", "NaN", "Infinity", "\"open", "\"tab\there\"", #""\x""#, #""\u12g4""#, "1 2", "{} {}",
    "'a'",
    String(repeating: "[", count: 100_000),
  ])
  func `what is no JSON is told from it`(text: String) {
    #expect(read(text) == nil)
  }

  @Test func `what is written is read again`() throws {
    var writer = JSONWriter()
    let odd = "quote \" backslash \\ line\n bell \u{7} é😀"
    writer.raw("{")
    writer.key("odd")
    writer.text(odd)
    writer.key("list")
    writer.list([1, 2, 3]) { json, item in json.raw("\(item)") }
    writer.raw("}")
    let json = try #require(JSON(writer.bytes))
    #expect(text(json["odd"]) == odd)
    guard case .list(let items)? = json["list"] else {
      Issue.record("\(json)")
      return
    }
    #expect(items.map { number($0) } == [1, 2, 3])
  }
}
