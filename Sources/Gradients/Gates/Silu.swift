internal import RealModule

/// The sigmoid linear unit, also called swish (Elfwing and others 2017).
struct Silu: AnalyticUnaryGate, PlainGate {
  static let card = GateCard(
    name: "silu",
    summary: "Computes x * sigmoid(x).",
    rules: [.local("sigmoid(x) + z * (1 - sigmoid(x))")])

  func value<Number: AnalyticNumber>(_ x: Number) -> Number { x * Sigmoid().value(x) }
  func slope(_ x: Double, _ y: Double) -> Double { Sigmoid().value(x) + x * Sigmoid().slope(x, 0) }
}

extension Variable {
  /// Computes x * sigmoid(x).
  public static func silu(_ x: Variable) -> Variable {
    .apply(Silu(), to: [x])
  }
}
