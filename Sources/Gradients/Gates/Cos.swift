internal import RealModule

/// The cosine.
struct Cos: UnaryGate, PlainGate {
  static let card = GateCard(
    name: "cos",
    summary: "Takes the cosine.",
    rules: [.local("-sin(x)")])

  func value(_ x: Double) -> Double { .cos(x) }
  func slope(_ x: Double, _ y: Double) -> Double { -.sin(x) }
}

extension Variable {
  /// Takes the cosine.
  public static func cos(_ x: Variable) -> Variable {
    .apply(Cos(), to: [x])
  }
}
