/// Numbers as bytes: little-endian IEEE 754 doubles, so that no digit is lost.
enum NumberBytes {
  static func bytes(of numbers: [Double]) -> [UInt8] {
    unsafe numbers.map { $0.bitPattern.littleEndian }.withUnsafeBytes { unsafe [UInt8]($0) }
  }

  /// The numbers of bytes, of which there must be eight for each.
  static func numbers(of bytes: [UInt8]) -> [Double] {
    unsafe bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / 8).map {
        unsafe Double(
          bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)))
      }
    }
  }
}
