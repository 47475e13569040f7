/// A loss of scores against labels, the mean over a batch: a row of scores and a label for each example.
protocol BatchLoss: TensorGate, PlainGate {
  /// The loss of one example.
  func loss(_ scores: ArraySlice<Double>, label: Int) -> Double

  /// Its gradient, for each score.
  func gradient(_ scores: ArraySlice<Double>, label: Int) -> [Double]
}

extension BatchLoss {
  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    let (scores, labels) = (operands[0], operands[1])
    guard scores.rank > 0, scores.count > 0, Array(scores.extents.dropLast()) == labels.extents else {
      throw ShapeError(
        "\(Self.card.name): scores of shape \(scores) need a label for each row, not labels of shape \(labels)"
      )
    }
    return .scalar
  }

  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor {
    var sum = 0.0
    for (row, label) in try rows(operands) { sum += loss(row, label: label) }
    return Tensor(sum / Double(operands[1].shape.count))
  }

  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    let scale = upstream.elements[0] / Double(operands[1].shape.count)
    var elements: [Double] = []
    for (row, label) in try rows(operands) { elements += gradient(row, label: label).map { $0 * scale } }
    return [
      Tensor(shape: operands[0].shape, elements: elements), Tensor(repeating: 0, shape: operands[1].shape),
    ]
  }

  private func rows(_ operands: [Tensor]) throws(GateError) -> [(ArraySlice<Double>, Int)] {
    let count = operands[0].shape.extents.last ?? 1
    var rows: [(ArraySlice<Double>, Int)] = []
    for (row, label) in operands[1].elements.enumerated() {
      guard let index = Int(exactly: label), (0..<count).contains(index) else {
        throw GateError(
          "\(Self.card.name): label \(NumberText.short(label)) of row \(row) is none of the \(count) classes")
      }
      rows.append((operands[0].elements[(row * count)..<((row + 1) * count)], index))
    }
    return rows
  }
}
