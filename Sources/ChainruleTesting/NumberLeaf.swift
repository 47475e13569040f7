/// A number, or an array of numbers, that is stored somewhere in a value.
struct NumberLeaf: Sendable {
  /// The names of the properties that lead to it; a position in an array of structures is one too.
  let path: [String]
  /// Empty for a number, the count for an array.
  let shape: [Int]
  let values: [Double]

  /// The path with dots between; `x` for a value that is a number or an array itself.
  var name: String { path.isEmpty ? "x" : path.joined(separator: ".") }

  /// All of them, in the order in which they are declared.
  ///
  /// - Throws: `PathError` for a number of another type than `Double`: differences need its precision.
  static func all(in value: Any, path: [String] = []) throws(PathError) -> [NumberLeaf] {
    if let number = value as? Double { return [NumberLeaf(path: path, shape: [], values: [number])] }
    if value is any BinaryFloatingPoint {
      throw PathError(
        "'\(path.joined(separator: "."))' is a \(type(of: value)); only a Double can be checked")
    }
    let mirror = Mirror(reflecting: value)
    let items = mirror.children.map(\.value)
    var leaves: [NumberLeaf] = []
    if mirror.displayStyle == .collection {
      let numbers = items.compactMap { $0 as? Double }
      if numbers.count == items.count {
        return [NumberLeaf(path: path, shape: [numbers.count], values: numbers)]
      }
      for (position, item) in items.enumerated() { leaves += try all(in: item, path: path + ["\(position)"]) }
    } else {
      for child in mirror.children {
        if let label = child.label { leaves += try all(in: child.value, path: path + [label]) }
      }
    }
    return leaves
  }

  /// The gradient of this leaf, out of those of all; nil when it is not differentiated.
  func gradient(in gradients: [NumberLeaf]) -> NumberLeaf? {
    if let own = gradients.first(where: { $0.path == path && $0.shape == shape }) { return own }
    // The tangent of an array is empty where it is zero.
    guard gradients.contains(where: { $0.shape == [0] && path.starts(with: $0.path) }) else { return nil }
    return NumberLeaf(path: path, shape: shape, values: values.map { _ in 0 })
  }
}

/// A number that cannot be checked: it is no `Double`, or the coding of its value does not hold it under its name.
public struct PathError: Error, Equatable, CustomStringConvertible {
  /// Which number, and why.
  public let description: String

  init(_ message: String) {
    description = message
  }
}
