internal import ComplexModule
internal import RealModule

/// A real or a complex number: a function that is written for it has a complex forward pass too.
///
/// Piecewise functions choose by the real part.
protocol AnalyticNumber: AlgebraicField, ElementaryFunctions {
  /// Makes a real number.
  init(_ real: Double)

  /// The real part.
  var realPart: Double { get }

  /// The hyperbolic tangent.
  static func squashed(_ x: Self) -> Self

  /// The tangent.
  static func tangent(_ x: Self) -> Self

  /// `x` to the power `y`; real where `y` is a whole number.
  static func power(_ x: Self, _ y: Self) -> Self
}

extension Double: AnalyticNumber {
  var realPart: Double { self }

  static func squashed(_ x: Double) -> Double { .tanh(x) }

  static func tangent(_ x: Double) -> Double { .tan(x) }

  static func power(_ x: Double, _ y: Double) -> Double {
    if let exponent = Int(exactly: y) { return .pow(x, exponent) }
    return x == 0 ? (y > 0 ? 0 : y < 0 ? .infinity : .nan) : .pow(x, y)
  }
}

/// The general formulas lose an imaginary part that is tiny beside the real one; these keep it.
extension Complex<Double>: AnalyticNumber {
  var realPart: Double { real }

  /// Written with a decaying exponential, which keeps the slope where the function is flat.
  static func squashed(_ x: Complex) -> Complex {
    let e = Double.exp(-2 * x.real.magnitude)
    let denominator = 1 + e * (e + 2 * .cos(2 * x.imaginary))
    return Complex(.tanh(x.real), 2 * e * .sin(2 * x.imaginary) / denominator)
  }

  static func tangent(_ x: Complex) -> Complex {
    let cosine = Double.cos(x.real)
    return Complex(.tan(x.real), x.imaginary / (cosine * cosine))
  }

  /// By the logarithm of a number on the right half plane: on the left one its argument is near π and drowns the rest.
  static func power(_ x: Complex, _ y: Complex) -> Complex {
    guard y.imaginary == 0, let exponent = Int(exactly: y.real) else {
      return x.real < 0 ? Complex(.nan, .nan) : .exp(y * .log(x))
    }
    if exponent == 0 { return 1 }
    if x.isZero { return exponent > 0 ? 0 : .infinity }
    let power = Complex.exp(.log(x.real < 0 ? -x : x) * Complex(y.real))
    return x.real < 0 && exponent % 2 != 0 ? -power : power
  }
}

extension [Complex<Double>] {
  /// The complex numbers with the given parts.
  init(real: some Collection<Double>, imaginary: some Collection<Double>) {
    self = zip(real, imaginary).map { Complex($0, $1) }
  }
}
