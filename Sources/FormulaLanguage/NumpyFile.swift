internal import Gradients

/// An array as `numpy.save` writes it: format versions 1 to 3 of numpy's `numpy.lib.format`.
struct NumpyFile {
  private let bytes: [UInt8]
  private let start: Int
  private let descr: String
  private let isFortran: Bool
  private let shape: Shape

  /// Reads the header.
  init(_ bytes: [UInt8]) throws(DataError) {
    guard bytes.count >= 10, bytes.starts(with: [0x93] + Array("NUMPY".utf8)) else {
      throw DataError("this is not a .npy file")
    }
    guard (1...3).contains(bytes[6]) else { throw DataError("format version \(bytes[6]) is not known") }
    let wide = bytes[6] > 1
    guard bytes.count >= 12 else { throw DataError("the header is cut off") }
    let length =
      wide
      ? Int(bytes[8]) | Int(bytes[9]) << 8 | Int(bytes[10]) << 16 | Int(bytes[11]) << 24
      : Int(bytes[8]) | Int(bytes[9]) << 8
    start = (wide ? 12 : 10) + length
    guard start <= bytes.count else { throw DataError("the header is cut off") }
    let header = String(decoding: bytes[(start - length)..<start], as: UTF8.self)
    guard let descr = Self.quoted("descr", in: header), let order = Self.word("fortran_order", in: header),
      let extents = Self.extents(header)
    else { throw DataError("the header does not say what the array holds") }
    self.bytes = bytes
    self.descr = descr
    isFortran = order.hasPrefix("True")
    do {
      shape = try Shape(validating: extents)
    } catch {
      throw DataError(error.description)
    }
  }

  /// The array, in row-major order.
  func tensor() throws(DataError) -> Tensor {
    let kind = descr.dropFirst()
    let isBig = descr.hasPrefix(">")
    guard let size = Int(kind.dropFirst()), let decode = Self.decoder(kind) else {
      throw DataError("dtype '\(descr)' cannot be used; numbers of 64 bits or less can")
    }
    let needed = shape.count * size
    guard bytes.count - start >= needed else {
      throw DataError("shape \(shape) needs \(needed) bytes, the file has \(bytes.count - start)")
    }
    var elements: [Double] = []
    elements.reserveCapacity(shape.count)
    for index in 0..<shape.count {
      var bits: UInt64 = 0
      for byte in 0..<size {
        let position = start + index * size + (isBig ? byte : size - 1 - byte)
        bits = bits << 8 | UInt64(bytes[position])
      }
      elements.append(decode(bits))
    }
    return Tensor(shape: shape, elements: isFortran ? rowMajor(elements) : elements)
  }

  private func rowMajor(_ columnMajor: [Double]) -> [Double] {
    var strides = [1]
    for extent in shape.extents { strides.append(strides[strides.count - 1] * extent) }
    return (0..<shape.count).map { index in
      var rest = index
      var offset = 0
      for axis in shape.extents.indices.reversed() {
        offset += rest % shape.extents[axis] * strides[axis]
        rest /= shape.extents[axis]
      }
      return columnMajor[offset]
    }
  }

  private static func decoder(_ kind: Substring) -> ((UInt64) -> Double)? {
    switch kind {
    case "b1": { $0 == 0 ? 0 : 1 }
    case "u1", "u2", "u4", "u8": { Double($0) }
    case "i1": { Double(Int8(truncatingIfNeeded: $0)) }
    case "i2": { Double(Int16(truncatingIfNeeded: $0)) }
    case "i4": { Double(Int32(truncatingIfNeeded: $0)) }
    case "i8": { Double(Int64(truncatingIfNeeded: $0)) }
    case "f2": { half(UInt16(truncatingIfNeeded: $0)) }
    case "f4": { Double(Float(bitPattern: UInt32(truncatingIfNeeded: $0))) }
    case "f8": { Double(bitPattern: $0) }
    default: nil
    }
  }

  /// IEEE 754 binary16; `Float16` is not there on every platform.
  private static func half(_ bits: UInt16) -> Double {
    let sign: Double = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 0x1F)
    let fraction = Double(bits & 0x3FF)
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * (1024 + fraction) * Double(sign: .plus, exponent: exponent - 25, significand: 1)
    }
  }

  private static func word(_ key: String, in header: String) -> Substring? {
    for quote in ["'", "\""] {
      let pattern = Array((quote + key + quote).utf8)
      let bytes = Array(header.utf8)
      guard bytes.count > pattern.count,
        let at = (0...(bytes.count - pattern.count)).first(where: {
          bytes[$0..<($0 + pattern.count)].elementsEqual(pattern)
        })
      else { continue }
      let rest = String(decoding: bytes[(at + pattern.count)...], as: UTF8.self)
      return Substring(rest.drop { $0 == ":" || $0 == " " })
    }
    return nil
  }

  private static func quoted(_ key: String, in header: String) -> String? {
    guard let word = word(key, in: header), let quote = word.first, quote == "'" || quote == "\"" else {
      return nil
    }
    return String(word.dropFirst().prefix { $0 != quote })
  }

  private static func extents(_ header: String) -> [Int]? {
    guard let word = word("shape", in: header), word.first == "(" else { return nil }
    let inside = word.dropFirst().prefix { $0 != ")" }
    var extents: [Int] = []
    for part in inside.split(separator: ",") {
      let digits = part.filter { $0 != " " && $0 != "L" }
      if digits.isEmpty { continue }
      guard let extent = Int(digits) else { return nil }
      extents.append(extent)
    }
    return extents
  }
}
