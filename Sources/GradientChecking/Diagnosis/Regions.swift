internal import Gradients

/// Where the errors sit.
extension Diagnosis.Symptom {
  /// The upstream gradient where the right one is zero, and zero where it is the upstream gradient, as of a mask that is
  /// the wrong way round.
  var reversedCondition: Diagnosis? {
    guard let upstream, upstream.shape == analytic.shape else { return nil }
    let (a, n, u) = (analytic.elements, numerical.elements, upstream.elements)
    guard a.contains(where: { $0 != 0 }), a.contains(0), fits(zip(u, n).map { $0 - $1 }),
      zip(a, u).allSatisfy({ $0 == 0 || ($0 - $1).magnitude <= 1e-6 * $1.magnitude })
    else { return nil }
    return Diagnosis(
      kind: .region,
      message:
        "the gradient passes where it must stop, and stops where it must pass: the condition is reversed")
  }

  /// Where the errors sit, when the sign of a value or a mask tells.
  var regionOfValues: Diagnosis? {
    guard let wrong = wrongElements else { return nil }
    func isExactly(_ condition: (Int) -> Bool) -> Bool {
      analytic.elements.indices.filter(condition) == wrong
    }
    let values = [(subject, value)] + others.map { ($0.name, $0.value) }
    for (name, tensor) in values where tensor.shape == analytic.shape {
      let x = tensor.elements
      if isExactly({ x[$0] < 0 }) { return region(wrong, "where \(name) < 0") }
      if isExactly({ x[$0] > 0 }) { return region(wrong, "where \(name) > 0") }
      if isExactly({ x[$0] == 0 }) { return region(wrong, "where \(name) = 0") }
      if isExactly({ x[$0] != 0 }) { return region(wrong, "where \(name) is not 0") }
    }
    return nil
  }

  /// Where the errors sit.
  var region: Diagnosis? {
    guard let wrong = wrongElements else { return nil }
    if let known = regionOfValues { return known }
    let shape = analytic.shape
    for (axis, extent) in shape.extents.enumerated() where extent > 1 {
      let places = Set(wrong.map { shape.index(of: $0)[axis] })
      if places.count == 1, let place = places.first {
        return region(wrong, "at index \(place) of axis \(axis)")
      }
    }
    if wrong.count == 1 { return region(wrong, "at \(shape.index(of: wrong[0]))") }
    let what = region(wrong, "").message.dropLast(" only ".count)
    return Diagnosis(
      kind: .region, message: "\(what) at \(wrong.count) of \(analytic.elements.count) elements")
  }

  func region(_ wrong: [Int], _ place: String) -> Diagnosis {
    let isMissing = wrong.allSatisfy { analytic.elements[$0] == 0 }
    return Diagnosis(
      kind: .region, message: "\(isMissing ? "the gradient is missing" : "wrong") only \(place)")
  }

  /// The elements that are wrong, when they are some and not all.
  var wrongElements: [Int]? {
    let size = numerical.elements.lazy.map(\.magnitude).max() ?? 0
    let wrong = analytic.elements.indices.filter {
      let (a, n) = (analytic.elements[$0], numerical.elements[$0])
      return (a - n).magnitude > 1e-6 * max(a.magnitude, n.magnitude) + 1e-12 * size
    }
    return wrong.isEmpty || wrong.count == analytic.elements.count ? nil : wrong
  }
}
