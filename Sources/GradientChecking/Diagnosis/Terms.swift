internal import Gradients

/// A term that is missing, or that is there twice.
extension Diagnosis.Symptom {
  /// A part proportional to the value itself.
  var regularization: Diagnosis? {
    let difference = zip(analytic.elements, numerical.elements).map { $0 - $1 }
    let w = value.elements
    let c = difference.dot(w) / w.dot(w)
    guard value.shape == analytic.shape, w.count > 1, c.isFinite, c != 0,
      Diagnosis.fits(w.map { c * $0 }, difference)
    else { return nil }
    let scalars = others.filter { $0.value.shape.count == 1 }.map { ($0.name, $0.value.elements[0]) }
    func near(_ value: Double) -> Bool { (c - value).magnitude <= 1e-6 * value.magnitude }
    let size = "\(NumberText.short(c.magnitude)) × \(subject)"
    for (name, r) in scalars {
      if near(-2 * r) {
        return .init(
          kind: .regularization, message: "the regularization term is missing: 2 × \(name) × \(subject)")
      }
      if near(2 * r) {
        return .init(
          kind: .regularization,
          message: "the regularization term is counted twice: 2 × \(name) × \(subject) too much")
      }
      if near(-r) {
        return .init(
          kind: .regularization,
          message: "the regularization term is missing or has half its factor: \(name) × \(subject)")
      }
      if near(r) {
        return .init(
          kind: .regularization,
          message:
            "the regularization term is counted twice or has twice its factor: \(name) × \(subject) too much")
      }
    }
    return Diagnosis(
      kind: .regularization,
      message: c < 0
        ? "\(size) is missing, as of a regularization term that was left out or has half its factor"
        : "\(size) too much, as of a regularization term that is counted twice")
  }

  var orthogonalTerm: Diagnosis? {
    let (a, n) = (analytic.elements, numerical.elements)
    guard a.count > 2 else { return nil }
    // Zeros where a gradient belongs are orthogonal to the rest, and tell nothing.
    if let wrong = wrongElements, wrong.allSatisfy({ a[$0] == 0 || n[$0] == 0 }) { return nil }
    let difference = zip(a, n).map { $0 - $1 }
    // The projection of the analytic gradient on the missing term is nothing, or that on the gradient is all of it.
    let size = difference.dot(difference).squareRoot()
    let projection = min(
      difference.dot(a).magnitude / (size * a.dot(a).squareRoot()),
      difference.dot(n).magnitude / (size * n.dot(n).squareRoot()))
    guard projection <= 1e-6 else { return nil }
    return Diagnosis(
      kind: .orthogonal,
      message: """
        a term is missing that is orthogonal to the gradient, as when a mean or a variance is taken for a constant
        """)
  }
}
