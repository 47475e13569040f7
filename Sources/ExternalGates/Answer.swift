internal import Gradients

/// A program's answer: what was asked for, or an error.
struct Answer {
  /// The line of JSON; `docs/external-gates.md` says what each key means.
  struct Line: Decodable {
    struct Gate: Decodable {
      let name: String
      let operands: [String]
      let options: [String]?
      let summary: String?
    }

    let id: Int?
    let error: String?
    let step: Int?
    let version: Int?
    let takes: [String]?
    let gates: [Gate]?
    let shape: [Int]?
    let differentiable: [Bool]?
    let types: [WireType]?
    let output: WireOutput?
    let outputs: [WireOutput]?
    let gradients: [WireArray?]?
    let changed: [Int]?
    /// How many numbers follow the line.
    let numbers: Int?
  }

  /// The output of a forward pass: an array, or copies that differ from one in a few elements.
  enum Output {
    case array(Tensor)
    case changes(of: Tensor, _ copies: [Double], _ elements: [Double], _ values: [Double])
  }

  let line: Line
  let output: Output?
  let outputs: [Output]?
  let gradients: [Tensor?]?

  /// Puts a line and the numbers that follow it together.
  ///
  /// - Throws: `WireError` when they do not fit.
  init(_ line: Line, _ block: [Double]) throws(WireError) {
    self.line = line
    output = try line.output.map { output throws(WireError) in try output.output(block) }
    outputs = try line.outputs?.map { output throws(WireError) in try output.output(block) }
    gradients = try line.gradients?.map { array throws(WireError) in try array?.tensor(block) }
  }
}

extension Answer.Output {
  /// All of it, unless it is in copies.
  var tensor: Tensor? {
    if case .array(let tensor) = self { tensor } else { nil }
  }

  /// All copies along a first axis, of which there must be `count`; nil where a change lies outside of them.
  func copies(_ count: Int) -> Tensor? {
    guard case .changes(of: let base, let copies, let elements, let values) = self else { return tensor }
    guard let shape = try? Shape(validating: [count] + base.shape.extents) else { return nil }
    var all: [Double] = []
    all.reserveCapacity(shape.count)
    for _ in 0..<count { all += base.elements }
    for position in values.indices {
      guard let copy = Int(exactly: copies[position]), (0..<count).contains(copy),
        let element = Int(exactly: elements[position]), base.elements.indices.contains(element)
      else { return nil }
      all[copy * base.shape.count + element] = values[position]
    }
    return Tensor(shape: shape, elements: all)
  }
}
