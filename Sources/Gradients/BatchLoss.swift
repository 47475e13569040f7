internal import ComplexModule

/// A loss of scores against labels, the mean over a batch: a row of scores and a label for each example.
protocol BatchLoss: ComplexGate, PlainGate {
  /// The loss of one example.
  func loss<Number: AnalyticNumber>(_ scores: [Number], label: Int) -> Number

  /// Its gradient, for each score.
  func gradient(_ scores: [Double], label: Int) -> [Double]
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

  func forward(_ values: inout MutableSpan<Double>, at site: Site) throws(GateError) {
    var scores = Array(repeating: 0.0, count: classCount(site.operands[0].shape))
    let rowCount = site.operands[1].shape.count
    for lane in 0..<site.lanes {
      var sum = 0.0
      for row in 0..<rowCount {
        let start = read(row, lane, into: &scores, values.span, site)
        let label = try label(values[start], row, of: scores.count)
        sum += loss(scores, label: label)
      }
      values[site.output.start + lane] = sum / Double(rowCount)
    }
  }

  func backward(
    _ gradients: inout MutableSpan<Double>, values: Span<Double>, at site: Site
  ) throws(GateError) {
    var scores = Array(repeating: 0.0, count: classCount(site.operands[0].shape))
    let rowCount = site.operands[1].shape.count
    for lane in 0..<site.lanes {
      let scale = gradients[site.output.start + lane] / Double(rowCount)
      for row in 0..<rowCount {
        let start = read(row, lane, into: &scores, values, site)
        let label = try label(values[start], row, of: scores.count)
        let gradient = gradient(scores, label: label)
        let first = site.operands[0].start + row * scores.count * site.lanes + lane
        for i in gradient.indices { gradients[first + i * site.lanes] += gradient[i] * scale }
      }
    }
  }

  func imaginaryOutput(real: [Tensor], imaginary: [Tensor]) throws(GateError) -> Tensor {
    let count = classCount(real[0].shape)
    var sum = 0.0
    for (row, number) in real[1].elements.enumerated() {
      let range = (row * count)..<((row + 1) * count)
      let scores = [Complex<Double>](
        real: real[0].elements[range], imaginary: imaginary[0].elements[range])
      sum += loss(scores, label: try label(number, row, of: count)).imaginary
    }
    return Tensor(sum / Double(real[1].shape.count))
  }

  private func classCount(_ scores: Shape) -> Int { scores.extents.last ?? 1 }

  /// Reads the scores of one row, and says where its label stands.
  private func read(
    _ row: Int, _ lane: Int, into scores: inout [Double], _ values: Span<Double>, _ site: Site
  ) -> Int {
    let first = site.operands[0].start + row * scores.count * site.lanes + lane
    for i in scores.indices { scores[i] = values[first + i * site.lanes] }
    return site.operands[1].start + row * site.lanes + lane
  }

  /// The class that a label names.
  func label(_ number: Double, _ row: Int, of count: Int) throws(GateError) -> Int {
    guard let label = Int(exactly: number), (0..<count).contains(label) else {
      throw GateError(
        "\(Self.card.name): label \(NumberText.short(number)) of row \(row) is none of the \(count) classes")
    }
    return label
  }
}
