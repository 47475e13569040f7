/// Numbers as bytes: little-endian IEEE 754 doubles, so that no digit is lost.
enum NumberBytes {
  static func bytes(of numbers: [Double]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 * numbers.count)
    for number in numbers {
      let bits = number.bitPattern
      for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
    }
    return bytes
  }

  /// The numbers of bytes, of which there must be eight for each.
  static func numbers(of bytes: [UInt8]) -> [Double] {
    (0..<bytes.count / 8).map { number in
      var bits: UInt64 = 0
      for byte in 0..<8 { bits |= UInt64(bytes[8 * number + byte]) << (8 * byte) }
      return Double(bitPattern: bits)
    }
  }
}
