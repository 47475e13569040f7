internal import Gradients

extension Diagnosis.Symptom {
  /// The matrix product of the upstream gradient and another operand, with a factor transposed that must not be, or not
  /// transposed that must.
  var otherProduct: Diagnosis? {
    guard let upstream, upstream.shape.rank == 2, numerical.shape.rank == 2 else { return nil }
    for other in others where other.value.shape.rank == 2 {
      let products = Self.products((upstream, "dout"), (other.value, other.name))
        .filter { $0.value.shape == numerical.shape }
      guard let right = products.first(where: { Diagnosis.fits($0.value.elements, numerical.elements) }),
        let wrong = products.first(where: { fits($0.value.elements) })
      else { continue }
      return Diagnosis(kind: .transposed, message: "\(wrong.text) stands where \(right.text) belongs")
    }
    return nil
  }

  /// All products of two matrices, in both orders, each as it is or transposed.
  private static func products(
    _ a: (value: Tensor, name: String), _ b: (value: Tensor, name: String)
  ) -> [(value: Tensor, text: String)] {
    func forms(_ matrix: (value: Tensor, name: String)) -> [(value: Tensor, name: String)] {
      [matrix, (matrix.value.transposed, matrix.name + ".T")]
    }
    let pairs = forms(a).flatMap { a in forms(b).flatMap { b in [(a, b), (b, a)] } }
    return pairs.compactMap { left, right in
      left.value.times(right.value).map { ($0, "\(left.name) @ \(right.name)") }
    }
  }
}

extension Tensor {
  /// A matrix with its axes exchanged.
  var transposed: Tensor {
    let (rows, columns) = (shape.extents[0], shape.extents[1])
    return Tensor(
      shape: Shape(columns, rows),
      elements: elements.indices.map { elements[$0 % rows * columns + $0 / rows] })
  }

  /// The matrix product; nil where the sizes do not fit.
  fileprivate func times(_ other: Tensor) -> Tensor? {
    let (rows, inner, columns) = (shape.extents[0], shape.extents[1], other.shape.extents[1])
    guard inner == other.shape.extents[0] else { return nil }
    var product = Tensor(repeating: 0, shape: Shape(rows, columns))
    for i in 0..<rows {
      for k in 0..<inner {
        for j in 0..<columns {
          product.elements[i * columns + j] += elements[i * inner + k] * other.elements[k * columns + j]
        }
      }
    }
    return product
  }
}
