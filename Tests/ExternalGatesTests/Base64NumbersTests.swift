import Testing

@testable import ExternalGates

@Suite struct Base64NumbersTests {
  private func text(_ numbers: [Double]) -> String {
    var bytes: [UInt8] = []
    Base64Numbers.append(numbers, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// By Python: base64.b64encode(struct.pack("<2d", ...)).
  @Test(arguments: [
    ([], ""), ([1.0], "AAAAAAAA8D8="), ([1.0, 2.0], "AAAAAAAA8D8AAAAAAAAAQA=="),
    ([1.0, -2.5, 0.1], "AAAAAAAA8D8AAAAAAAAEwJqZmZmZmbk/"), ([.infinity], "AAAAAAAA8H8="),
  ])
  func `numbers are the base64 of their bytes, lowest first`(numbers: [Double], letters: String) {
    #expect(text(numbers) == letters)
    #expect(Base64Numbers.numbers(Array(letters.utf8)[...]) == numbers)
  }

  @Test func `no bit is lost`() throws {
    let numbers: [Double] = [0, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .pi, -1e-300, .nan]
    let read = try #require(Base64Numbers.numbers(Array(text(numbers).utf8)[...]))
    #expect(read.map(\.bitPattern) == numbers.map(\.bitPattern))
  }

  @Test(arguments: [
    "A", "AAAA", "AAAAAAAA8D8", "AAAAAAAA8D8==", "AAAAAAAA 8D8", "AAAAAAAA-D8=", "=AAAAAAA8D8=",
    "AA=AAAAA8D8=",
  ])
  func `what is no base64 of numbers is told from it`(letters: String) {
    #expect(Base64Numbers.numbers(Array(letters.utf8)[...]) == nil)
  }
}
