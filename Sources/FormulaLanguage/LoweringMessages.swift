internal import Gradients

extension Diagnostic.Message {
  static let strayReturn = Self("stray-return", "'return' belongs in a function")
  static let returnOfGradients = Self(
    "return-of-gradients",
    "a backward pass gives its gradients by their names, as in dx = ..., and returns nothing")
  static let tooLarge = Self(
    "too-large", "the formula expands to more than \(Lowering.largestExpansion) expressions")
  static let noRoom = Self("no-room", "the formula holds more than \(Shape.largestCount) numbers")
  static let callsTooDeep = Self(
    "calls-too-deep", "functions call one another more than \(Lowering.deepestCalls) deep")
  static let notAnInteger = Self("not-an-integer", "a slice is made of whole numbers that depend on no input")
  static let noLength = Self("no-length", "len takes one value that has an axis")
  static let notAnOperand = Self("not-an-operand", "this is not a number or a tensor")
  static let emptyIndex = Self("empty-index", "an index is missing between the brackets")

  static func definedTwice(_ name: String) -> Self {
    .init("defined-twice", "there already is a function or a gate named '\(name)'")
  }
  static func redefined(_ name: String, _ line: Int) -> Self {
    .init("redefined", "'\(name)' already has a value, given on line \(line); choose another name")
  }
  static func givenComputed(_ name: String) -> Self {
    .init("given-computed", "'\(name)' is computed, so no value can be given for it")
  }
  static func givenNotData(_ name: String) -> Self {
    .init("given-not-data", "the value for '\(name)' must be a number, a list or a data source")
  }
  static func notAValue(_ name: String) -> Self {
    .init("not-a-value", "'\(name)' must be a number or a tensor")
  }
  static func gateWithoutOperands(_ name: String) -> Self {
    .init("gate-without-operands", "'\(name)' is a gate; it needs operands in parentheses")
  }
  static func usedBefore(_ name: String, _ line: Int) -> Self {
    .init("used-before", "'\(name)' is used before it has a value, on line \(line)")
  }
  static func unknownName(_ name: String) -> Self {
    .init("unknown-name", "'\(shortened(name))' has no value")
  }
  static func unknownGate(_ name: String) -> Self {
    .init("unknown-gate", "unknown gate '\(shortened(name))'")
  }
  static func badData(_ text: String) -> Self { .init("bad-data", text) }
  static func badOption(_ text: String) -> Self { .init("bad-option", text) }
  static func shapes(_ text: String) -> Self { .init("shapes", text) }
  static func cycle(_ names: [String]) -> Self {
    .init("cycle", "a function cannot call itself: \(names.joined(separator: " -> "))")
  }
  static func wrongArguments(_ name: String, _ parameters: [String], _ count: Int) -> Self {
    .init(
      "wrong-arguments",
      "\(name)(\(parameters.joined(separator: ", "))) takes \(parameters.count), not \(count)")
  }
  static func noReturn(_ name: String) -> Self {
    .init("no-return", "'\(name)' gives nothing back")
  }
  static func missingGradient(_ gate: String, _ operand: String) -> Self {
    .init(
      "missing-gradient", "the backward pass of '\(gate)' gives no 'd\(operand)' for its operand '\(operand)'"
    )
  }
  static func wrongOperands(_ gate: String, _ takes: String, _ signature: [String], _ count: Int) -> Self {
    .init("wrong-operands", "\(gate)(\(signature.joined(separator: ", "))) takes \(takes), not \(count)")
  }
  static func unknownOption(_ gate: String, _ name: String, _ known: [String]) -> Self {
    .init(
      "unknown-option",
      known.isEmpty
        ? "\(gate) has no options"
        : "\(gate) has no option '\(name)'; it has \(known.joined(separator: ", "))")
  }
  static func notAnOption(_ gate: String) -> Self {
    .init("not-an-option", "an option of \(gate) cannot depend on an input")
  }
  static func unknownMember(_ name: String) -> Self {
    .init("unknown-member", "values have no '.\(name)'")
  }
  static func indexOutOfRange(_ index: Int, _ count: Int) -> Self {
    .init("index-out-of-range", "index \(index) is out of bounds: there are \(count)")
  }
}
