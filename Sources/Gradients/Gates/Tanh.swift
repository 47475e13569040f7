internal import RealModule

/// The hyperbolic tangent, which squashes numbers into (-1, 1).
struct Tanh: AnalyticUnaryGate, PlainGate {
  static let card = GateCard(
    name: "tanh", summary: "Takes the hyperbolic tangent of x.", rules: [.local("1 - z**2")])

  func value<Number: AnalyticNumber>(_ x: Number) -> Number { .squashed(x) }
  func slope(_ x: Double, _ y: Double) -> Double { (1 - y) * (1 + y) }
}

extension Variable {
  /// Takes the hyperbolic tangent of x.
  public static func tanh(_ x: Variable) -> Variable {
    .apply(Tanh(), to: [x])
  }
}
