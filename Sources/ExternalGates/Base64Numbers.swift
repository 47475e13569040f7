/// Numbers as text: base64 (RFC 4648) of their little-endian IEEE 754 bytes, so that no digit is lost.
enum Base64Numbers {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The value of each letter; 255 for what is none.
  private static let values: [UInt8] = {
    var values = Array(repeating: UInt8(255), count: 256)
    for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
    return values
  }()

  /// Appends the text of some numbers.
  static func append(_ numbers: [Double], to text: inout [UInt8]) {
    let alphabet = Self.alphabet
    text.reserveCapacity(text.count + numbers.count * 32 / 3 + 4)
    // Bytes that wait, and how many bits they have: three bytes make four letters.
    var (waiting, count) = (UInt32(0), 0)
    for number in numbers {
      var bits = number.bitPattern
      for _ in 0..<8 {
        waiting = waiting << 8 | UInt32(UInt8(truncatingIfNeeded: bits))
        bits >>= 8
        count += 8
        guard count == 24 else { continue }
        text.append(alphabet[Int(waiting >> 18)])
        text.append(alphabet[Int(waiting >> 12 & 63)])
        text.append(alphabet[Int(waiting >> 6 & 63)])
        text.append(alphabet[Int(waiting & 63)])
        (waiting, count) = (0, 0)
      }
    }
    guard count > 0 else { return }
    let group = waiting << UInt32(24 - count)
    for digit in 0..<4 {
      text.append(
        digit * 6 < count ? alphabet[Int(group >> UInt32(18 - 6 * digit) & 63)] : UInt8(ascii: "="))
    }
  }

  /// The numbers of a text; nil when it is none of this kind.
  static func numbers(_ letters: ArraySlice<UInt8>) -> [Double]? {
    let values = Self.values
    let padding = letters.suffix(2).count { $0 == UInt8(ascii: "=") }
    let byteCount = letters.count / 4 * 3 - padding
    guard letters.count % 4 == 0, byteCount % 8 == 0 else { return nil }
    var numbers: [Double] = []
    numbers.reserveCapacity(byteCount / 8)
    var (bits, held) = (UInt64(0), UInt64(0))
    var (group, groupCount) = (UInt32(0), 0)
    for letter in letters.dropLast(padding) {
      let value = values[Int(letter)]
      guard value < 64 else { return nil }
      group = group << 6 | UInt32(value)
      groupCount += 6
      guard groupCount >= 8 else { continue }
      groupCount -= 8
      bits |= UInt64(UInt8(truncatingIfNeeded: group >> UInt32(groupCount))) << held
      held += 8
      guard held == 64 else { continue }
      numbers.append(Double(bitPattern: bits))
      (bits, held) = (0, 0)
    }
    return held == 0 ? numbers : nil
  }
}
