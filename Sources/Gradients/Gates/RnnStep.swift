internal import ComplexModule
internal import RealModule

/// One step of a vanilla recurrent network (CS231n lecture 10).
///
/// x has shape (N, D), prev_h (N, H), Wx (D, H), Wh (H, H), b (H,), and the output (N, H).
struct RnnStep: TensorGate, ComplexGate, PlainGate {
  static let card = GateCard(
    name: "rnn_step", operands: ["x", "prev_h", "Wx", "Wh", "b"],
    summary: "Computes tanh(x @ Wx + prev_h @ Wh + b).",
    localGradient: """
      with a = dL/dz (1 - z^2): dL/dx = a @ Wx.T, dL/dprev_h = a @ Wh.T, dL/dWx = x.T @ a, dL/dWh = prev_h.T @ a, \
      dL/db = the sum of a over the rows
      """,
    rules: [
      .whole("(dz * (1 - z**2)) @ Wx.T"), .whole("(dz * (1 - z**2)) @ Wh.T"),
      .whole("x.T @ (dz * (1 - z**2))"), .whole("prev_h.T @ (dz * (1 - z**2))"),
      .whole("sum(dz * (1 - z**2), axis=0)"),
    ],
    domain: -1...1)

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    try RecurrentSum.check("rnn_step", operands, parts: 1)
    return operands[1]
  }

  private func sum(_ operands: [Tensor]) -> RecurrentSum {
    RecurrentSum(x: operands[0], h: operands[1], wx: operands[2], wh: operands[3], b: operands[4])
  }

  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor {
    Tensor(shape: operands[1].shape, elements: sum(operands).elements.map { Double.tanh($0) })
  }

  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    let gradients = sum(operands).gradients(
      zip(upstream.elements, output.elements).map { $0 * (1 - $1) * (1 + $1) })
    return [gradients.x, gradients.h, gradients.wx, gradients.wh, gradients.b]
  }

  func imaginaryOutput(real: [Tensor], imaginary: [Tensor]) throws(GateError) -> Tensor {
    let parts = RecurrentSum.imaginaryElements(
      x: (real[0], imaginary[0]), h: (real[1], imaginary[1]), wx: (real[2], imaginary[2]),
      wh: (real[3], imaginary[3]), b: imaginary[4])
    return Tensor(
      shape: real[1].shape,
      elements: zip(sum(real).elements, parts).map { Complex.squashed(Complex($0, $1)).imaginary })
  }
}

extension Variable {
  /// One step of a vanilla recurrent network: tanh(x @ Wx + prev_h @ Wh + b).
  public static func rnnStep(
    _ x: Variable, _ previous: Variable, _ wx: Variable, _ wh: Variable, _ b: Variable,
    file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(RnnStep(), to: [x, previous, wx, wh, b], file: file, line: line)
  }
}
