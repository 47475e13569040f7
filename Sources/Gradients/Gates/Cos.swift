internal import RealModule

/// The cosine.
struct Cos: AnalyticUnaryGate, PlainGate {
  static let card = GateCard(
    name: "cos",
    summary: "Takes the cosine.",
    rules: [.local("-sin(x)")])

  func value<Number: AnalyticNumber>(_ x: Number) -> Number { .cos(x) }
  func slope(_ x: Double, _ y: Double) -> Double { -.sin(x) }
}

extension Variable {
  /// Takes the cosine.
  public static func cos(_ x: Variable) -> Variable {
    .apply(Cos(), to: [x])
  }
}
