/// The product of two numbers.
///
/// Each operand's gradient is scaled by the other operand.
struct Multiply: AnalyticBinaryGate, PlainGate {
  static let card = GateCard(
    name: "multiply", operands: ["x", "y"], infix: "*",
    summary: "Multiplies x by y, element by element.",
    rules: [.local("y"), .local("x")], pattern: .switcher)

  func value<Number: AnalyticNumber>(_ x: Number, _ y: Number) -> Number { x * y }
  func slopes(_ x: Double, _ y: Double, _ z: Double) -> (x: Double, y: Double) { (y, x) }
}

extension Variable {
  /// Multiplies x by y, element by element.
  public static func * (x: Variable, y: Variable) -> Variable { .apply(Multiply(), to: [x, y]) }
}
