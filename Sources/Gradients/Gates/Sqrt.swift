internal import RealModule

/// The square root.
struct Sqrt: AnalyticUnaryGate, PlainGate {
  static let card = GateCard(
    name: "sqrt",
    summary: "Takes the square root.",
    rules: [.local("1 / (2 * z)")], domain: 0.25...4,
    convention: "infinite at 0")

  func value<Number: AnalyticNumber>(_ x: Number) -> Number { .sqrt(x) }
  func slope(_ x: Double, _ y: Double) -> Double { 0.5 / y }
}

extension Variable {
  /// Takes the square root.
  public static func sqrt(_ x: Variable) -> Variable {
    .apply(Sqrt(), to: [x])
  }
}
