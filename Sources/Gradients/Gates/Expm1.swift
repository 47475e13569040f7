internal import RealModule

/// The exponential function less one, exact near zero.
struct Expm1: AnalyticUnaryGate, PlainGate {
  static let card = GateCard(
    name: "expm1",
    summary: "Computes exp(x) - 1 without cancellation.",
    rules: [.local("exp(x)")])

  func value<Number: AnalyticNumber>(_ x: Number) -> Number { .expMinusOne(x) }
  func slope(_ x: Double, _ y: Double) -> Double { y + 1 }
}

extension Variable {
  /// Computes exp(x) - 1 without cancellation.
  public static func expm1(_ x: Variable) -> Variable {
    .apply(Expm1(), to: [x])
  }
}
