internal import Gradients

/// The functions that give data: random numbers, ranges, files.
struct DataSource {
  static let names = [
    "randn", "rand", "uniform", "zeros", "ones", "full", "arange", "linspace", "zeros_like", "ones_like",
    "array",
    "load",
  ]

  /// Those that give data with a shape of its own; the others are given a shape, which another one could replace.
  static let namesOfFixedShape: Set = ["arange", "linspace", "load", "array"]

  /// A tensor of data has at most this many elements (1 GiB).
  static let largestCount = 1 << 27

  private let directory: String?
  private let seed: UInt64
  private var streams: UInt64 = 0

  init(directory: String?, seed: UInt64) {
    self.directory = directory
    self.seed = seed
  }

  /// A call of one of ``names``.
  ///
  /// - Throws: `DataError` for arguments that do not fit and files that cannot be read.
  mutating func tensor(
    _ name: String, _ arguments: [Value], named: [(name: String, value: Value)], shapeOf: (Value) -> Shape?
  ) throws(DataError) -> Tensor {
    var arguments = Arguments(function: name, positional: arguments, named: named)
    switch name {
    case "randn":
      let shape = try arguments.shape()
      var random = nextStream()
      return Tensor(shape: shape, elements: (0..<shape.count).map { _ in random.normal() })
    case "rand":
      let shape = try arguments.shape()
      var random = nextStream()
      return Tensor(shape: shape, elements: (0..<shape.count).map { _ in random.uniform() })
    case "uniform":
      let low = try arguments.number("low", default: 0)
      let high = try arguments.number("high", default: 1)
      let shape = try arguments.shape("size")
      var random = nextStream()
      return Tensor(
        shape: shape, elements: (0..<shape.count).map { _ in low + (high - low) * random.uniform() })
    case "zeros", "ones":
      return Tensor(repeating: name == "ones" ? 1 : 0, shape: try arguments.shape("shape"))
    case "full":
      let shape = try arguments.takeShape()
      let value = try arguments.number("fill_value")
      try arguments.end()
      return Tensor(repeating: value, shape: shape)
    case "arange": return try arange(&arguments)
    case "linspace":
      let (start, stop) = (try arguments.number("start"), try arguments.number("stop"))
      let count = try Arguments.count(try arguments.number("num", default: 50), of: name)
      try arguments.end()
      return Tensor(
        (0..<count).map { i in
          i == count - 1 && count > 1 ? stop : start + (stop - start) * Double(i) / Double(max(1, count - 1))
        })
    case "zeros_like", "ones_like":
      let value = try arguments.next("x")
      try arguments.end()
      guard let shape = shapeOf(value) else { throw DataError("\(name) takes a tensor") }
      return Tensor(repeating: name == "ones_like" ? 1 : 0, shape: shape)
    case "array":
      let value = try arguments.next("object")
      guard let tensor = try arguments.tensor(value) else { throw DataError("array takes a list of numbers") }
      return tensor
    default:
      guard case .text(let path) = try arguments.next("file") else {
        throw DataError("load takes the name of a file in quotes")
      }
      try arguments.end()
      return try DataFile.load(path, in: directory)
    }
  }

  private func arange(_ arguments: inout Arguments) throws(DataError) -> Tensor {
    let first = try arguments.number("start")
    let second = try arguments.optionalNumber("stop")
    let step = try arguments.number("step", default: 1)
    try arguments.end()
    let (start, stop) = second.map { (first, $0) } ?? (0, first)
    guard step != 0 else { throw DataError("arange needs a step other than 0") }
    let count = try Arguments.count(max(0, ((stop - start) / step).rounded(.up)), of: "arange")
    return Tensor((0..<count).map { start + Double($0) * step })
  }

  /// Each use has a stream of its own, so that a line added at the end changes no number before it.
  private mutating func nextStream() -> SplitMix64 {
    streams += 1
    var mixed = SplitMix64(seed: seed &+ streams &* 0x9E6C_63D0_876A_9A35)
    return SplitMix64(seed: mixed.next())
  }
}

/// Data that cannot be made.
struct DataError: Error {
  let text: String

  init(_ text: String) {
    self.text = text
  }
}

/// The arguments of a data source, taken one after the other.
private struct Arguments {
  let function: String
  var positional: [Value]
  var named: [(name: String, value: Value)]

  mutating func next(_ name: String) throws(DataError) -> Value {
    guard let value = optional(name) else { throw DataError("\(function) needs '\(name)'") }
    return value
  }

  mutating func optional(_ name: String) -> Value? {
    if !positional.isEmpty { return positional.removeFirst() }
    guard let index = named.firstIndex(where: { $0.name == name }) else { return nil }
    return named.remove(at: index).value
  }

  mutating func number(_ name: String, default fallback: Double? = nil) throws(DataError) -> Double {
    guard let number = try optionalNumber(name) ?? fallback else {
      throw DataError("\(function) needs '\(name)'")
    }
    return number
  }

  mutating func optionalNumber(_ name: String) throws(DataError) -> Double? {
    guard let value = optional(name) else { return nil }
    guard let tensor = try tensor(value), tensor.shape == .scalar else {
      throw DataError("'\(name)' of \(function) must be a number")
    }
    return tensor.elements[0]
  }

  func tensor(_ value: Value) throws(DataError) -> Tensor? {
    do {
      return try value.tensor()
    } catch {
      throw DataError(error.description)
    }
  }

  /// The rest of the arguments as a shape: `(2, 3)` in brackets or not; a scalar's when there is none.
  mutating func shape(_ name: String = "shape") throws(DataError) -> Shape {
    let rest = positional
    positional = []
    let value = rest.count == 1 ? rest[0] : rest.isEmpty ? optional(name) ?? .list([]) : .list(rest)
    try end()
    return try Self.shape(value, of: function)
  }

  mutating func takeShape() throws(DataError) -> Shape {
    try Self.shape(try next("shape"), of: function)
  }

  func end() throws(DataError) {
    if let extra = named.first { throw DataError("\(function) has no option '\(extra.name)'") }
    if !positional.isEmpty { throw DataError("\(function) was given too many arguments") }
  }

  static func count(_ number: Double, of function: String) throws(DataError) -> Int {
    guard number >= 0, number <= Double(DataSource.largestCount), let count = Int(exactly: number) else {
      throw DataError(
        "\(function) of \(NumberText.short(number)) elements: at most \(DataSource.largestCount) can be made")
    }
    return count
  }

  private static func shape(_ value: Value, of function: String) throws(DataError) -> Shape {
    var extents: [Int] = []
    let items: [Value]
    if case .list(let list) = value { items = list } else { items = [value] }
    for item in items {
      guard let extent = item.integer else {
        throw DataError("a shape is made of whole numbers, as in \(function)(2, 3)")
      }
      extents.append(extent)
    }
    let shape: Shape
    do {
      shape = try Shape(validating: extents)
    } catch {
      throw DataError(error.description)
    }
    guard shape.count <= DataSource.largestCount else {
      throw DataError(
        "shape \(shape) has \(shape.count) elements; at most \(DataSource.largestCount) can be made")
    }
    return shape
  }
}
