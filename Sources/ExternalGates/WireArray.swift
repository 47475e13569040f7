internal import Gradients

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A line that is no answer, and what is wrong with it if there is more to say.
struct WireError: Error {
  let description: String?

  init(_ description: String? = nil) {
    self.description = description
  }
}

/// An array of an answer: its numbers stand in the line, or follow it.
enum WireArray: Decodable {
  case here(Tensor)
  case block(Shape, start: Int)

  private enum Key: CodingKey {
    case shape, data, start
  }

  init(from decoder: any Decoder) throws {
    guard let members = try? decoder.container(keyedBy: Key.self) else {
      self = .here(try NestedNumbers(from: decoder).tensor)
      return
    }
    let extents = try members.decode([Int].self, forKey: .shape)
    let shape: Shape
    do throws(ShapeError) {
      shape = try Shape(validating: extents)
    } catch {
      throw WireError(error.description)
    }
    if let start = try members.decodeIfPresent(Int.self, forKey: .start) {
      self = .block(shape, start: start)
      return
    }
    guard let bytes = Data(base64Encoded: try members.decode(String.self, forKey: .data)),
      bytes.count % 8 == 0
    else { throw WireError("data that is not the base64 of float64 numbers") }
    guard bytes.count / 8 == shape.count else {
      throw WireError("\(bytes.count / 8) float64 numbers for an array of shape \(shape)")
    }
    self = .here(Tensor(shape: shape, elements: NumberBytes.numbers(of: Array(bytes))))
  }

  /// The array, given the numbers that follow the line.
  func tensor(_ block: [Double]) throws(WireError) -> Tensor {
    switch self {
    case .here(let tensor): return tensor
    case .block(let shape, let start):
      guard start >= 0, start <= block.count, shape.count <= block.count - start else {
        throw WireError("an array of shape \(shape) at number \(start) of \(block.count)")
      }
      return Tensor(shape: shape, elements: Array(block[start..<start + shape.count]))
    }
  }
}

/// Lists of lists of numbers, or a number.
private struct NestedNumbers: Decodable {
  let tensor: Tensor

  init(from decoder: any Decoder) throws {
    guard var list = try? decoder.unkeyedContainer() else {
      tensor = Tensor(try Self.number(from: decoder.singleValueContainer()))
      return
    }
    var rows: [Tensor] = []
    while !list.isAtEnd { rows.append(try list.decode(NestedNumbers.self).tensor) }
    guard let first = rows.first else {
      tensor = Tensor(shape: Shape(0), elements: [])
      return
    }
    guard rows.allSatisfy({ $0.shape == first.shape }) else {
      throw WireError("lists of different lengths where an array was expected")
    }
    tensor = Tensor(shape: Shape([rows.count] + first.shape.extents), elements: rows.flatMap(\.elements))
  }

  private static func number(from value: any SingleValueDecodingContainer) throws -> Double {
    if let number = try? value.decode(Double.self) { return number }
    if let flag = try? value.decode(Bool.self) { return flag ? 1 : 0 }
    switch try? value.decode(String.self) {
    case "NaN": return .nan
    case "Infinity": return .infinity
    case "-Infinity": return -.infinity
    default: throw WireError("something that is not a number where a number was expected")
    }
  }
}
