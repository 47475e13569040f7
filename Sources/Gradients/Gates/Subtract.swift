/// The difference of two numbers.
struct Subtract: AnalyticBinaryGate, PlainGate {
  static let card = GateCard(
    name: "subtract", operands: ["x", "y"], infix: "-",
    summary: "Subtracts y from x.",
    rules: [.local("1"), .local("-1")], pattern: .distributor)

  func value<Number: AnalyticNumber>(_ x: Number, _ y: Number) -> Number { x - y }
  func slopes(_ x: Double, _ y: Double, _ z: Double) -> (x: Double, y: Double) { (1, -1) }
}

extension Variable {
  /// Subtracts y from x.
  public static func - (x: Variable, y: Variable) -> Variable { .apply(Subtract(), to: [x, y]) }
}
