/// The rectified linear unit: a number, or 0 where it is negative.
struct Relu: PiecewiseUnaryGate, PlainGate {
  static let card = GateCard(
    name: "relu", summary: "Takes x where it is positive and 0 elsewhere.",
    localGradient: "dz/dx = 1 where x > 0, 0 elsewhere", rules: [.local("x > 0")], kinks: [0],
    convention: "0 at x = 0",
    pattern: .router)

  func value<Number: AnalyticNumber>(_ x: Number) -> Number {
    x.realPart.isNaN || x.realPart > 0 ? x : 0
  }
  func slope(_ x: Double, _ y: Double) -> Double { x > 0 ? 1 : 0 }
  func branch(_ x: Double) -> Int { x > 0 ? 1 : 0 }
}

extension Variable {
  /// Takes x where it is positive and 0 elsewhere.
  public static func relu(_ x: Variable) -> Variable {
    .apply(Relu(), to: [x])
  }
}
