internal import RealModule

/// The sine.
struct Sin: AnalyticUnaryGate, PlainGate {
  static let card = GateCard(
    name: "sin",
    summary: "Takes the sine.",
    rules: [.local("cos(x)")])

  func value<Number: AnalyticNumber>(_ x: Number) -> Number { .sin(x) }
  func slope(_ x: Double, _ y: Double) -> Double { .cos(x) }
}

extension Variable {
  /// Takes the sine.
  public static func sin(_ x: Variable) -> Variable {
    .apply(Sin(), to: [x])
  }
}
