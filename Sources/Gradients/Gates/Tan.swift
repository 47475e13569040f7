internal import RealModule

/// The tangent.
struct Tan: AnalyticUnaryGate, PlainGate {
  static let card = GateCard(
    name: "tan",
    summary: "Takes the tangent.",
    rules: [.local("1 + z**2")], domain: -1...1)

  func value<Number: AnalyticNumber>(_ x: Number) -> Number { .tangent(x) }
  func slope(_ x: Double, _ y: Double) -> Double { 1 + y * y }
}

extension Variable {
  /// Takes the tangent.
  public static func tan(_ x: Variable) -> Variable {
    .apply(Tan(), to: [x])
  }
}
