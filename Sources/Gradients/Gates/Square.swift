/// The square.
struct Square: AnalyticUnaryGate, PlainGate {
  static let card = GateCard(
    name: "square",
    summary: "Squares x.",
    rules: [.local("2 * x")])

  func value<Number: AnalyticNumber>(_ x: Number) -> Number { x * x }
  func slope(_ x: Double, _ y: Double) -> Double { 2 * x }
}

extension Variable {
  /// Squares x.
  public static func square(_ x: Variable) -> Variable {
    .apply(Square(), to: [x])
  }
}
