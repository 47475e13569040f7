internal import Gradients

/// What an expression stands for while a formula is lowered.
enum Value: Sendable {
  /// A node of the graph.
  case node(NodeID)
  /// Numbers that depend on no input: a literal, a list, a data source, or arithmetic on these.
  case data(Tensor)
  /// The same, worked out from a shape: it names no input.
  case size(Double)
  case list([Value])
  case text(String)
  case flag(Bool)
  case none
  case slice(start: Int?, stop: Int?, step: Int?)
  /// The value of something that is wrong and has been reported.
  case broken

  /// The numbers, when there is no node among them.
  ///
  /// - Throws: `ShapeError` when a list is ragged.
  func tensor() throws(ShapeError) -> Tensor? {
    switch self {
    case .data(let tensor): return tensor
    case .size(let number): return Tensor(number)
    case .flag(let flag): return Tensor(flag ? 1 : 0)
    case .list(let items): return try Self.stacked(items)
    case .node, .text, .none, .slice, .broken: return nil
    }
  }

  /// Nesting is bounded by the parser's limit.
  private static func stacked(_ items: [Value]) throws(ShapeError) -> Tensor? {
    var parts: [Tensor] = []
    for item in items {
      guard let part = try item.tensor() else { return nil }
      if let first = parts.first, part.shape != first.shape {
        throw ShapeError(
          "the rows of a list must be alike: row 0 has shape \(first.shape), row \(parts.count) has \(part.shape)"
        )
      }
      parts.append(part)
    }
    let shape = try Shape(validating: [parts.count] + (parts.first?.shape.extents ?? []))
    return Tensor(shape: shape, elements: parts.flatMap(\.elements))
  }

  /// The integer, when the value is one.
  var integer: Int? {
    switch self {
    case .data(let tensor) where tensor.shape == .scalar: Int(exactly: tensor.elements[0])
    case .size(let number): Int(exactly: number)
    default: nil
    }
  }

  /// The value as an option of a gate.
  var option: OptionValue? {
    switch self {
    case .data(let tensor) where tensor.shape == .scalar: .number(tensor.elements[0])
    case .data(let tensor) where tensor.shape.rank == 1: .list(tensor.elements.map { .number($0) })
    case .size(let number): .number(number)
    case .text(let text): .text(text)
    case .flag(let flag): .flag(flag)
    case .none: OptionValue.none
    case .list(let items):
      items.allSatisfy { $0.option != nil } ? .list(items.compactMap(\.option)) : nil
    default: nil
    }
  }
}
