internal import RealModule

/// The natural logarithm.
struct Log: AnalyticUnaryGate, PlainGate {
  static let card = GateCard(
    name: "log", summary: "Takes the natural logarithm of x.", rules: [.local("1 / x")], domain: 0.25...4)

  func value<Number: AnalyticNumber>(_ x: Number) -> Number { .log(x) }
  func slope(_ x: Double, _ y: Double) -> Double { 1 / x }
}

extension Variable {
  /// Takes the natural logarithm of x.
  public static func log(_ x: Variable) -> Variable {
    .apply(Log(), to: [x])
  }
}
