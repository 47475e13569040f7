internal import RealModule

/// The Gaussian error linear unit, in its exact form (Hendrycks and Gimpel 2016).
struct Gelu: UnaryGate, PlainGate {
  static let card = GateCard(
    name: "gelu",
    summary: "Computes x times the normal distribution function of x, by erfc.",
    localGradient: "dz/dx = P(x) + x p(x), with the normal distribution P and its density p")

  func value(_ x: Double) -> Double { x * 0.5 * .erfc(-x / 2.0.squareRoot()) }
  func slope(_ x: Double, _ y: Double) -> Double {
    0.5 * .erfc(-x / 2.0.squareRoot()) + x * .exp(-x * x / 2) / (2 * Double.pi).squareRoot()
  }
}

extension Variable {
  /// Computes x times the normal distribution function of x, by erfc.
  public static func gelu(_ x: Variable) -> Variable {
    .apply(Gelu(), to: [x])
  }
}
