internal import RealModule

/// One over a number.
struct Reciprocal: AnalyticUnaryGate, PlainGate {
  static let card = GateCard(
    name: "reciprocal", symbol: "1/x", summary: "Divides 1 by x.", rules: [.local("-1 / x**2")],
    domain: 0.5...2)

  func value<Number: AnalyticNumber>(_ x: Number) -> Number { 1 / x }
  func slope(_ x: Double, _ y: Double) -> Double { -y * y }
}

extension Variable {
  /// Divides 1 by x.
  public static func reciprocal(_ x: Variable) -> Variable {
    .apply(Reciprocal(), to: [x])
  }
}
