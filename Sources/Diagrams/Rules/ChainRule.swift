public import Gradients

/// What one gate hands down to one of its operands: the chain rule, in symbols and in numbers.
public struct ChainRule: Sendable {
  /// The gate.
  public let gate: NodeID
  /// The operand's position.
  public let position: Int
  /// The operand.
  public let operand: NodeID
  /// The three gradients of the rule: `df/dx`, `df/dq` and `dq/dx`.
  public let downstream, upstream, local: Derivative
  /// How the gradient is worked out, with names filled in; nil for a gate whose card has no rule for these shapes.
  public let rule: LocalRule?
  /// How the local gradient is worked out, with names filled in, whether a formula or words: `dq/dx = y`,
  /// `1 for what is taken, 0 for the rest`.
  public let localRule: String
  /// The rule in shapes, `(2, 3) = (2, 4) @ (4, 3)`; nil for numbers, and for what is no product.
  public let shapes: String?
  /// The Jacobian of the gate with respect to the operand; nil for numbers.
  public let jacobian: Jacobian?

  /// The values that the numbers are printed from; nil unless all are single numbers.
  let scalars: Scalars?

  struct Scalars: Sendable {
    let operands: [Double]
    /// The operands that are numbers without a name, as the formula writes them.
    let constants: [String?]
    let output, upstream, local, downstream: Double
    /// The rule with other texts for the operands and the output.
    let fills: @Sendable ([String], String) -> String?
  }

  /// The chain rule: `df/dx = df/dq * dq/dx`; `df/dx = df/dq @ w.T` where the gradient is worked out as a whole.
  ///
  /// At the output's own gate, where the local gradient is the downstream one, its rule stands in its place.
  public var symbols: String { "\(downstream) = \(product)" }

  /// The right side of the rule.
  var product: String {
    switch rule {
    case .whole(let text): text
    case .local(let text) where local == downstream:
      "\(upstream) * \(text.contains(" ") ? "(\(text))" : text)"
    default: "\(upstream) * \(local)"
    }
  }
}

/// A gradient in symbols: `df/dx`.
public struct Derivative: Sendable, Equatable, CustomStringConvertible {
  /// What is differentiated.
  public let of: String
  /// What it is differentiated with respect to.
  public let by: String

  /// The gradient as formulas write it.
  public var description: String { "d\(Self.whole(of))/d\(Self.whole(by))" }

  private static func whole(_ name: String) -> String {
    name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } ? name : "(\(name))"
  }
}

/// The derivative of each element of a gate's output by each element of one operand.
public struct Jacobian: Sendable, Equatable {
  /// What it looks like.
  public enum Structure: String, Sendable {
    /// Zero but on the diagonal: the gate treats each element alone.
    case diagonal
    /// A single one in each row: the gate takes elements as they are.
    case oneHotRows = "one-hot rows"
    /// Any other.
    case full
  }

  /// The number of elements of the output, and of the operand.
  public let rows, columns: Int
  /// What it looks like.
  public let structure: Structure
  /// Its rows, while it is no larger than 8 by 8.
  public let matrix: [[Double]]?

  /// More rows or columns than this are not written out.
  public static let largestSide = 8

  /// Works it out, a row for each backward pass of the gate; of a large one only enough rows to see its structure.
  init(_ gate: any Gate, _ operands: [Tensor], _ position: Int, rows: Int) throws {
    let columns = operands[position].shape.count
    let isSmall = max(rows, columns) <= Self.largestSide
    let isElementwise = gate is any ElementwiseGate
    let wanted =
      isSmall ? Array(0..<rows) : isElementwise ? [] : Array(Set([0, rows / 2, rows - 1])).sorted()
    let known = try wanted.map { ($0, try gate.localGradients(of: $0, at: operands)[position].elements) }
    let isDiagonal = known.allSatisfy { row, elements in
      elements.enumerated().allSatisfy { $0.offset == row || $0.element == 0 }
    }
    let takesElements = known.allSatisfy { row, elements in
      elements.count { $0 == 1 } == 1 && elements.count { $0 == 0 } == columns - 1
    }
    (self.rows, self.columns) = (rows, columns)
    matrix = isSmall ? known.map(\.1) : nil
    structure = rows == columns && isDiagonal ? .diagonal : takesElements ? .oneHotRows : .full
  }
}
