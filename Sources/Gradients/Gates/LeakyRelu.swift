/// The rectifier that lets a little of negative numbers through.
struct LeakyRelu: PiecewiseUnaryGate, CatalogGate {
  static let card = GateCard(
    name: "leaky_relu", options: [.init("alpha", "the slope below 0; 0.01 without it")],
    summary: "Passes positive numbers, and alpha times the others.",
    localGradient: "1 where x > 0, alpha elsewhere", rules: [.local("where(x > 0, 1, alpha)")], kinks: [0],
    convention: "alpha at 0")

  let alpha: Double

  init(alpha: Double) {
    self.alpha = alpha
  }

  init(_ options: GateOptions) throws(OptionError) {
    alpha = try options.number("alpha") ?? 0.01
  }

  var settings: [(name: String, value: OptionValue)] { [("alpha", .number(alpha))] }

  func value<Number: AnalyticNumber>(_ x: Number) -> Number {
    x.realPart > 0 ? x : Number(alpha) * x
  }
  func slope(_ x: Double, _ y: Double) -> Double { x > 0 ? 1 : alpha }
  func branch(_ x: Double) -> Int { x > 0 ? 1 : 0 }
}

extension Variable {
  /// Passes positive numbers, and alpha times the others.
  public static func leakyRelu(_ x: Variable, alpha: Double = 0.01) -> Variable {
    .apply(LeakyRelu(alpha: alpha), to: [x])
  }
}
