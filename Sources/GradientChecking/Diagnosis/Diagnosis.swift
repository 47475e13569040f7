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
    /// What several elements of the output give, assigned where it is to be added.
    case overwritten
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
      var analytic: Tensor?
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
      guard numerical.elements.allSatisfy(\.isFinite), analytic != numerical else { return nil }
      guard analytic.elements.allSatisfy(\.isFinite) else {
        return Diagnosis(kind: .notFinite, message: "division by zero or log of zero in the backward pass")
      }
      if numerical.elements.allSatisfy({ $0 == 0 }) { return regularization ?? region }
      return named ?? fitted ?? place
    }

    // The order: what leaves the least to chance and names the most comes first. A number that is fitted, as the
    // multiple of a gradient, fits more than one that is known beforehand; and any multiple fits a single element.

    /// Slips that have a name.
    private var named: Diagnosis? {
      // The upstream gradient in its places says more than a multiple that happens to be the same.
      if let found = forgottenUpstream ?? reversedCondition { return found }
      // A sign, a 2 or an N is the plainest slip of all, though one of two equal paths is a half, too.
      if let found = namedFactor ?? swapped { return found }
      // What goes through a regularization term, a mean or a variance is one of the paths, told more precisely.
      if let found = namedRegularization ?? normalization ?? onePath ?? forwardValue { return found }
      return order ?? otherAxis ?? otherProduct
    }

    /// Explanations by a number that nothing but the gradients gives: one for all elements before one for a term.
    private var fitted: Diagnosis? {
      anyFactor ?? othersGradient ?? regularization ?? integerDivision
    }

    /// Where the errors sit, when nothing explains their size.
    private var place: Diagnosis? { regionOfValues ?? orthogonalTerm ?? region }
  }

  /// What explains a gradient of the wrong shape.
  static func ofShape(
    _ analytic: Tensor, _ numerical: Tensor?, shape: Shape, subject: String
  ) -> Diagnosis? {
    let shapes = "the gradient of \(subject) has shape \(analytic.shape), and \(subject) has shape \(shape)"
    for axes in analytic.shape.subsetsOfAxes where axes.contains(where: { analytic.shape.extents[$0] != 1 }) {
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

  static func axisText(_ axes: [Int]) -> String {
    axes.count == 1 ? "axis \(axes[0])" : "axes \(axes.map(String.init).joined(separator: " and "))"
  }
}

extension Diagnosis.Symptom {
  /// The same without the elements on a kink: where there are two slopes, no number explains another.
  func away(from kinks: Set<Int>) -> Self {
    guard !kinks.isEmpty else { return self }
    let shape = value.shape
    func away(_ tensor: Tensor) -> Tensor {
      guard tensor.shape == shape else { return tensor }
      var tensor = tensor
      for element in kinks { tensor.elements[element] = 0 }
      return tensor
    }
    return Self(
      analytic: away(analytic), numerical: away(numerical), value: away(value), subject: subject,
      upstream: upstream.map(away), output: output.map(away),
      others: others.map {
        Other(
          name: $0.name, value: away($0.value), analytic: $0.analytic.map(away),
          numerical: $0.numerical.map(away))
      },
      paths: paths.map(away))
  }

  func fits(_ candidate: [Double]) -> Bool { Diagnosis.fits(candidate, analytic.elements) }
}

extension [Double] {
  /// The sum of the products with the numbers of another array.
  func dot(_ other: [Double]) -> Double { zip(self, other).reduce(0) { $0 + $1.0 * $1.1 } }
}
