internal import Gradients

/// What a normalization forgets: that its mean, its variance or its norm depends on the value, too.
///
/// The missing term has a form of its own whatever the gate adds to the variance, which makes it only nearly orthogonal
/// to the gradient: in each group that is normalized it is the same everywhere (of the mean, to which the gradient is
/// orthogonal exactly), or a multiple of what is left of the value (of the variance, or of the norm).
extension Diagnosis.Symptom {
  var normalization: Diagnosis? {
    guard value.shape == analytic.shape else { return nil }
    for axes in value.shape.subsetsOfAxes {
      let groups = Groups(value.shape, along: axes)
      guard let statistic = forgottenStatistic(groups) else { continue }
      return Diagnosis(
        kind: .orthogonal,
        message: """
          a term is missing that is orthogonal to the gradient, as when the \(statistic) over \
          \(Diagnosis.axisText(axes)) is taken for a constant
          """)
    }
    return nil
  }

  private func forgottenStatistic(_ groups: Groups) -> String? {
    // Two elements without their mean are a multiple of any other two.
    guard groups.size > 2 else { return nil }
    let difference = zip(analytic.elements, numerical.elements).map { $0 - $1 }
    func explains(_ term: [Double]) -> Bool { Diagnosis.fits(term, difference) }
    let rest = groups.centered(numerical.elements)
    if Diagnosis.fits(rest, numerical.elements) {
      let centered = groups.centered(value.elements)
      let ofVariance = groups.projection(of: difference, on: centered)
      let ofMean = groups.projection(of: difference, on: Array(repeating: 1, count: difference.count))
      if explains(ofMean) { return "mean" }
      if explains(ofVariance) { return "variance" }
      if explains(zip(ofMean, ofVariance).map { $0 + $1 }) { return "mean as well as the variance" }
    }
    let isOrthogonal = isOrthogonal(numerical.elements, value.elements)
    return isOrthogonal && explains(groups.projection(of: difference, on: value.elements)) ? "norm" : nil
  }

  /// Whether two lists are so nearly orthogonal as one in a hundred is by chance.
  ///
  /// What a gate adds to a variance v leaves eps / v of it, some 1e-5 to 1e-3; the cosine of two lists of n numbers
  /// has by chance the standard deviation 1 / √n, and stays below a hundredth part of √(π / 2) of that once in a hundred.
  func isOrthogonal(_ a: [Double], _ b: [Double]) -> Bool {
    let cosine = a.dot(b).magnitude / (a.dot(a) * b.dot(b)).squareRoot()
    return cosine <= 0.01 * (0.5 * Double.pi / Double(a.count)).squareRoot()
  }
}

/// The elements of a tensor in groups that are alike but for their place along some axes.
private struct Groups {
  /// The group of each element.
  private let numbers: [Int]
  private let count: Int
  /// How many elements each group has.
  let size: Int

  init(_ shape: Shape, along axes: [Int]) {
    let kept = shape.without(axes)
    count = kept.count
    size = count == 0 ? 0 : shape.count / count
    numbers = (0..<shape.count).map { offset in
      let index = shape.index(of: offset)
      let place = index.indices.filter { !axes.contains($0) }.map { index[$0] }
      return kept.offset(of: place)
    }
  }

  /// The sum of each group.
  private func sums(_ x: [Double]) -> [Double] {
    var sums = Array(repeating: 0.0, count: count)
    for (number, element) in zip(numbers, x) { sums[number] += element }
    return sums
  }

  /// What is left without the mean of each group.
  func centered(_ x: [Double]) -> [Double] {
    let sums = sums(x)
    return zip(numbers, x).map { $1 - sums[$0] / Double(size) }
  }

  /// The multiple of `base` that is nearest to `x`, group by group.
  func projection(of x: [Double], on base: [Double]) -> [Double] {
    let (products, squares) = (sums(zip(x, base).map(*)), sums(base.map { $0 * $0 }))
    return zip(numbers, base).map { squares[$0] == 0 ? 0 : products[$0] / squares[$0] * $1 }
  }
}
