internal import RealModule

/// The exponential function.
struct Exp: AnalyticUnaryGate, PlainGate {
  static let card = GateCard(
    name: "exp", summary: "Raises e to the power x.", rules: [.local("exp(x)")])

  func value<Number: AnalyticNumber>(_ x: Number) -> Number { .exp(x) }
  func slope(_ x: Double, _ y: Double) -> Double { y }
}

extension Variable {
  /// Raises e to the power x.
  public static func exp(_ x: Variable) -> Variable {
    .apply(Exp(), to: [x])
  }
}
