internal import RealModule

/// The logarithm of one plus the exponential: a smooth form of relu.
struct Softplus: AnalyticUnaryGate, PlainGate {
  static let card = GateCard(
    name: "softplus",
    summary: "Computes log(1 + exp(x)).",
    rules: [.local("sigmoid(x)")])

  func value<Number: AnalyticNumber>(_ x: Number) -> Number {
    (x.realPart > 0 ? x : 0) + .log(onePlus: .exp(x.realPart < 0 ? x : -x))
  }
  func slope(_ x: Double, _ y: Double) -> Double { Sigmoid().value(x) }
}

extension Variable {
  /// Computes log(1 + exp(x)).
  public static func softplus(_ x: Variable) -> Variable {
    .apply(Softplus(), to: [x])
  }
}
