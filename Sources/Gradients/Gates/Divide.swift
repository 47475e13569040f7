internal import RealModule

/// The quotient of two numbers.
struct Divide: AnalyticBinaryGate, PlainGate {
  static let card = GateCard(
    name: "divide", operands: ["x", "y"], infix: "/", aliases: ["true_divide"],
    summary: "Divides x by y.",
    rules: [.local("1 / y"), .local("-x / y**2")], domain: 0.5...2)

  func value<Number: AnalyticNumber>(_ x: Number, _ y: Number) -> Number { x / y }
  func slopes(_ x: Double, _ y: Double, _ z: Double) -> (x: Double, y: Double) { (1 / y, -z / y) }
}

extension Variable {
  /// Divides x by y.
  public static func / (x: Variable, y: Variable) -> Variable { .apply(Divide(), to: [x, y]) }
}
