internal import Gradients

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What the script of a page knows of a run: the nodes in order, each after its operands, the parts of the drawing that
/// show them, and the steps of the two passes.
struct Tape: Encodable, Sendable {
  let title: String
  /// What the output is computed by, in the words of the formula; nil when that stands inside a function.
  let formula: String?
  let source: String
  /// How many decimals the numbers have at first.
  let decimals: Int
  /// The position of the output among the nodes, as everywhere below.
  let output: Int
  let nodes: [Node]
  let wires: [Wire]
  let steps: [Step]

  struct Node: Encodable {
    enum Kind: String, Encodable {
      case input, constant, gate
    }

    /// The name in the drawing.
    let id: String
    var kind: Kind
    /// What the formula calls it; empty when it has no name there.
    let name: String
    /// Its text in the formula.
    let label: String
    /// What it is called in equations.
    let symbol: String
    let shape: [Int]
    let value: [Double]
    let isDifferentiated: Bool
    /// Empty for what is not differentiated.
    let gradient: [Double]
    var gate: Gate?

    private enum Keys: CodingKey {
      case id, kind, name, label, symbol, shape, value, isDifferentiated, gradient
    }

    /// What a gate has beside what every node has stands in the same object.
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Keys.self)
      try container.encode(id, forKey: .id)
      try container.encode(kind, forKey: .kind)
      try container.encode(name, forKey: .name)
      try container.encode(label, forKey: .label)
      try container.encode(symbol, forKey: .symbol)
      try container.encode(shape, forKey: .shape)
      try container.encode(value, forKey: .value)
      try container.encode(isDifferentiated, forKey: .isDifferentiated)
      try container.encode(gradient, forKey: .gradient)
      try gate?.encode(to: encoder)
    }
  }

  struct Gate: Encodable {
    let gate: String
    /// The box that is drawn in place of this gate and those before it, if there is one.
    let box: Box?
    /// The text in its circle.
    let sign: String
    let pattern: String?
    /// The line of the formula it stems from.
    let line: Int?
    let operands: [Int]
    let options: [String: Double]
    /// The axes it works along; all of them when nil.
    let axes: [Int]?
    /// The operands that have a gradient.
    let rules: [Rule]
    /// What the gate hands down to each operand.
    let downstream: [[Double]]
    /// The names of the lines and wires that lead to it and from it.
    let surroundings: [String]
  }

  /// Several gates that are drawn as one.
  struct Box: Encodable {
    let name: String
    let gateCount: Int
  }

  /// The chain rule for one operand.
  struct Rule: Encodable {
    let operand: Int
    /// The three gradients, such as `df/dx`, `df/dq` and `dq/dx`.
    let downstream, upstream, local: String
    /// The local gradient, or the downstream gradient as a whole, in names; nil where only words can say it.
    let text: String?
    /// Whether `text` says the downstream gradient as a whole.
    let isWhole: Bool
    /// The same in words or symbols, whichever there are.
    let words: String
    /// Whether all that it speaks of are single numbers.
    let isScalar: Bool
    /// `text` with `{0}`, `{1}` …, `{z}` where the numbers go; nil for tensors.
    let template: String?
    /// The rule in shapes, for tensors.
    let shapes: String?
  }

  /// A part of the drawing that shows a value above and a gradient below.
  struct Wire: Encodable {
    /// The name in the drawing.
    let id: String
    let node: Int
    /// The gates that hand its gradient down, and to which of their operands; nil for the wire of the node as a whole.
    let uses: [Use]?
  }

  struct Use: Encodable {
    let gate: Int
    let operand: Int
  }

  struct Step: Encodable {
    enum Pass: String, Encodable {
      /// There are the inputs alone.
      case inputs
      /// A gate computes its output.
      case forward
      /// The output has the gradient 1.
      case seed
      /// A gate hands down its gradients.
      case backward
    }

    let pass: Pass
    /// What stands for the step in the drawing; nil where no gate has its turn.
    let node: Int?
    /// The gates that have their turn: more than one where they are drawn as one.
    let gates: [Int]
  }

  /// The text in the page: no character in it can end the element it stands in.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    let text = String(decoding: try encoder.encode(self), as: UTF8.self)
    // Outside of strings JSON has none of these.
    let escapes = [("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")]
    return escapes.reduce(text) { $0.replacing($1.0, with: $1.1) }
  }
}
