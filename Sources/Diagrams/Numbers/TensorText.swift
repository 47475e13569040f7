internal import Gradients

/// A tensor written out in full, for machines: elements in row-major order.
///
/// A large one is carried as its range, its norm and a few projections on random signs, enough to see any change.
enum TensorText {
  /// More elements than this are summarised.
  static let largestCount = 4096

  static func exact(_ tensor: Tensor) -> String {
    if tensor.elements.count == 1 { return NumberText.exact(tensor.elements[0]) }
    guard tensor.shape.count > largestCount else {
      return tensor.elements.map(NumberText.exact).joined(separator: " ")
    }
    var random = SplitMix64(seed: 231)
    var projections = [0.0, 0, 0, 0]
    for element in tensor.elements {
      let bits = random.next()
      for i in projections.indices { projections[i] += bits >> i & 1 == 0 ? element : -element }
    }
    let summary = Summary(tensor)
    return """
      min=\(NumberText.exact(summary.least)) max=\(NumberText.exact(summary.greatest)) \
      norm=\(NumberText.exact(summary.norm)) projections=\(projections.map(NumberText.exact).joined(separator: ","))
      """
  }

  static func shape(_ shape: Shape) -> String {
    shape.extents.map(String.init).joined(separator: "x")
  }

  struct Summary {
    let least: Double
    let greatest: Double
    let norm: Double

    init(_ tensor: Tensor) {
      least = tensor.elements.min() ?? 0
      greatest = tensor.elements.max() ?? 0
      let largest = max(least.magnitude, greatest.magnitude)
      norm =
        largest > 0 && largest.isFinite
        ? largest * tensor.elements.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }.squareRoot() : largest
    }
  }
}
