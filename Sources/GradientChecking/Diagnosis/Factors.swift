internal import Gradients

/// Something else, or a multiple, where the gradient belongs.
extension Diagnosis.Symptom {
  /// The multiple of the numerical gradient that the analytic one is.
  var multiple: Double? {
    let (a, n) = (analytic.elements, numerical.elements)
    let k = a.dot(n) / n.dot(n)
    return k.isFinite && fits(n.map { k * $0 }) ? k : nil
  }

  /// Whatever multiple it is.
  var anyFactor: Diagnosis? {
    // A multiple of nearly 1 explains nothing.
    guard let k = multiple, (k - 1).magnitude > 1e-4 else { return nil }
    return Diagnosis(kind: .factor, message: gives(k))
  }

  private func gives(_ k: Double) -> String {
    "the \(upstream == nil ? "claim is" : "backward pass gives") \(NumberText.short(k)) × the numerical gradient"
  }

  /// A multiple that has a name: a sign, a 2, a size, another value.
  var namedFactor: Diagnosis? {
    guard let k = multiple, (k - 1).magnitude > 1e-4 else { return nil }
    func near(_ value: Double) -> Bool { (k - value).magnitude <= 1e-6 * value.magnitude }
    let gives = gives(k)
    if k == 0 {
      return Diagnosis(
        kind: .factor,
        message: "the gradient is missing: \(upstream == nil ? "the claim is" : "the backward pass gives") 0")
    }
    if near(-1) { return Diagnosis(kind: .sign, message: "the sign is flipped") }
    if near(2) { return Diagnosis(kind: .factor, message: "a factor 2 too much: \(gives)") }
    if near(0.5) { return Diagnosis(kind: .factor, message: "a factor 2 is missing: \(gives)") }
    for (size, place) in sizes where size > 1 {
      let size = Double(size)
      if near(size) {
        return Diagnosis(
          kind: .factor, message: "1/N is missing (N = \(NumberText.short(size)) is \(place)): \(gives)")
      }
      if near(1 / size) {
        return Diagnosis(
          kind: .factor, message: "1/N too much (N = \(NumberText.short(size)) is \(place)): \(gives)")
      }
      if near(-size) {
        return Diagnosis(
          kind: .factor,
          message:
            "1/N is missing (N = \(NumberText.short(size)) is \(place)) and the sign is flipped: \(gives)")
      }
      if near(-1 / size) {
        return Diagnosis(
          kind: .factor,
          message:
            "1/N too much (N = \(NumberText.short(size)) is \(place)) and the sign is flipped: \(gives)")
      }
    }
    for other in others where other.value.shape.count == 1 {
      let value = other.value.elements[0]
      if near(value) { return Diagnosis(kind: .factor, message: "a factor \(other.name) too much: \(gives)") }
      if near(1 / value) {
        return Diagnosis(kind: .factor, message: "a factor \(other.name) is missing: \(gives)")
      }
    }
    let logarithms = [(2.302585092994046, "ln 10"), (0.6931471805599453, "ln 2")]
    for (value, name) in logarithms {
      if near(value) { return Diagnosis(kind: .factor, message: "1/\(name) is missing: \(gives)") }
      if near(1 / value) { return Diagnosis(kind: .factor, message: "a factor \(name) is missing: \(gives)") }
    }
    return nil
  }

  /// The sizes that a mean may have forgotten, each with its place.
  var sizes: [(Int, String)] {
    var sizes: [(Int, String)] = []
    func add(_ shape: Shape, _ name: String) {
      for (axis, extent) in shape.extents.enumerated() { sizes.append((extent, "axis \(axis) of \(name)")) }
      if shape.rank > 1 { sizes.append((shape.count, "the count of \(name)")) }
    }
    add(value.shape, subject)
    for other in others { add(other.value.shape, other.name) }
    if let output { add(output.shape, "the output") }
    return sizes
  }

  var forgottenUpstream: Diagnosis? {
    guard let upstream else { return nil }
    let message = "the upstream gradient is not multiplied in"
    if upstream.shape.count == 1, let k = multiple, (k * upstream.elements[0] - 1).magnitude < 1e-6 {
      return Diagnosis(kind: .upstream, message: message)
    }
    guard upstream.shape.count > 1, upstream.shape == numerical.shape else { return nil }
    let local = zip(numerical.elements, upstream.elements).map { $0 / $1 }
    return fits(local) ? Diagnosis(kind: .upstream, message: message) : nil
  }

  var forwardValue: Diagnosis? {
    guard let output, output.shape == analytic.shape else { return nil }
    let candidates = upstream.map { zip($0.elements, output.elements).map { $0 * $1 } } ?? output.elements
    guard fits(candidates) else { return nil }
    return Diagnosis(kind: .forwardValue, message: "the output stands where its slope belongs")
  }

  /// Each has the gradient of the other.
  var swapped: Diagnosis? {
    for other in others where isGradient(of: other) {
      guard let given = other.analytic?.elements, Diagnosis.fits(given, numerical.elements) else { continue }
      return Diagnosis(kind: .swapped, message: "the gradients of \(subject) and \(other.name) are swapped")
    }
    return nil
  }

  /// The gradient of another one, which has its own or is not known.
  var othersGradient: Diagnosis? {
    others.first(where: isGradient).map {
      Diagnosis(
        kind: .swapped, message: "the gradient of \($0.name) stands where that of \(subject) belongs")
    }
  }

  private func isGradient(of other: Other) -> Bool {
    guard let gradient = other.numerical, gradient.shape.count == analytic.shape.count else { return false }
    return gradient.elements.allSatisfy(\.isFinite) && fits(gradient.elements)
  }

  var onePath: Diagnosis? {
    guard paths.count > 1, paths.contains(where: { fits($0.elements) }) else { return nil }
    return Diagnosis(
      kind: .path,
      message: "only one of the \(paths.count) paths through \(subject) is counted: gradients add at branches"
    )
  }

  /// The gradient, or a factor of it, rounded down or towards zero to a whole number.
  var integerDivision: Diagnosis? {
    for unit in unitsOfRounding {
      let n = zip(numerical.elements, unit).map { $1 == 0 ? 0 : $0 / $1 }
      guard n.contains(where: { $0 != $0.rounded() }) else { continue }
      for rounding in [FloatingPointRoundingRule.down, .towardZero]
      where fits(zip(n, unit).map { $1 * $0.rounded(rounding) }) {
        return Diagnosis(kind: .integerDivision, message: "the gradient is cut to whole numbers, as by '//'")
      }
    }
    return nil
  }

  /// Of what the gradient may be whole multiples: of the upstream gradient, of twice or of half of it.
  private var unitsOfRounding: [[Double]] {
    let above =
      if let upstream, upstream.shape == numerical.shape { upstream.elements } else {
        numerical.elements.map { _ in upstream?.shape.count == 1 ? upstream?.elements[0] ?? 1 : 1 }
      }
    return [1, 2, 0.5].map { factor in above.map { factor * $0 } }
  }
}
