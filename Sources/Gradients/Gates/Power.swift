internal import RealModule

/// One number raised to the power of another.
struct Power: AnalyticBinaryGate, PlainGate {
  static let card = GateCard(
    name: "power", operands: ["x", "y"], infix: "**", aliases: ["pow"],
    summary: "Raises x to the power y.",
    rules: [.local("y * x**(y - 1)"), .local("z * log(x)")], domain: 0.5...2,
    convention: "dz/dx is 0 where y is 0; dz/dy is 0 at x = 0 when y >= 0, and NaN where x is negative")

  func value<Number: AnalyticNumber>(_ x: Number, _ y: Number) -> Number {
    .power(x, y)
  }

  func slopes(_ x: Double, _ y: Double, _ z: Double) -> (x: Double, y: Double) {
    (y == 0 ? 0 : y * value(x, y - 1), x == 0 && y >= 0 ? 0 : z * .log(x))
  }
}

extension Variable {
  /// Raises x to the power y.
  public static func power(
    _ x: Variable, _ y: Variable, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(Power(), to: [x, y], file: file, line: line)
  }
}
