/// Layer normalization: each example is normalized over its features, the last axis (Ba, Kiros and Hinton 2016).
struct Layernorm: NormalizationGate {
  static let card = GateCard(
    name: "layernorm", operands: ["x", "gamma", "beta"], options: options,
    summary: "Computes gamma (x - mean) / sqrt(variance + eps) + beta, mean and variance over the last axis.",
    localGradient: """
      dL/dx = (h - mean(h) - y mean(h y)) / s over the last axis, with h = gamma dL/dz, s = sqrt(variance + eps) and \
      y = (x - mean) / s; dL/dgamma = sum(dL/dz y), dL/dbeta = sum(dL/dz)
      """)

  static let axis = -1
  let eps: Double

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    guard operands[0].rank > 0 else {
      throw ShapeError("layernorm: x is a scalar: expected an axis of features")
    }
    return try normalizedShape(operands)
  }
}

extension Variable {
  /// Normalizes each example over its features, then scales by gamma and shifts by beta.
  public static func layernorm(
    _ x: Variable, _ gamma: Variable, _ beta: Variable, eps: Double = 1e-5, file: StaticString = #fileID,
    line: UInt = #line
  ) -> Variable {
    .apply(Layernorm(eps: eps), to: [x, gamma, beta], file: file, line: line)
  }
}
