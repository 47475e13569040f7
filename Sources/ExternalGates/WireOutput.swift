internal import Gradients

/// The output of a forward pass in an answer: an array, or copies that differ from `base` in a few elements.
enum WireOutput: Decodable {
  case array(WireArray)
  case changes(of: WireArray, copy: WireArray?, element: WireArray, value: WireArray)

  private enum Key: CodingKey {
    case base, copy, element, value
  }

  init(from decoder: any Decoder) throws {
    guard let members = try? decoder.container(keyedBy: Key.self), members.contains(.base) else {
      self = .array(try WireArray(from: decoder))
      return
    }
    self = .changes(
      of: try members.decode(WireArray.self, forKey: .base),
      copy: try members.decodeIfPresent(WireArray.self, forKey: .copy),
      element: try members.decode(WireArray.self, forKey: .element),
      value: try members.decode(WireArray.self, forKey: .value))
  }

  func output(_ block: [Double]) throws(WireError) -> Answer.Output {
    switch self {
    case .array(let array): return .array(try array.tensor(block))
    case .changes(let base, let copy, let element, let value):
      let element = try element.tensor(block)
      // Without it, there is a row for each copy.
      let copies = try copy?.tensor(block).elements ?? element.rowNumbers
      let values = try value.tensor(block).elements
      guard copies.count == values.count, element.elements.count == values.count else {
        throw WireError(
          "\(copies.count) copies and \(element.elements.count) elements for \(values.count) values")
      }
      return .changes(of: try base.tensor(block), copies, element.elements, values)
    }
  }
}

extension Tensor {
  /// For each element the index along the first axis.
  fileprivate var rowNumbers: [Double] {
    let rowCount = shape.extents.first ?? 0
    let size = rowCount > 0 ? shape.count / rowCount : 0
    return (0..<rowCount).flatMap { Array(repeating: Double($0), count: size) }
  }
}
