internal import RealModule

/// A number with the opposite sign.
struct Negate: AnalyticUnaryGate, PlainGate {
  static let card = GateCard(
    name: "negative", symbol: "*-1", prefix: "-", aliases: ["negate"],
    summary: "Changes the sign of x.", rules: [.local("-1")])

  func value<Number: AnalyticNumber>(_ x: Number) -> Number { -x }
  func slope(_ x: Double, _ y: Double) -> Double { -1 }
}

extension Variable {
  /// Changes the sign of x.
  public static prefix func - (x: Variable) -> Variable { .apply(Negate(), to: [x]) }
}
