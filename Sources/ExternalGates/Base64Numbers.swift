/// Numbers as text: base64 (RFC 4648) of their little-endian IEEE 754 bytes, so that no digit is lost.
enum Base64Numbers {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private static let values: [UInt8] = {
    var values = Array(repeating: UInt8(255), count: 256)
    for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
    return values
  }()

  static func text(_ numbers: [Double]) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(numbers.count * 8)
    for number in numbers {
      var bits = number.bitPattern
      for _ in 0..<8 {
        bytes.append(UInt8(truncatingIfNeeded: bits))
        bits >>= 8
      }
    }
    let alphabet = Self.alphabet
    var letters = Array(repeating: UInt8(ascii: "="), count: (bytes.count + 2) / 3 * 4)
    var place = 0
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let count = min(3, bytes.count - start)
      let group =
        UInt32(bytes[start]) << 16 | (count > 1 ? UInt32(bytes[start + 1]) << 8 : 0)
        | (count > 2 ? UInt32(bytes[start + 2]) : 0)
      for digit in 0...count {
        letters[place + digit] = alphabet[Int(group >> (18 - 6 * UInt32(digit)) & 63)]
      }
      place += 4
    }
    return String(decoding: letters, as: UTF8.self)
  }

  /// The numbers of a text; nil when it is none of this kind.
  static func numbers(_ text: String) -> [Double]? {
    let letters = Array(text.utf8)
    let values = Self.values
    let padding = letters.suffix(2).count { $0 == UInt8(ascii: "=") }
    guard letters.count % 4 == 0, (letters.count / 4 * 3 - padding) % 8 == 0 else { return nil }
    var numbers: [Double] = []
    numbers.reserveCapacity(letters.count / 4 * 3 / 8)
    var (bits, byteCount) = (UInt64(0), UInt64(0))
    var (group, held) = (UInt32(0), 0)
    for letter in letters.dropLast(padding) {
      let value = values[Int(letter)]
      guard value < 64 else { return nil }
      group = group << 6 | UInt32(value)
      held += 6
      guard held >= 8 else { continue }
      held -= 8
      bits |= UInt64(UInt8(truncatingIfNeeded: group >> UInt32(held))) << (8 * byteCount)
      byteCount += 1
      guard byteCount == 8 else { continue }
      numbers.append(Double(bitPattern: bits))
      (bits, byteCount) = (0, 0)
    }
    return byteCount == 0 ? numbers : nil
  }
}
