/// The sign of a number.
struct Sign: PiecewiseUnaryGate, PlainGate {
  static let card = GateCard(
    name: "sign",
    summary: "Gives -1, 0 or 1 by the sign of x.",
    rules: [.local("0")], kinks: [0], convention: "0 at 0")

  func value<Number: AnalyticNumber>(_ x: Number) -> Number { x.realPart > 0 ? 1 : x.realPart < 0 ? -1 : x }
  func slope(_ x: Double, _ y: Double) -> Double { x.isNaN ? x : 0 }
  func branch(_ x: Double) -> Int { x > 0 ? 1 : x < 0 ? -1 : 0 }
}

extension Variable {
  /// Gives -1, 0 or 1 by the sign of x.
  public static func sign(_ x: Variable) -> Variable {
    .apply(Sign(), to: [x])
  }
}
