/// A number kept inside bounds.
struct Clip: PiecewiseUnaryGate, CatalogGate {
  static let card = GateCard(
    name: "clip",
    options: [
      .init("min", "the lower bound; none without it"), .init("max", "the upper bound; none without it"),
    ],
    summary: "Replaces what lies outside the bounds by the nearest bound.",
    localGradient: "1 inside the bounds, 0 outside", rules: [.local("(x >= min) * (x <= max)")],
    convention: "1 at the bounds")

  let lower: Double
  let upper: Double

  init(lower: Double, upper: Double) {
    (self.lower, self.upper) = (lower, upper)
  }

  init(_ options: GateOptions) throws(OptionError) {
    lower = try options.number("min") ?? -.infinity
    upper = try options.number("max") ?? .infinity
    guard lower <= upper else {
      throw OptionError("'min' is \(NumberText.short(lower)), above 'max', \(NumberText.short(upper))")
    }
  }

  var settings: [(name: String, value: OptionValue)] { [("min", .number(lower)), ("max", .number(upper))] }

  func value<Number: AnalyticNumber>(_ x: Number) -> Number {
    x.realPart < lower ? Number(lower) : x.realPart > upper ? Number(upper) : x
  }
  func slope(_ x: Double, _ y: Double) -> Double { x < lower || x > upper ? 0 : 1 }
  func branch(_ x: Double) -> Int { x < lower ? -1 : x > upper ? 1 : 0 }
}

extension Variable {
  /// Replaces what lies outside the bounds by the nearest bound.
  public static func clip(_ x: Variable, min lower: Double, max upper: Double) -> Variable {
    .apply(Clip(lower: lower, upper: upper), to: [x])
  }
}
