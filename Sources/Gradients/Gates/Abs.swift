/// The absolute value.
struct Abs: PiecewiseUnaryGate, PlainGate {
  static let card = GateCard(
    name: "abs",
    aliases: ["absolute"],
    summary: "Takes the absolute value.",
    rules: [.local("sign(x)")], kinks: [0], convention: "0 at 0")

  func value<Number: AnalyticNumber>(_ x: Number) -> Number { x.realPart > 0 ? x : 0 - x }
  func slope(_ x: Double, _ y: Double) -> Double { x > 0 ? 1 : x < 0 ? -1 : x }
  func branch(_ x: Double) -> Int { x > 0 ? 1 : x < 0 ? -1 : 0 }
}

extension Variable {
  /// Takes the absolute value.
  public static func abs(_ x: Variable) -> Variable {
    .apply(Abs(), to: [x])
  }
}
