internal import Gradients

/// A term that is missing, or that is there twice.
extension Diagnosis.Symptom {
  /// A part proportional to the value itself, by a number that the formula names.
  var namedRegularization: Diagnosis? {
    guard let c = shareOfValue else { return nil }
    func near(_ value: Double) -> Bool { (c - value).magnitude <= 1e-6 * value.magnitude }
    for other in others where other.value.shape.count == 1 {
      let (name, r) = (other.name, other.value.elements[0])
      let message: String? =
        if near(-2 * r) {
          "the regularization term is missing: 2 × \(name) × \(subject)"
        } else if near(2 * r) {
          "the regularization term is counted twice: 2 × \(name) × \(subject) too much"
        } else if near(-r) {
          "the regularization term is missing or has half its factor: \(name) × \(subject)"
        } else if near(r) {
          "the regularization term is counted twice or has twice its factor: \(name) × \(subject) too much"
        } else {
          nil
        }
      if let message { return Diagnosis(kind: .regularization, message: message) }
    }
    return nil
  }

  /// A part proportional to the value itself, whatever the number.
  var regularization: Diagnosis? {
    if let found = namedRegularization { return found }
    guard let c = shareOfValue else { return nil }
    let size = "\(NumberText.short(c.magnitude)) × \(subject)"
    return Diagnosis(
      kind: .regularization,
      message: c < 0
        ? "\(size) is missing, as of a regularization term that was left out or has half its factor"
        : "\(size) too much, as of a regularization term that is counted twice")
  }

  /// What multiple of the value the analytic gradient has too much, when that is all that is wrong.
  private var shareOfValue: Double? {
    guard value.shape == analytic.shape, value.elements.count > 1 else { return nil }
    let w = value.elements
    let difference = zip(analytic.elements, numerical.elements).map { $0 - $1 }
    let c = difference.dot(w) / w.dot(w)
    return c.isFinite && c != 0 && Diagnosis.fits(w.map { c * $0 }, difference) ? c : nil
  }

  var orthogonalTerm: Diagnosis? {
    let (a, n) = (analytic.elements, numerical.elements)
    guard a.count > 2 else { return nil }
    // Zeros where a gradient belongs are orthogonal to the rest, and tell nothing.
    if let wrong = wrongElements, wrong.allSatisfy({ a[$0] == 0 || n[$0] == 0 }) { return nil }
    let difference = zip(a, n).map { $0 - $1 }
    guard isOrthogonal(difference, n) else { return nil }
    return Diagnosis(
      kind: .orthogonal,
      message: """
        a term is missing that is orthogonal to the gradient, as when a mean or a variance is taken for a constant
        """)
  }
}
