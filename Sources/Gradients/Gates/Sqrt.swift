/// The square root.
struct Sqrt: UnaryGate, PlainGate {
  static let card = GateCard(
    name: "sqrt",
    summary: "Takes the square root.",
    rules: [.local("1 / (2 * z)")], domain: 0.25...4,
    convention: "infinite at 0")

  func value(_ x: Double) -> Double { x.squareRoot() }
  func slope(_ x: Double, _ y: Double) -> Double { 0.5 / y }
}

extension Variable {
  /// Takes the square root.
  public static func sqrt(_ x: Variable) -> Variable {
    .apply(Sqrt(), to: [x])
  }
}
