internal import RealModule

/// The logarithm of one plus the exponential: a smooth form of relu.
struct Softplus: UnaryGate, PlainGate {
  static let card = GateCard(
    name: "softplus",
    summary: "Computes log(1 + exp(x)).",
    rules: [.local("sigmoid(x)")])

  func value(_ x: Double) -> Double { max(x, 0) + .log(onePlus: .exp(-x.magnitude)) }
  func slope(_ x: Double, _ y: Double) -> Double { Sigmoid().value(x) }
}

extension Variable {
  /// Computes log(1 + exp(x)).
  public static func softplus(_ x: Variable) -> Variable {
    .apply(Softplus(), to: [x])
  }
}
