import Gradients

/// A mistake that people make in a backward pass.
struct Slip: Sendable, CustomStringConvertible {
  let description: String
  /// What the mistake makes of the gradients of all operands; nil where it does not apply.
  let change: @Sendable (_ gradients: [Tensor], _ site: Site) -> [Tensor]?

  /// What a mistake can go wrong with.
  struct Site {
    let upstream: Tensor
    let operands: [Tensor]
    let output: Tensor
    /// The right gradients for another upstream gradient.
    let gradients: (Tensor) -> [Tensor]?
  }

  /// A mistake in the gradient of each operand by itself.
  private init(each description: String, _ change: @escaping @Sendable (Tensor, Tensor, Site) -> Tensor?) {
    self.description = description
    self.change = { gradients, site in
      let changed = zip(gradients, site.operands).map { change($0, $1, site) }
      guard changed.contains(where: { $0 != nil }) else { return nil }
      return zip(changed, gradients).map { $0 ?? $1 }
    }
  }

  private init(
    _ description: String, _ change: @escaping @Sendable ([Tensor], Site) -> [Tensor]?
  ) {
    (self.description, self.change) = (description, change)
  }

  static let all: [Slip] = [
    Slip(each: "sign") { gradient, _, _ in gradient.map { -$0 } },
    Slip(each: "factor 2") { gradient, _, _ in gradient.map { 2 * $0 } },
    Slip(each: "factor 1/N") { gradient, _, _ in
      gradient.shape.count > 1 ? gradient.map { $0 / Double(gradient.shape.count) } : nil
    },
    Slip(each: "transposed") { gradient, _, _ in
      guard gradient.shape.rank == 2 else { return nil }
      let (rows, columns) = (gradient.shape.extents[0], gradient.shape.extents[1])
      return Tensor(
        shape: gradient.shape,
        elements: gradient.elements.indices.map { gradient.elements[$0 % rows * columns + $0 / rows] })
    },
    Slip(each: "wrong axis") { gradient, _, _ in
      // The mean along the first axis, where each row has its own gradient.
      guard gradient.shape.rank == 2 else { return nil }
      let (rows, columns) = (gradient.shape.extents[0], gradient.shape.extents[1])
      return Tensor(
        shape: gradient.shape,
        elements: gradient.elements.indices.map { i in
          (0..<rows).reduce(0) { $0 + gradient.elements[$1 * columns + i % columns] } / Double(rows)
        })
    },
    Slip(each: "forward value for slope") { gradient, _, site in
      guard site.output.shape == gradient.shape else { return nil }
      return Tensor(
        shape: gradient.shape, elements: zip(site.upstream.elements, site.output.elements).map { $0 * $1 })
    },
    Slip("upstream forgotten") { _, site in site.gradients(Tensor(repeating: 1, shape: site.upstream.shape))
    },
    Slip("one path only") { _, site in
      guard site.upstream.shape.count > 1 else { return nil }
      var upstream = site.upstream
      upstream.elements[0] = 0
      return site.gradients(upstream)
    },
    Slip(each: "off by one") { gradient, _, _ in
      guard gradient.shape.count > 1 else { return nil }
      return Tensor(
        shape: gradient.shape, elements: Array(gradient.elements.dropFirst()) + [gradient.elements[0]])
    },
    Slip(each: "eps elsewhere") { gradient, _, _ in
      gradient.map { $0 / (1 + 1e-4 * $0.magnitude).squareRoot() }
    },
    Slip(each: "element dropped") { gradient, _, _ in
      guard gradient.shape.count > 1 else { return nil }
      var gradient = gradient
      gradient.elements[gradient.elements.count - 1] = 0
      return gradient
    },
    Slip("operands swapped") { gradients, _ in
      guard gradients.count == 2, gradients[0].shape == gradients[1].shape else { return nil }
      return [gradients[1], gradients[0]]
    },
    Slip("sum missing") { gradients, site in
      // The gradient of a broadcast operand, not summed over the axis along which it was repeated.
      guard gradients.count == 1, site.upstream.shape.count > gradients[0].shape.count else { return nil }
      return [site.upstream]
    },
  ]
}

extension Tensor {
  fileprivate func map(_ change: (Double) -> Double) -> Tensor {
    Tensor(shape: shape, elements: elements.map(change))
  }
}

/// A gate of the catalogue with a slip in its backward pass.
struct SlippedGate: TensorGate {
  let gate: any CatalogGate
  let slip: Slip

  var card: GateCard { gate.card }
  var broadcastsOperands: Bool { gate.broadcastsOperands }

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape { try gate.outputShape(for: operands) }

  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor {
    do {
      return try gate.output(at: operands)
    } catch {
      throw GateError("\(error)")
    }
  }

  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    let right = gradients(upstream, operands)
    return changed(right, upstream, operands, output) ?? right
  }

  /// Whether the slip changes what reaches the operands that have a gradient.
  func isWrong(upstream: Tensor, operands: [Tensor]) throws -> Bool {
    let right = gradients(upstream, operands)
    guard let wrong = changed(right, upstream, operands, try gate.output(at: operands)) else { return false }
    return operands.indices.contains { position in
      guard !card.isLabel(position) else { return false }
      let (a, b) = (right[position], wrong[position])
      guard a.shape == b.shape else { return true }
      let size = a.elements.map(\.magnitude).max() ?? 0
      return zip(a.elements, b.elements).contains { ($0 - $1).magnitude > 1e-5 * size }
    }
  }

  private func changed(_ right: [Tensor], _ upstream: Tensor, _ operands: [Tensor], _ output: Tensor)
    -> [Tensor]?
  {
    slip.change(
      right,
      Slip.Site(
        upstream: upstream, operands: operands, output: output,
        gradients: { try? gate.downstreamGradients($0, at: operands) }))
  }

  private func gradients(_ upstream: Tensor, _ operands: [Tensor]) -> [Tensor] {
    (try? gate.downstreamGradients(upstream, at: operands)) ?? operands
  }
}
