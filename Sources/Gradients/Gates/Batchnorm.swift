/// Batch normalization in training: each feature is normalized over the batch (Ioffe and Szegedy 2015, algorithm 1).
///
/// x has shape (N, D); the variance is the mean of squares, divided by N.
struct Batchnorm: NormalizationGate {
  static let card = GateCard(
    name: "batchnorm", operands: ["x", "gamma", "beta"], options: options,
    summary: "Computes gamma (x - mean) / sqrt(variance + eps) + beta, mean and variance over the batch.",
    localGradient: """
      dL/dx = gamma / s (g - mean(g) - y mean(g y)) over the batch, with g = dL/dz, s = sqrt(variance + eps) and \
      y = (x - mean) / s; dL/dgamma = sum(g y), dL/dbeta = sum(g)
      """)

  static let axis = 0
  let eps: Double

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    guard operands[0].rank == 2 else {
      throw ShapeError("batchnorm: x of shape \(operands[0]): expected a row for each example, (N, D)")
    }
    return try normalizedShape(operands)
  }
}

extension Variable {
  /// Normalizes each feature over the batch, then scales it by gamma and shifts it by beta.
  public static func batchnorm(
    _ x: Variable, _ gamma: Variable, _ beta: Variable, eps: Double = 1e-5, file: StaticString = #fileID,
    line: UInt = #line
  ) -> Variable {
    .apply(Batchnorm(eps: eps), to: [x, gamma, beta], file: file, line: line)
  }
}
