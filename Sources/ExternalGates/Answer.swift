internal import Gradients

/// A program's answer: what was asked for, or an error.
struct Answer {
  struct Gate {
    let name: String
    let operands: [String]
    let options: [String]?
    let summary: String?
  }

  let id: Int?
  let error: String?
  /// The step that gave the error.
  let step: Int?
  let version: Int?
  let takes: [String]?
  let gates: [Gate]?
  let shape: [Int]?
  let gradientsOf: [Bool]?
  let types: [WireType]?
  let output: WireOutput?
  let outputs: [WireOutput]?
  let gradients: [Tensor?]?
  let changed: [Int]?

  /// Reads a line.
  ///
  /// - Throws: `WireError` when it is no answer.
  init(_ line: [UInt8]) throws(WireError) {
    guard let json = JSON(line), case .object = json else { throw WireError() }
    id = try json["id"].map { json throws(WireError) in try json.wholeNumber }
    error = try json["error"].map { json throws(WireError) in try json.string }
    step = try json["step"].map { json throws(WireError) in try json.wholeNumber }
    version = try json["version"].map { json throws(WireError) in try json.wholeNumber }
    takes = try json["takes"]?.items { json throws(WireError) in try json.string }
    gates = try json["gates"]?.items { json throws(WireError) in try Gate(json) }
    shape = try json["shape"]?.items { json throws(WireError) in try json.wholeNumber }
    gradientsOf = try json["differentiable"]?.items { json throws(WireError) in try json.truth }
    types = try json["types"]?.items { json throws(WireError) in
      guard let type = WireType(rawValue: try json.string) else { throw WireError() }
      return type
    }
    output = try json["output"].map { json throws(WireError) in try WireOutput(json) }
    outputs = try json["outputs"]?.items { json throws(WireError) in try WireOutput(json) }
    gradients = try json["gradients"]?.items { json throws(WireError) in
      if case .null = json { return nil }
      return try json.array
    }
    changed = try json["changed"]?.items { json throws(WireError) in try json.wholeNumber }
  }
}

extension Answer.Gate {
  fileprivate init(_ json: JSON) throws(WireError) {
    guard let name = json["name"], let operands = json["operands"] else { throw WireError() }
    self.name = try name.string
    self.operands = try operands.items { json throws(WireError) in try json.string }
    options = try json["options"]?.items { json throws(WireError) in try json.string }
    summary = try json["summary"].map { json throws(WireError) in try json.string }
  }
}

/// The output of a forward pass: an array, or copies that differ from `base` in a few elements.
struct WireOutput {
  /// One output, or all copies along a first axis.
  let tensor: Tensor?
  private let base: Tensor?
  private var changes: (copies: [Double], elements: [Double], values: [Double]) = ([], [], [])

  fileprivate init(_ json: JSON) throws(WireError) {
    guard json["base"] != nil else {
      (tensor, base) = (try json.array, nil)
      return
    }
    func array(_ key: String) throws(WireError) -> Tensor {
      guard let json = json[key] else { throw WireError() }
      return try json.array
    }
    tensor = nil
    base = try array("base")
    let element = try array("element")
    // Without it, there is a row for each copy.
    let copy = json["copy"] == nil ? element.rowNumbers : try array("copy").elements
    changes = (copy, element.elements, try array("value").elements)
    let (copies, elements, values) = changes
    guard copies.count == values.count, elements.count == values.count else {
      throw WireError("\(copies.count) copies and \(elements.count) elements for \(values.count) values")
    }
  }

  /// All copies along a first axis, of which there must be `count`; nil where a change lies outside of them.
  func copies(_ count: Int) -> Tensor? {
    guard let base else { return tensor }
    guard let shape = try? Shape(validating: [count] + base.shape.extents) else { return nil }
    var all: [Double] = []
    all.reserveCapacity(shape.count)
    for _ in 0..<count { all += base.elements }
    for position in changes.values.indices {
      guard let copy = Int(exactly: changes.copies[position]), (0..<count).contains(copy),
        let element = Int(exactly: changes.elements[position]), base.elements.indices.contains(element)
      else { return nil }
      all[copy * base.shape.count + element] = changes.values[position]
    }
    return Tensor(shape: shape, elements: all)
  }
}

extension Tensor {
  /// For each element the index along the first axis.
  fileprivate var rowNumbers: [Double] {
    let rowCount = shape.extents.first ?? 0
    let size = rowCount > 0 ? shape.count / rowCount : 0
    return (0..<rowCount).flatMap { Array(repeating: Double($0), count: size) }
  }
}

/// A line that is no answer, and what is wrong with it if there is more to say.
struct WireError: Error {
  let description: String?

  init(_ description: String? = nil) {
    self.description = description
  }
}

extension JSON {
  /// Lists of lists may go so deep.
  private static let deepest = 32

  fileprivate func items<Item>(_ read: (JSON) throws(WireError) -> Item) throws(WireError) -> [Item] {
    guard case .list(let items) = self else { throw WireError() }
    return try items.map(read)
  }

  fileprivate var wholeNumber: Int {
    get throws(WireError) {
      guard case .number(let number) = self, let integer = Int(exactly: number) else { throw WireError() }
      return integer
    }
  }

  fileprivate var truth: Bool {
    get throws(WireError) {
      guard case .flag(let flag) = self else { throw WireError() }
      return flag
    }
  }

  fileprivate var string: String {
    get throws(WireError) {
      guard case .text(let text) = self else { throw WireError() }
      return String(decoding: text, as: UTF8.self)
    }
  }

  /// An array: `{"shape": …, "data": "base64"}`, or nested lists.
  fileprivate var array: Tensor {
    get throws(WireError) {
      guard case .object = self else { return try nestedNumbers(depth: 0) }
      guard let shapeOfData = self["shape"], let data = self["data"], case .text(let text) = data else {
        throw WireError()
      }
      let extents = try shapeOfData.items { json throws(WireError) in try json.wholeNumber }
      let shape: Shape
      do throws(ShapeError) {
        shape = try Shape(validating: extents)
      } catch {
        throw WireError(error.description)
      }
      guard let numbers = Base64Numbers.numbers(text) else {
        throw WireError("data that is not the base64 of float64 numbers")
      }
      guard numbers.count == shape.count else {
        throw WireError("\(numbers.count) float64 numbers for an array of shape \(shape)")
      }
      return Tensor(shape: shape, elements: numbers)
    }
  }

  /// Lists of lists of numbers, or a number.
  private func nestedNumbers(depth: Int) throws(WireError) -> Tensor {
    guard depth <= Self.deepest else { throw WireError("lists that are nested too deep") }
    guard case .list(let items) = self else { return Tensor(try double) }
    var rows: [Tensor] = []
    for item in items { rows.append(try item.nestedNumbers(depth: depth + 1)) }
    guard let first = rows.first else { return Tensor(shape: Shape(0), elements: []) }
    guard rows.allSatisfy({ $0.shape == first.shape }) else {
      throw WireError("lists of different lengths where an array was expected")
    }
    return Tensor(shape: Shape([rows.count] + first.shape.extents), elements: rows.flatMap(\.elements))
  }

  private var double: Double {
    get throws(WireError) {
      switch self {
      case .number(let number): return number
      case .flag(let flag): return flag ? 1 : 0
      case .text(let text):
        switch String(decoding: text, as: UTF8.self) {
        case "NaN": return .nan
        case "Infinity": return .infinity
        case "-Infinity": return -.infinity
        default: break
        }
      default: break
      }
      throw WireError("something that is not a number where a number was expected")
    }
  }
}
