internal import RealModule

/// The exponential linear unit (Clevert, Unterthiner and Hochreiter 2015).
struct Elu: PiecewiseUnaryGate, CatalogGate {
  static let card = GateCard(
    name: "elu", options: [.init("alpha", "the limit below 0, with the other sign; 1 without it")],
    summary: "Passes positive numbers, and alpha (exp(x) - 1) of the others.",
    localGradient: "1 where x > 0, z + alpha elsewhere", rules: [.local("where(x > 0, 1, alpha * exp(x))")],
    kinks: [0], convention: "alpha at 0")

  let alpha: Double

  init(alpha: Double) {
    self.alpha = alpha
  }

  init(_ options: GateOptions) throws(OptionError) {
    alpha = try options.number("alpha") ?? 1
  }

  var settings: [(name: String, value: OptionValue)] { [("alpha", .number(alpha))] }

  func value<Number: AnalyticNumber>(_ x: Number) -> Number {
    x.realPart > 0 ? x : Number(alpha) * .expMinusOne(x)
  }
  func slope(_ x: Double, _ y: Double) -> Double { x > 0 ? 1 : alpha * .exp(x) }
  func branch(_ x: Double) -> Int { x > 0 ? 1 : 0 }
}

extension Variable {
  /// Passes positive numbers, and alpha (exp(x) - 1) of the others.
  public static func elu(_ x: Variable, alpha: Double = 1) -> Variable {
    .apply(Elu(alpha: alpha), to: [x])
  }
}
