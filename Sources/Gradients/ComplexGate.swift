internal import ComplexModule

/// A gate that also has a forward pass for complex numbers, which the complex step needs.
///
/// The imaginary parts are so small that their squares vanish: the real parts are those of the ordinary forward pass.
public protocol ComplexGate: Gate {
  /// The imaginary part of the output, for operands with the given real and imaginary parts.
  ///
  /// - Throws: `GateError` when there is no output.
  func imaginaryOutput(real: [Tensor], imaginary: [Tensor]) throws(GateError) -> Tensor
}

/// A unary gate whose function is written for real and complex numbers at once.
protocol AnalyticUnaryGate: UnaryGate, ComplexGate {
  /// The function.
  func value<Number: AnalyticNumber>(_ x: Number) -> Number
}

extension AnalyticUnaryGate {
  func imaginaryOutput(real: [Tensor], imaginary: [Tensor]) throws(GateError) -> Tensor {
    Tensor(
      shape: real[0].shape,
      elements: zip(real[0].elements, imaginary[0].elements).map { value(Complex($0, $1)).imaginary })
  }
}

/// A binary gate whose function is written for real and complex numbers at once.
protocol AnalyticBinaryGate: BinaryGate, ComplexGate {
  /// The function.
  func value<Number: AnalyticNumber>(_ x: Number, _ y: Number) -> Number
}

extension AnalyticBinaryGate {
  func imaginaryOutput(real: [Tensor], imaginary: [Tensor]) throws(GateError) -> Tensor {
    let x = [Complex<Double>](real: real[0].elements, imaginary: imaginary[0].elements)
    let y = [Complex<Double>](real: real[1].elements, imaginary: imaginary[1].elements)
    return Tensor(shape: real[0].shape, elements: zip(x, y).map { value($0, $1).imaginary })
  }
}

/// A gate that is linear in its operands, labels aside: it treats imaginary parts as it treats real ones.
protocol LinearGate: ComplexGate {}

extension LinearGate {
  func imaginaryOutput(real: [Tensor], imaginary: [Tensor]) throws(GateError) -> Tensor {
    try part(real.indices.map { card.isLabel($0) ? real[$0] : imaginary[$0] })
  }
}

/// A gate that is linear in each of its first two operands, and adds what follows: the product rule holds.
protocol BilinearGate: ComplexGate {}

extension BilinearGate {
  func imaginaryOutput(real: [Tensor], imaginary: [Tensor]) throws(GateError) -> Tensor {
    let added = imaginary.dropFirst(2)
    let a = try part([imaginary[0], real[1]] + added.map { Tensor(repeating: 0, shape: $0.shape) })
    let b = try part([real[0], imaginary[1]] + added)
    return Tensor(shape: a.shape, elements: zip(a.elements, b.elements).map { $0 + $1 })
  }
}

extension ComplexGate {
  /// The real forward pass, on one part of the numbers.
  func part(_ operands: [Tensor]) throws(GateError) -> Tensor {
    do {
      return try output(at: operands)
    } catch {
      throw error as? GateError ?? GateError("\(error)")
    }
  }
}

extension CompositeGate {
  /// The imaginary part of the output, by the complex forward pass of each gate of the body.
  public func imaginaryOutput(real: [Tensor], imaginary: [Tensor]) throws(GateError) -> Tensor {
    var inputs: [String: Tensor] = [:]
    for (name, operand) in zip(card.operands, real) { inputs[name] = operand }
    var evaluation: Evaluation
    do throws(InputError) {
      evaluation = try Evaluation(body, inputs: inputs)
    } catch {
      throw GateError("gate '\(card.name)': \(error.description)")
    }
    try evaluation.forward()
    return try evaluation.imaginaryPart(of: bodyOutput, moving: Array(zip(bodyOperands, imaginary)))
  }
}
