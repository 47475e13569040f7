internal import RealModule

/// The logistic function, which squashes numbers into (0, 1).
struct Sigmoid: AnalyticUnaryGate, PlainGate {
  static let card = GateCard(
    name: "sigmoid", symbol: "σ", summary: "Computes 1 / (1 + exp(-x)).", rules: [.local("z * (1 - z)")],
    domain: -4...4)

  /// The exponential is taken of a negative number on either side, so it never overflows.
  func value<Number: AnalyticNumber>(_ x: Number) -> Number {
    let e = Number.exp(x.realPart < 0 ? x : -x)
    return x.realPart < 0 ? e / (1 + e) : 1 / (1 + e)
  }

  /// Written with the exponential, since 1 - z cancels where z is near 1.
  func slope(_ x: Double, _ y: Double) -> Double {
    let e = Double.exp(-x.magnitude)
    return e / ((1 + e) * (1 + e))
  }
}

extension Variable {
  /// Computes 1 / (1 + exp(-x)).
  public static func sigmoid(_ x: Variable) -> Variable {
    .apply(Sigmoid(), to: [x])
  }
}
