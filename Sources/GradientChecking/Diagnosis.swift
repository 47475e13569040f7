internal import Gradients

/// What explains a wrong gradient.
public struct Diagnosis: Sendable, Equatable {
  /// The kinds of slips.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// Minus the gradient.
    case sign
    /// A multiple of the gradient.
    case factor
    /// A part proportional to the value itself is missing or too much.
    case regularization
    /// The elements stand in another order.
    case transposed, flipped, rolled, permuted
    /// The sum over an axis is missing, or goes along another axis.
    case broadcast, axis
    /// The upstream gradient is missing.
    case upstream
    /// The output stands where its slope belongs.
    case forwardValue = "forward value"
    /// The gradient of another operand.
    case swapped
    /// One of several uses of the value.
    case path
    /// A term that is orthogonal to the gradient is missing.
    case orthogonal
    /// Wrong in some places only.
    case region
    /// Not a number, or infinite.
    case notFinite = "not finite"
    /// Of another shape.
    case shape
    /// Cut to whole numbers.
    case integerDivision = "integer division"
    /// An operand is changed in place.
    case inPlace = "in place"
    /// Something is kept from an earlier call.
    case stale
    /// The whole gradient for each of several elements that tie.
    case ties
    /// Another answer to the same question.
    case random
  }

  /// The kind of slip.
  public let kind: Kind
  /// What explains the numbers, in words.
  public let message: String

  /// Larger gradients are not explained.
  static let largestCount = 4096
  /// How well an explanation must fit.
  private static let accuracy = 1e-6
}

extension Diagnosis {
  /// A wrong gradient and what is known around it.
  struct Symptom {
    /// Something else whose value or gradient may have been taken by mistake.
    struct Other {
      let name: String
      let value: Tensor
      var numerical: Tensor?
    }

    let analytic: Tensor
    let numerical: Tensor
    /// The value that is differentiated to.
    let value: Tensor
    /// Its name.
    let subject: String
    /// The gradient that arrived from above; nil for a gradient of the whole function.
    var upstream: Tensor?
    var output: Tensor?
    var others: [Other] = []
    /// What reaches the value on each of its uses.
    var paths: [Tensor] = []

    /// The best explanation; nil when nothing explains the numbers.
    var diagnosis: Diagnosis? {
      guard analytic.shape == numerical.shape else {
        return Diagnosis.ofShape(analytic, numerical, shape: value.shape, subject: subject)
      }
      guard numerical.elements.allSatisfy(\.isFinite) else { return nil }
      guard analytic.elements.allSatisfy(\.isFinite) else {
        return Diagnosis(kind: .notFinite, message: "division by zero or log of zero in the backward pass")
      }
      if numerical.elements.allSatisfy({ $0 == 0 }) { return regularization ?? region }
      if let found = forgottenUpstream ?? factor ?? swapped ?? onePath ?? forwardValue { return found }
      if let found = order ?? otherAxis ?? otherProduct ?? regularization ?? integerDivision { return found }
      return regionOfValues ?? orthogonalTerm ?? region
    }
  }

  /// What explains a gradient of the wrong shape.
  static func ofShape(_ analytic: Tensor, _ numerical: Tensor?, shape: Shape, subject: String) -> Diagnosis? {
    let shapes = "the gradient of \(subject) has shape \(analytic.shape), and \(subject) has shape \(shape)"
    for axes in analytic.shape.subsetsOfAxes where !axes.isEmpty {
      let sum = analytic.summed(over: axes)
      guard sum.elements.count == shape.count,
        analytic.shape.without(axes).extents.filter({ $0 != 1 }) == shape.extents.filter({ $0 != 1 })
      else { continue }
      if let numerical, fits(sum.elements, numerical.elements) {
        return Diagnosis(kind: .broadcast, message: "the sum over \(axisText(axes)) is missing: \(shapes)")
      }
    }
    if analytic.shape.count == 0 || analytic.shape.extents.contains(0) {
      return Diagnosis(
        kind: .shape, message: "\(shapes): an empty slice, such as [pad:-pad] with pad = 0")
    }
    if analytic.shape.extents == shape.extents.reversed(), shape.rank > 1 {
      return Diagnosis(kind: .transposed, message: "transposed: \(shapes)")
    }
    let isSqueezed = analytic.shape.extents.filter { $0 != 1 } == shape.extents.filter { $0 != 1 }
    if isSqueezed, analytic.shape.rank != shape.rank {
      let change =
        analytic.shape.rank < shape.rank ? "an axis of extent 1 was dropped" : "an axis of extent 1 too many"
      return Diagnosis(kind: .shape, message: "\(shapes): \(change)")
    }
    return nil
  }

  /// Whether two lists are the same as far as an explanation must fit.
  static func fits(_ a: [Double], _ b: [Double]) -> Bool {
    guard a.count == b.count else { return false }
    let size = max(a.lazy.map(\.magnitude).max() ?? 0, b.lazy.map(\.magnitude).max() ?? 0)
    return zip(a, b).allSatisfy { ($0 - $1).magnitude <= accuracy * size }
  }

  fileprivate static func axisText(_ axes: [Int]) -> String {
    axes.count == 1 ? "axis \(axes[0])" : "axes \(axes.map(String.init).joined(separator: " and "))"
  }
}

// MARK: - The hypotheses

extension Diagnosis.Symptom {
  func fits(_ candidate: [Double]) -> Bool { Diagnosis.fits(candidate, analytic.elements) }

  /// The multiple of the numerical gradient that the analytic one is.
  private var multiple: Double? {
    let (a, n) = (analytic.elements, numerical.elements)
    let k = dot(a, n) / dot(n, n)
    return k.isFinite && fits(n.map { k * $0 }) ? k : nil
  }

  private var factor: Diagnosis? {
    // A multiple of nearly 1 explains nothing.
    guard let k = multiple, (k - 1).magnitude > 1e-4 else { return nil }
    func near(_ value: Double) -> Bool { (k - value).magnitude <= 1e-6 * value.magnitude }
    let gives =
      "the \(upstream == nil ? "claim is" : "backward pass gives") \(NumberText.short(k)) × the numerical gradient"
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
    return Diagnosis(kind: .factor, message: gives)
  }

  /// The sizes that a mean may have forgotten, each with its place.
  private var sizes: [(Int, String)] {
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

  private var forgottenUpstream: Diagnosis? {
    guard let upstream else { return nil }
    let message = "the upstream gradient is not multiplied in"
    if upstream.shape.count == 1, let k = multiple, (k * upstream.elements[0] - 1).magnitude < 1e-6 {
      return Diagnosis(kind: .upstream, message: message)
    }
    guard upstream.shape.count > 1, upstream.shape == numerical.shape else { return nil }
    let local = zip(numerical.elements, upstream.elements).map { $0 / $1 }
    return fits(local) ? Diagnosis(kind: .upstream, message: message) : nil
  }

  private var forwardValue: Diagnosis? {
    guard let output, output.shape == analytic.shape else { return nil }
    let candidates = upstream.map { zip($0.elements, output.elements).map { $0 * $1 } } ?? output.elements
    guard fits(candidates) else { return nil }
    return Diagnosis(kind: .forwardValue, message: "the output stands where its slope belongs")
  }

  private var swapped: Diagnosis? {
    for other in others {
      guard let gradient = other.numerical, gradient.shape.count == analytic.shape.count,
        gradient.elements.allSatisfy(\.isFinite), fits(gradient.elements)
      else { continue }
      return Diagnosis(kind: .swapped, message: "the gradients of \(subject) and \(other.name) are swapped")
    }
    return nil
  }

  private var onePath: Diagnosis? {
    guard paths.count > 1, paths.contains(where: { fits($0.elements) }) else { return nil }
    return Diagnosis(
      kind: .path,
      message: "only one of the \(paths.count) paths through \(subject) is counted: gradients add at branches"
    )
  }

  /// The same numbers in another order.
  private var order: Diagnosis? {
    let (a, n) = (analytic.elements, numerical.elements)
    guard a.count > 1, Diagnosis.fits(a.sorted(), n.sorted()) else { return nil }
    let shape = numerical.shape
    if shape.rank == 2 {
      let (rows, columns) = (shape.extents[0], shape.extents[1])
      let transposed = (0..<a.count).map { n[$0 % rows * columns + $0 / rows] }
      if fits(transposed) { return Diagnosis(kind: .transposed, message: "transposed") }
    }
    for axes in shape.subsetsOfAxes where !axes.isEmpty {
      let flipped = numerical.reindexed { index in
        index.enumerated().map { axes.contains($0) ? shape.extents[$0] - 1 - $1 : $1 }
      }
      if fits(flipped) {
        return Diagnosis(
          kind: .flipped, message: "flipped along \(Diagnosis.axisText(axes)), as a kernel may be")
      }
    }
    for axis in shape.extents.indices {
      for shift in 1..<max(2, min(shape.extents[axis], 64)) {
        let rolled = numerical.reindexed { index in
          var index = index
          index[axis] = (index[axis] + shift) % shape.extents[axis]
          return index
        }
        if fits(rolled) { return Diagnosis(kind: .rolled, message: "rolled by \(shift) along axis \(axis)") }
      }
    }
    return Diagnosis(kind: .permuted, message: "the same numbers in another order")
  }

  /// A sum of the upstream gradient over another axis.
  private var otherAxis: Diagnosis? {
    guard let upstream, upstream.shape.rank > 1 else { return nil }
    let sums = upstream.shape.extents.indices.map { upstream.summed(over: [$0]).elements }
    guard let right = sums.firstIndex(where: { Diagnosis.fits($0, numerical.elements) }),
      let wrong = sums.firstIndex(where: { fits($0) })
    else { return nil }
    return Diagnosis(kind: .axis, message: "summed over axis \(wrong) instead of \(right)")
  }

  /// A part proportional to the value itself.
  private var regularization: Diagnosis? {
    let difference = zip(analytic.elements, numerical.elements).map { $0 - $1 }
    let w = value.elements
    let c = dot(difference, w) / dot(w, w)
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

  private var orthogonalTerm: Diagnosis? {
    let (a, n) = (analytic.elements, numerical.elements)
    guard a.count > 2 else { return nil }
    let difference = zip(a, n).map { $0 - $1 }
    // The projection of the analytic gradient on the missing term is nothing, or that on the gradient is all of it.
    let size = dot(difference, difference).squareRoot()
    let projection = min(
      dot(difference, a).magnitude / (size * dot(a, a).squareRoot()),
      dot(difference, n).magnitude / (size * dot(n, n).squareRoot()))
    guard projection <= 1e-6 else { return nil }
    return Diagnosis(
      kind: .orthogonal,
      message: """
        a term is missing that is orthogonal to the gradient, as when a mean or a variance is taken for a constant
        """)
  }

  /// Where the errors sit, when the sign of a value or a mask tells.
  private var regionOfValues: Diagnosis? {
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
  private var region: Diagnosis? {
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

  private func region(_ wrong: [Int], _ place: String) -> Diagnosis {
    let isMissing = wrong.allSatisfy { analytic.elements[$0] == 0 }
    return Diagnosis(
      kind: .region, message: "\(isMissing ? "the gradient is missing" : "wrong") only \(place)")
  }

  /// The elements that are wrong, when they are some and not all.
  private var wrongElements: [Int]? {
    let size = numerical.elements.lazy.map(\.magnitude).max() ?? 0
    let wrong = analytic.elements.indices.filter {
      let (a, n) = (analytic.elements[$0], numerical.elements[$0])
      return (a - n).magnitude > 1e-6 * max(a.magnitude, n.magnitude) + 1e-12 * size
    }
    return wrong.isEmpty || wrong.count == analytic.elements.count ? nil : wrong
  }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

// MARK: - Shapes

extension Shape {
  /// All sets of axes, the smaller ones first.
  fileprivate var subsetsOfAxes: [[Int]] {
    guard rank <= 6 else { return [] }
    return (0..<(1 << rank)).map { bits in extents.indices.filter { bits >> $0 & 1 == 1 } }
      .sorted { ($0.count, $0.first ?? 0) < ($1.count, $1.first ?? 0) }
  }

  fileprivate func without(_ axes: [Int]) -> Shape {
    Shape(extents.indices.filter { !axes.contains($0) }.map { extents[$0] })
  }
}

extension Tensor {
  fileprivate func summed(over axes: [Int]) -> Tensor {
    var sum = Tensor(repeating: 0, shape: shape.without(axes))
    let strides = sum.shape.strides
    for (offset, element) in elements.enumerated() {
      let index = shape.index(of: offset)
      let kept = index.indices.filter { !axes.contains($0) }.map { index[$0] }
      sum.elements[zip(kept, strides).reduce(0) { $0 + $1.0 * $1.1 }] += element
    }
    return sum
  }

  /// The elements at other places: for each index, the one at the index that `source` gives.
  fileprivate func reindexed(_ source: ([Int]) -> [Int]) -> [Double] {
    let strides = shape.strides
    return elements.indices.map { offset in
      elements[zip(source(shape.index(of: offset)), strides).reduce(0) { $0 + $1.0 * $1.1 }]
    }
  }
}
