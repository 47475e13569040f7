/// How many elements a tensor has along each of its axes, as numpy prints it: `()`, `(3,)`, `(2, 3)`.
public struct Shape: Hashable, Sendable {
  /// The number of elements along each axis, outermost first; empty for a scalar.
  public let extents: [Int]

  /// The number of elements: the product of the extents.
  public let count: Int

  /// The shape of a single number.
  public static let scalar = Shape()

  /// The most elements a tensor may have (2 GiB of numbers).
  public static let largestCount = 1 << 28

  /// Makes a shape of the given extents, which must not be negative.
  public init(_ extents: Int...) {
    self.init(extents)
  }

  /// Makes a shape of the given extents, which must not be negative.
  public init(_ extents: [Int]) {
    do {
      try self.init(validating: extents)
    } catch {
      preconditionFailure(error.description)
    }
  }

  /// Makes a shape of extents that come from outside.
  ///
  /// - Throws: `ShapeError` for a negative extent and for more than ``largestCount`` elements.
  public init(validating extents: [Int]) throws(ShapeError) {
    var count = 1
    for extent in extents {
      guard extent >= 0 else {
        throw ShapeError("shape \(Self.text(extents)) has a negative extent")
      }
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= Self.largestCount else {
        throw ShapeError("shape \(Self.text(extents)) has more than \(Self.largestCount) elements")
      }
      count = product
    }
    self.extents = extents
    self.count = count
  }

  /// The number of axes.
  public var rank: Int { extents.count }

  /// The position of an axis counted from the front; negative axes count from the back, as in numpy.
  ///
  /// - Throws: `ShapeError` when there is no such axis.
  public func axis(_ axis: Int) throws(ShapeError) -> Int {
    let position = axis < 0 ? axis + rank : axis
    guard extents.indices.contains(position) else {
      throw ShapeError("axis \(axis) is out of bounds for shape \(self), which has \(rank) axes")
    }
    return position
  }

  /// The shape of two tensors combined element by element, by numpy's rule: aligned at the last axis, an extent
  /// of 1 stretches.
  ///
  /// - Throws: `ShapeError` with both shapes when an axis fits neither way.
  public func broadcast(with other: Shape) throws(ShapeError) -> Shape {
    if self == other { return self }
    let rank = max(self.rank, other.rank)
    let mine = Array(repeating: 1, count: rank - self.rank) + extents
    let theirs = Array(repeating: 1, count: rank - other.rank) + other.extents
    var result: [Int] = []
    for (a, b) in zip(mine, theirs) {
      guard a == b || a == 1 || b == 1 else {
        throw ShapeError(
          "shapes \(self) and \(other) do not broadcast: \(a) and \(b) differ, and neither is 1")
      }
      result.append(a == 1 ? b : a)
    }
    return try Shape(validating: result)
  }

  /// How far apart neighbours along each axis lie in row-major order.
  public var strides: [Int] {
    var strides = Array(repeating: 1, count: rank)
    for axis in extents.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * extents[axis + 1]
    }
    return strides
  }

  static func text(_ extents: [Int]) -> String {
    extents.count == 1 ? "(\(extents[0]),)" : "(\(extents.map(String.init).joined(separator: ", ")))"
  }
}

extension Shape: CustomStringConvertible {
  /// The extents, as numpy prints them.
  public var description: String { Self.text(extents) }
}

/// Shapes that do not fit what is asked of them.
public struct ShapeError: Error, Equatable, CustomStringConvertible {
  /// What went wrong, in words.
  public let description: String

  /// Makes an error that says `message`, with the shapes in it.
  public init(_ message: String) {
    description = message
  }
}
