/// A number with the opposite sign.
struct Negate: UnaryGate, PlainGate {
  static let card = GateCard(
    name: "negative", symbol: "*-1", prefix: "-", aliases: ["negate"],
    summary: "Changes the sign of x.", rules: [.local("-1")])

  func value(_ x: Double) -> Double { -x }
  func slope(_ x: Double, _ y: Double) -> Double { -1 }
}

extension Variable {
  /// Changes the sign of x.
  public static prefix func - (x: Variable) -> Variable { .apply(Negate(), to: [x]) }
}
