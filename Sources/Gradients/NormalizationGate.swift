internal import ComplexModule
internal import RealModule

/// A gate that gives groups of numbers mean 0 and variance 1, then a scale gamma and a shift beta for each feature.
///
/// The features are the last axis of x; gamma and beta have shape (D,).
protocol NormalizationGate: TensorGate, ComplexGate, CatalogGate {
  /// The axis along which a group lies.
  static var axis: Int { get }

  /// What is added to each variance, so that it can be divided by.
  var eps: Double { get }

  /// Makes the gate.
  init(eps: Double)
}

extension NormalizationGate {
  static var options: [GateCard.Option] { [.init("eps", "what is added to the variance; 1e-5 without it")] }

  init(_ options: GateOptions) throws(OptionError) {
    let eps = try options.number("eps") ?? 1e-5
    guard eps >= 0 else { throw OptionError("'eps' must not be negative, and is \(NumberText.short(eps))") }
    self.init(eps: eps)
  }

  /// The shape of x, when gamma and beta have a number for each of its features.
  func normalizedShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    let features = operands[0].extents.last ?? 1
    for (name, shape) in [("gamma", operands[1]), ("beta", operands[2])] where shape.extents != [features] {
      throw ShapeError(
        "\(Self.card.name): \(name) of shape \(shape) does not fit x of shape \(operands[0]): expected (\(features),)"
      )
    }
    return operands[0]
  }

  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor {
    let (gamma, beta) = (operands[1].elements, operands[2].elements)
    var output = operands[0]
    for slots in groups(operands[0].shape) {
      for (slot, x) in zip(slots, normalized(slots.map { operands[0].elements[$0] }).numbers) {
        output.elements[slot] = gamma[slot % gamma.count] * x + beta[slot % beta.count]
      }
    }
    return output
  }

  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    let gamma = operands[1].elements
    var gradients = operands.map { Tensor(repeating: 0, shape: $0.shape) }
    for slots in groups(operands[0].shape) {
      let (normalized, deviation) = normalized(slots.map { operands[0].elements[$0] })
      let count = Double(slots.count)
      let scaled = slots.map { upstream.elements[$0] * gamma[$0 % gamma.count] }
      let mean = scaled.reduce(0, +) / count
      let slope = zip(scaled, normalized).reduce(0) { $0 + $1.0 * $1.1 } / count
      for (position, slot) in slots.enumerated() {
        let x = normalized[position]
        gradients[0].elements[slot] = (scaled[position] - mean - x * slope) / deviation
        gradients[1].elements[slot % gamma.count] += upstream.elements[slot] * x
        gradients[2].elements[slot % gamma.count] += upstream.elements[slot]
      }
    }
    return gradients
  }

  func imaginaryOutput(real: [Tensor], imaginary: [Tensor]) throws(GateError) -> Tensor {
    let (x, gamma, beta) = (
      [Complex<Double>](real: real[0].elements, imaginary: imaginary[0].elements),
      [Complex<Double>](real: real[1].elements, imaginary: imaginary[1].elements), imaginary[2].elements
    )
    var output = real[0]
    for slots in groups(real[0].shape) {
      for (slot, x) in zip(slots, normalized(slots.map { x[$0] }).numbers) {
        output.elements[slot] = (gamma[slot % gamma.count] * x).imaginary + beta[slot % beta.count]
      }
    }
    return output
  }

  /// The numbers of one group with mean 0 and variance 1, and what they were divided by.
  private func normalized<Number: AnalyticNumber>(_ x: [Number]) -> (numbers: [Number], deviation: Number) {
    let count = Number(Double(x.count))
    let mean: Number = x.reduce(.zero, +) / count
    let centered = x.map { $0 - mean }
    let squares = centered.map { $0 * $0 }
    let variance: Number = squares.reduce(.zero, +) / count
    let deviation = Number.sqrt(variance + Number(eps))
    return (centered.map { $0 / deviation }, deviation)
  }

  /// The groups of x: where the numbers of each are.
  private func groups(_ x: Shape) -> [[Int]] {
    guard let (starts, members) = try? Axes(axes: [Self.axis]).groups(in: x), !members.isEmpty else {
      return []
    }
    return starts.map { start in members.map { start + $0 } }
  }
}
