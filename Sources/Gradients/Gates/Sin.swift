internal import RealModule

/// The sine.
struct Sin: UnaryGate, PlainGate {
  static let card = GateCard(
    name: "sin",
    summary: "Takes the sine.",
    rules: [.local("cos(x)")])

  func value(_ x: Double) -> Double { .sin(x) }
  func slope(_ x: Double, _ y: Double) -> Double { .cos(x) }
}

extension Variable {
  /// Takes the sine.
  public static func sin(_ x: Variable) -> Variable {
    .apply(Sin(), to: [x])
  }
}
