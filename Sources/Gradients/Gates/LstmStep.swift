internal import ComplexModule
internal import RealModule

/// One step of a network with long short-term memory (Hochreiter and Schmidhuber 1997; CS231n lecture 10).
///
/// x has shape (N, D), prev_h and prev_c (N, H), Wx (D, 4H), Wh (H, 4H) and b (4H,). The columns of a = x @ Wx + prev_h @ Wh + b
/// are, H at a time, the input, forget and output gates and the candidate. A gate has one output, so the next h and the
/// next c are stacked: the output has shape (2, N, H), with h at 0 and c at 1.
struct LstmStep: TensorGate, ComplexGate, PlainGate {
  static let card = GateCard(
    name: "lstm_step", operands: ["x", "prev_h", "prev_c", "Wx", "Wh", "b"],
    summary: """
      Computes c = f prev_c + i g and h = o tanh(c), with i, f, o = sigmoid and g = tanh of the four parts of \
      x @ Wx + prev_h @ Wh + b; z[0] is h and z[1] is c.
      """,
    localGradient: """
      with dc = dL/dz[1] + dL/dz[0] o (1 - tanh(c)^2): dL/dprev_c = dc f, di = dc g, df = dc prev_c, \
      do = dL/dz[0] tanh(c), dg = dc i; then as for rnn_step, through the slopes of sigmoid and tanh
      """,
    domain: -1...1)

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    try RecurrentSum.check(
      "lstm_step", operands.enumerated().filter { $0.offset != 2 }.map(\.element), parts: 4)
    guard operands[2] == operands[1] else {
      throw ShapeError("lstm_step: prev_c of shape \(operands[2]) and prev_h of shape \(operands[1]) differ")
    }
    return try Shape(validating: [2] + operands[1].extents)
  }

  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor {
    let cells = cells(sum(operands).elements, operands[2].elements, operands[2].shape)
    return Tensor(
      shape: Shape([2] + operands[1].shape.extents),
      elements: cells.map { $0.o * Double.tanh($0.c) } + cells.map(\.c))
  }

  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    let sum = sum(operands)
    let (count, width) = (operands[1].shape.count, operands[1].shape.extents[1])
    var inner = Array(repeating: 0.0, count: 4 * count)
    var memory = Tensor(repeating: 0, shape: operands[2].shape)
    for (position, cell) in cells(sum.elements, operands[2].elements, operands[2].shape).enumerated() {
      let squashed = Double.tanh(cell.c)
      let h = upstream.elements[position]
      let c = upstream.elements[count + position] + h * cell.o * (1 - squashed * squashed)
      memory.elements[position] = c * cell.f
      let start = position / width * 4 * width + position % width
      inner[start] = c * cell.g * cell.i * (1 - cell.i)
      inner[start + width] = c * operands[2].elements[position] * cell.f * (1 - cell.f)
      inner[start + 2 * width] = h * squashed * cell.o * (1 - cell.o)
      inner[start + 3 * width] = c * cell.i * (1 - cell.g * cell.g)
    }
    let gradients = sum.gradients(inner)
    return [gradients.x, gradients.h, memory, gradients.wx, gradients.wh, gradients.b]
  }

  func imaginaryOutput(real: [Tensor], imaginary: [Tensor]) throws(GateError) -> Tensor {
    let parts = RecurrentSum.imaginaryElements(
      x: (real[0], imaginary[0]), h: (real[1], imaginary[1]), wx: (real[3], imaginary[3]),
      wh: (real[4], imaginary[4]), b: imaginary[5])
    let cells = cells(
      [Complex<Double>](real: sum(real).elements, imaginary: parts),
      [Complex<Double>](real: real[2].elements, imaginary: imaginary[2].elements), real[2].shape)
    return Tensor(
      shape: Shape([2] + real[1].shape.extents),
      elements: cells.map { ($0.o * .squashed($0.c)).imaginary } + cells.map(\.c.imaginary))
  }

  private func sum(_ operands: [Tensor]) -> RecurrentSum {
    RecurrentSum(x: operands[0], h: operands[1], wx: operands[3], wh: operands[4], b: operands[5])
  }

  /// One unit of one example: its gates, its candidate and its next memory.
  private struct Cell<Number: AnalyticNumber> {
    let i, f, o, g, c: Number
  }

  private func cells<Number: AnalyticNumber>(
    _ sum: some RandomAccessCollection<Number>, _ memory: [Number], _ shape: Shape
  ) -> [Cell<Number>] {
    let (sum, width) = (Array(sum), shape.extents[1])
    return memory.enumerated().map { position, previous in
      let start = position / width * 4 * width + position % width
      let (i, f, o) = (
        Sigmoid().value(sum[start]), Sigmoid().value(sum[start + width]),
        Sigmoid().value(sum[start + 2 * width])
      )
      let g = Number.squashed(sum[start + 3 * width])
      return Cell(i: i, f: f, o: o, g: g, c: f * previous + i * g)
    }
  }
}

extension Variable {
  /// One step of a network with long short-term memory; the next h and the next c are stacked along a new first axis.
  public static func lstmStep(
    _ x: Variable, _ previous: Variable, _ memory: Variable, _ wx: Variable, _ wh: Variable, _ b: Variable,
    file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(LstmStep(), to: [x, previous, memory, wx, wh, b], file: file, line: line)
  }
}
