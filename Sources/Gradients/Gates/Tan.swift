internal import RealModule

/// The tangent.
struct Tan: UnaryGate, PlainGate {
  static let card = GateCard(
    name: "tan",
    summary: "Takes the tangent.",
    rules: [.local("1 + z**2")], domain: -1...1)

  func value(_ x: Double) -> Double { .tan(x) }
  func slope(_ x: Double, _ y: Double) -> Double { 1 + y * y }
}

extension Variable {
  /// Takes the tangent.
  public static func tan(_ x: Variable) -> Variable {
    .apply(Tan(), to: [x])
  }
}
