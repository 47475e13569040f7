/// The sum of two numbers.
struct Add: AnalyticBinaryGate, PlainGate {
  static let card = GateCard(
    name: "add", operands: ["x", "y"], infix: "+",
    summary: "Adds x and y.",
    rules: [.local("1"), .local("1")], pattern: .distributor)

  func value<Number: AnalyticNumber>(_ x: Number, _ y: Number) -> Number { x + y }
  func slopes(_ x: Double, _ y: Double, _ z: Double) -> (x: Double, y: Double) { (1, 1) }
}

extension Variable {
  /// Adds x and y.
  public static func + (x: Variable, y: Variable) -> Variable { .apply(Add(), to: [x, y]) }
}
