#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

internal import Gradients

/// A value whose numbers can be moved, one by one, through its coding.
struct CodedPoint<Point: Codable>: Sendable {
  private let tree: JSONTree

  init(_ point: Point) throws {
    tree = try Self.decoder.decode(JSONTree.self, from: Self.encoder.encode(point))
  }

  /// Makes sure that the numbers of `leaf` are where its path says.
  ///
  /// - Throws: `PathError` when they are not.
  func check(_ leaf: NumberLeaf) throws(PathError) {
    _ = try tree.replacing(leaf.path[...], by: JSONTree(leaf.values, shape: leaf.shape))
  }

  /// The value with other numbers.
  func moved(_ leaves: [NumberLeaf], to operands: [Tensor]) throws(GateError) -> Point {
    do {
      var tree = tree
      for (leaf, operand) in zip(leaves, operands) {
        tree = try tree.replacing(leaf.path[...], by: JSONTree(operand.elements, shape: leaf.shape))
      }
      return try Self.decoder.decode(Point.self, from: Self.encoder.encode(tree))
    } catch {
      throw GateError("the point could not be moved: \(error)")
    }
  }

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return encoder
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return decoder
  }
}

/// JSON, as far as numbers in it must be found and replaced.
private indirect enum JSONTree: Codable, Sendable {
  case number(Double)
  case list([JSONTree])
  case object([String: JSONTree])
  case text(String)
  case flag(Bool)
  case null

  init(_ values: [Double], shape: [Int]) {
    self = shape.isEmpty ? .number(values[0]) : .list(values.map { .number($0) })
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let list = try? container.decode([JSONTree].self) {
      self = .list(list)
    } else {
      self = .object(try container.decode([String: JSONTree].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let number): try container.encode(number)
    case .list(let list): try container.encode(list)
    case .object(let object): try container.encode(object)
    case .text(let text): try container.encode(text)
    case .flag(let flag): try container.encode(flag)
    case .null: try container.encodeNil()
    }
  }

  func replacing(_ path: ArraySlice<String>, by leaf: JSONTree) throws(PathError) -> JSONTree {
    guard let name = path.first else { return leaf }
    switch self {
    case .object(var object):
      guard let part = object[name] else { break }
      object[name] = try part.replacing(path.dropFirst(), by: leaf)
      return .object(object)
    case .list(var list):
      guard let position = Int(name), list.indices.contains(position) else { break }
      list[position] = try list[position].replacing(path.dropFirst(), by: leaf)
      return .list(list)
    default: break
    }
    throw PathError(
      "the coding of the point holds no '\(name)'; its keys must be the names of its properties")
  }
}
