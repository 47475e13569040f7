/// Repeats a tensor along axes where it has one element or none. The graph inserts it where shapes differ.
struct Broadcast: CatalogGate {
  static let card = GateCard(
    name: "broadcast_to", symbol: "broadcast", options: [.init("shape", "the shape of the output")],
    summary: "Repeats x to fill a larger shape.",
    localGradient: "dL/dx = dL/dz summed over the axes along which x was repeated")

  let target: Shape

  init(to target: Shape) {
    self.target = target
  }

  init(_ options: GateOptions) throws(OptionError) {
    guard let extents = try options.integers("shape") else {
      throw OptionError("broadcast_to needs a 'shape'")
    }
    do {
      target = try Shape(validating: extents)
    } catch {
      throw OptionError(error.description)
    }
  }

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    guard try operands[0].broadcast(with: target) == target else {
      throw ShapeError("shape \(operands[0]) does not broadcast to \(target)")
    }
    return target
  }

  func forward(_ values: inout MutableSpan<Double>, at site: Site) throws(GateError) {
    let source = site.operands[0]
    let offsets = StridedView.broadcasting(source.shape, to: target).offsets
    for i in offsets.indices {
      for lane in 0..<site.lanes {
        values[site.output.start + i * site.lanes + lane] =
          values[source.start + offsets[i] * site.lanes + lane]
      }
    }
  }

  func backward(
    _ gradients: inout MutableSpan<Double>, values: Span<Double>, at site: Site
  ) throws(GateError) {
    let source = site.operands[0]
    let offsets = StridedView.broadcasting(source.shape, to: target).offsets
    for i in offsets.indices {
      for lane in 0..<site.lanes {
        gradients[source.start + offsets[i] * site.lanes + lane] +=
          gradients[site.output.start + i * site.lanes + lane]
      }
    }
  }
}
