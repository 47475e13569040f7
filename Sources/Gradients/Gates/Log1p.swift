internal import RealModule

/// The logarithm of one more than a number, exact near zero.
struct Log1p: AnalyticUnaryGate, PlainGate {
  static let card = GateCard(
    name: "log1p",
    summary: "Computes log(1 + x) without cancellation.",
    rules: [.local("1 / (1 + x)")], domain: -0.5...3)

  func value<Number: AnalyticNumber>(_ x: Number) -> Number { .log(onePlus: x) }
  func slope(_ x: Double, _ y: Double) -> Double { 1 / (1 + x) }
}

extension Variable {
  /// Computes log(1 + x) without cancellation.
  public static func log1p(_ x: Variable) -> Variable {
    .apply(Log1p(), to: [x])
  }
}
