import FormulaLanguage
import Foundation
import Gradients
import Testing

/// Files as `numpy.save` writes them, made byte by byte (numpy.lib.format).
@Suite struct DataFileTests {
  private func npy(_ descr: String, fortran: Bool = false, shape: String, version: UInt8 = 1, _ data: [UInt8])
    -> [UInt8]
  {
    let header = Array(
      "{'descr': '\(descr)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }\n".utf8)
    let length = [UInt8(header.count & 0xFF), UInt8(header.count >> 8)] + (version > 1 ? [0, 0] : [])
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + header + data
  }

  private func load(_ bytes: [UInt8], _ name: String = "x.npy") throws -> Tensor {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(bytes).write(to: folder.appending(path: name))
    let formula = try Formula(
      parsing: Source(name: "f", text: "x = load(\"\(name)\"); f = sum(x)"), directory: folder.path)
    return formula.inputs[0].value
  }

  @Test(
    arguments: [
      ("<f8", [0, 0, 0, 0, 0, 0, 0xF8, 0xBF], -1.5), (">f8", [0xBF, 0xF8, 0, 0, 0, 0, 0, 0], -1.5),
      ("<f4", [0, 0, 0xC0, 0xBF], -1.5), (">f4", [0xBF, 0xC0, 0, 0], -1.5), ("<f2", [0, 0xBE], -1.5),
      (">f2", [0xBE, 0], -1.5),
      ("<f2", [1, 0], 0x1p-24), ("<f2", [0, 0x7C], .infinity),
      ("<i8", [0xFE, 255, 255, 255, 255, 255, 255, 255], -2),
      (">i4", [255, 255, 255, 0xFE], -2), ("<i2", [0xFE, 255], -2), ("|i1", [0xFE], -2), ("|u1", [0xFE], 254),
      ("<u2", [1, 2], 513), (">u2", [1, 2], 258), ("<u4", [255, 255, 255, 255], 4_294_967_295),
      ("<u8", [0, 0, 0, 0, 0, 0, 0, 0x80], 0x1p63),
      ("|b1", [1], 1),
    ] as [(String, [UInt8], Double)])
  func `every type of number is read, in both byte orders`(descr: String, bytes: [UInt8], value: Double)
    throws
  {
    #expect(try load(npy(descr, shape: "(1,)", bytes)) == Tensor([value]))
  }

  @Test(arguments: [1, 2, 3] as [UInt8])
  func `every version of the format is read`(version: UInt8) throws {
    #expect(try load(npy("|u1", shape: "()", version: version, [7])) == Tensor(7))
  }

  @Test func `column-major arrays are turned`() throws {
    let bytes: [UInt8] = [1, 4, 2, 5, 3, 6]
    #expect(try load(npy("|u1", fortran: true, shape: "(2, 3)", bytes)) == Tensor([[1, 2, 3], [4, 5, 6]]))
    #expect(try load(npy("|u1", shape: "(2, 3)", bytes)) == Tensor([[1, 4, 2], [5, 3, 6]]))
  }

  @Test(arguments: [
    ([1, 2, 3] as [UInt8], "is not a .npy file"), (Array("\u{93}NUMPY\u{1}\0".utf8), "is not a .npy file"),
  ])
  func `what is no array is refused in words`(bytes: [UInt8], words: String) throws {
    let error = #expect(throws: FormulaError.self) { try load(bytes) }
    #expect(error?.description.contains(words) == true)
  }

  @Test func `an array that is cut off, or of complex numbers, is refused`() throws {
    let short = #expect(throws: FormulaError.self) { try load(npy("<f8", shape: "(4,)", [1, 2, 3])) }
    #expect(short?.description.contains("'x.npy': shape (4,) needs 32 bytes, the file has 3") == true)
    let complex = #expect(throws: FormulaError.self) { try load(npy("<c16", shape: "(1,)", [])) }
    #expect(complex?.description.contains("dtype '<c16' cannot be used") == true)
  }

  @Test func `rows of numbers are read from text`() throws {
    #expect(
      try load(Array("# a, b\n1, 2.5\r\n\n-3e2 ,4\n".utf8), "x.csv") == Tensor([[1, 2.5], [-300, 4]]))
    #expect(try load(Array("1\n2\n".utf8), "x.csv") == Tensor([1, 2]))
    #expect(try load(Array("1;2;3".utf8), "x.csv") == Tensor([1, 2, 3]))
    let ragged = #expect(throws: FormulaError.self) { try load(Array("1,2\n3".utf8), "x.csv") }
    #expect(ragged?.description.contains("line 2 has 1 numbers, line 1 has 2") == true)
    let word = #expect(throws: FormulaError.self) { try load(Array("1,two".utf8), "x.csv") }
    #expect(word?.description.contains("line 1, column 2: 'two' is not a number") == true)
  }
}
