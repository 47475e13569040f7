/// Tensors laid end to end along an axis: what joining and stacking have in common.
struct Joint {
  private let shapes: [Shape]
  /// How many runs each tensor is cut into.
  private let runs: Int

  init(_ shapes: [Shape], axis: Int) {
    self.shapes = shapes
    let position = axis < 0 ? axis + shapes[0].rank : axis
    runs = shapes[0].extents.prefix(position).reduce(1, *)
  }

  func joined(_ tensors: [Tensor], _ shape: Shape) -> Tensor {
    var elements: [Double] = []
    elements.reserveCapacity(shape.count)
    for run in 0..<runs {
      for tensor in tensors {
        let length = tensor.shape.count / runs
        elements += tensor.elements[(run * length)..<((run + 1) * length)]
      }
    }
    return Tensor(shape: shape, elements: elements)
  }

  func parted(_ tensor: Tensor) -> [Tensor] {
    var parts: [[Double]] = shapes.map { _ in [] }
    var start = 0
    for _ in 0..<runs {
      for (position, shape) in shapes.enumerated() {
        let length = shape.count / runs
        parts[position] += tensor.elements[start..<start + length]
        start += length
      }
    }
    return zip(shapes, parts).map { Tensor(shape: $0, elements: $1) }
  }

  /// The shape of an output, which has been found before.
  static func shape(_ body: () throws(ShapeError) -> Shape) throws(GateError) -> Shape {
    do throws(ShapeError) {
      return try body()
    } catch {
      throw GateError(error.description)
    }
  }
}
