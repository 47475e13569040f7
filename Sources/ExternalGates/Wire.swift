internal import Gradients

/// A message to a program, one line of JSON; `docs/external-gates.md` says what each key means.
struct Request: Encodable {
  enum Kind: String, Encodable {
    case list, open, forward, backward, shutdown
  }

  var id: Int
  let request: Kind
  var version: Int?
  var gate: String?
  var options: [String: WireOption]?
  var operands: [WireOperand]?
  var copies: Int?
  var upstream: WireArray?

  init(_ request: Kind, id: Int = 0) {
    self.request = request
    self.id = id
  }
}

/// A program's answer: what was asked for, or an error.
struct Answer: Decodable {
  struct Gate: Decodable {
    let name: String
    let operands: [String]
    let options: [String]?
    let summary: String?
  }

  let id: Int?
  let error: String?
  let version: Int?
  let gates: [Gate]?
  let shape: [Int]?
  let gradientsOf: [Bool]?
  let types: [WireType]?
  let output: WireOutput?
  let gradients: [WireArray?]?
  let changed: [Int]?

  enum CodingKeys: String, CodingKey {
    case id, error, version, gates, shape, types, output, gradients, changed
    case gradientsOf = "differentiable"
  }
}

/// What the numbers of an operand stand for.
enum WireType: String, Codable {
  case float, integer, boolean
}

/// An operand of a request: the same in every copy, or different in each.
enum WireOperand: Encodable {
  case same(WireArray)
  /// Every copy in full, along a new first axis.
  case copies(WireArray)
  /// Copies that differ from `base` in a few elements: in copy `copies[i]`, element `elements[i]` is `values[i]`.
  case changes(base: WireArray, copies: WireArray, elements: WireArray, values: WireArray)

  private enum CodingKeys: CodingKey {
    case copies, base, copy, element, value
  }

  func encode(to encoder: any Encoder) throws {
    if case .same(let array) = self { return try array.encode(to: encoder) }
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .same: break
    case .copies(let array): try container.encode(array, forKey: .copies)
    case .changes(let base, let copies, let elements, let values):
      try container.encode(base, forKey: .base)
      try container.encode(copies, forKey: .copy)
      try container.encode(elements, forKey: .element)
      try container.encode(values, forKey: .value)
    }
  }
}

/// The output of a forward pass: an array, or copies that differ from `base` in a few elements.
struct WireOutput: Decodable {
  /// One output, or all copies along a first axis.
  let tensor: Tensor?
  private let base: Tensor?
  private let changes: [(copy: Int, element: Int, value: Double)]

  private enum CodingKeys: CodingKey {
    case base, copy, element, value
  }

  init(from decoder: any Decoder) throws {
    guard let container = try? decoder.container(keyedBy: CodingKeys.self), container.contains(.base) else {
      (tensor, base, changes) = (try WireArray(from: decoder).tensor, nil, [])
      return
    }
    base = try container.decode(WireArray.self, forKey: .base).tensor
    let copies = try container.decode(WireArray.self, forKey: .copy).tensor.elements
    let elements = try container.decode(WireArray.self, forKey: .element).tensor.elements
    let values = try container.decode(WireArray.self, forKey: .value).tensor.elements
    guard copies.count == values.count, elements.count == values.count else {
      throw WireError(
        description: "\(copies.count) copies and \(elements.count) elements for \(values.count) values")
    }
    tensor = nil
    changes = values.indices.map {
      (Int(exactly: copies[$0]) ?? -1, Int(exactly: elements[$0]) ?? -1, values[$0])
    }
  }

  /// All copies along a first axis, of which there must be `count`; nil where a change lies outside of them.
  func copies(_ count: Int) -> Tensor? {
    guard let base else { return tensor }
    guard let shape = try? Shape(validating: [count] + base.shape.extents) else { return nil }
    var all: [Double] = []
    all.reserveCapacity(count * base.shape.count)
    for _ in 0..<count { all += base.elements }
    for change in changes {
      guard (0..<count).contains(change.copy), base.elements.indices.contains(change.element) else {
        return nil
      }
      all[change.copy * base.shape.count + change.element] = change.value
    }
    return Tensor(shape: shape, elements: all)
  }
}

/// An array of a message: `{"shape": …, "data": "base64"}`, or nested lists.
struct WireArray: Codable {
  let tensor: Tensor
  var type = WireType.float

  private enum CodingKeys: CodingKey {
    case shape, data
  }

  init(_ tensor: Tensor, type: WireType = .float) {
    self.tensor = tensor
    // What is no whole number cannot be written as one.
    let isWhole = tensor.elements.allSatisfy { Int32(exactly: $0) != nil }
    self.type = isWhole ? type : .float
  }

  func encode(to encoder: any Encoder) throws {
    guard type == .float else { return try encodeList(to: encoder) }
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(tensor.shape.extents, forKey: .shape)
    try container.encode(Base64Numbers.text(tensor.elements), forKey: .data)
  }

  private func encodeList(to encoder: any Encoder) throws {
    func encode(_ number: Double, _ container: inout some SingleValueEncodingContainer) throws {
      if type == .boolean { try container.encode(number != 0) } else { try container.encode(Int(number)) }
    }
    guard tensor.shape.rank > 0 else {
      var container = encoder.singleValueContainer()
      return try encode(tensor.elements[0], &container)
    }
    var container = encoder.unkeyedContainer()
    let rest = Shape(Array(tensor.shape.extents.dropFirst()))
    for row in 0..<tensor.shape.extents[0] {
      let part = Tensor(
        shape: rest, elements: Array(tensor.elements[(row * rest.count)..<((row + 1) * rest.count)]))
      try container.encode(WireArray(part, type: type))
    }
  }

  init(from decoder: any Decoder) throws {
    guard let container = try? decoder.container(keyedBy: CodingKeys.self) else {
      tensor = try NestedNumbers(from: decoder).tensor
      return
    }
    let shape: Shape
    do {
      shape = try Shape(validating: try container.decode([Int].self, forKey: .shape))
    } catch let error as ShapeError {
      throw WireError(description: error.description)
    }
    let text = try container.decode(String.self, forKey: .data)
    guard let numbers = Base64Numbers.numbers(text) else {
      throw WireError(description: "data that is not the base64 of float64 numbers")
    }
    guard numbers.count == shape.count else {
      throw WireError(description: "\(numbers.count) float64 numbers for an array of shape \(shape)")
    }
    tensor = Tensor(shape: shape, elements: numbers)
  }
}

/// An array that is no array.
struct WireError: Error, CustomStringConvertible {
  let description: String
}

/// Lists of lists of numbers, or a number.
private struct NestedNumbers: Decodable {
  let tensor: Tensor

  private static let deepest = 32

  init(from decoder: any Decoder) throws {
    guard decoder.codingPath.count <= Self.deepest else {
      throw WireError(description: "lists that are nested too deep")
    }
    guard var list = try? decoder.unkeyedContainer() else {
      tensor = Tensor(try Self.number(decoder.singleValueContainer()))
      return
    }
    var rows: [Tensor] = []
    while !list.isAtEnd { rows.append(try list.decode(NestedNumbers.self).tensor) }
    let shape = rows.first?.shape ?? Shape(0)
    guard let first = rows.first else {
      tensor = Tensor(shape: shape, elements: [])
      return
    }
    guard rows.allSatisfy({ $0.shape == first.shape }) else {
      throw WireError(description: "lists of different lengths where an array was expected")
    }
    tensor = Tensor(shape: Shape([rows.count] + first.shape.extents), elements: rows.flatMap(\.elements))
  }

  private static func number(_ container: any SingleValueDecodingContainer) throws -> Double {
    if let number = try? container.decode(Double.self) { return number }
    if let flag = try? container.decode(Bool.self) { return flag ? 1 : 0 }
    switch try? container.decode(String.self) {
    case "NaN": return .nan
    case "Infinity": return .infinity
    case "-Infinity": return -.infinity
    default: throw WireError(description: "something that is not a number where a number was expected")
    }
  }
}

/// An option as JSON.
struct WireOption: Encodable {
  let value: OptionValue

  func encode(to encoder: any Encoder) throws {
    if case .list(let items) = value {
      var container = encoder.unkeyedContainer()
      for item in items { try container.encode(WireOption(value: item)) }
      return
    }
    var container = encoder.singleValueContainer()
    switch value {
    case .none, .list: try container.encodeNil()
    case .flag(let flag): try container.encode(flag)
    case .number(let number):
      if let integer = Int32(exactly: number) {
        try container.encode(integer)
      } else {
        try container.encode(number)
      }
    case .text(let text): try container.encode(text)
    }
  }
}
