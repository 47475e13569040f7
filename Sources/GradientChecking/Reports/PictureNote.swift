public import Gradients

/// What a note on a gate says, beside its verdict, in a picture of the graph.
extension CheckReport.Gate {
  /// The gate, and the operand whose gradient is wrong.
  ///
  /// - Parameter graph: the graph that was checked.
  /// - Returns: `affine, operand x`, or the name of the gate alone.
  public func subject(in graph: Graph) -> String {
    guard let operand, case .gate(let gate) = graph.kind(of: node) else { return name }
    return "\(name), operand \(gate.card.operandName(operand))"
  }

  /// The two numbers that disagree, each with its name; none where it is not numbers that tell it.
  public var numbers: [(name: String, value: String)] {
    guard verdict == .disagree, let analytic, let numerical else { return [] }
    return [("analytic", NumberText.short(analytic)), ("numerical", NumberText.short(numerical))]
  }

  /// What explains the numbers; without numbers, what is wrong.
  public var words: String {
    let message = numbers.isEmpty ? message : nil
    return [message, diagnosis?.message].compactMap(\.self).joined(separator: "; ")
  }
}

/// What a note on a value says of a gradient that is claimed for it.
extension CheckReport.Claim {
  private var worst: Int? { comparisons.worstFirst.first }

  /// `claim df/dw at 3:1`, and of a tensor the worst element.
  public var subject: String {
    let element = worst.map { shape.index(of: $0).bracketed } ?? ""
    return "claim d\(of)/d\(withRespectTo)\(element)\(place.map { " at \($0)" } ?? "")"
  }

  /// The two numbers that disagree, each with its name; none where it is not numbers that tell it.
  public var numbers: [(name: String, value: String)] {
    guard let worst else { return [] }
    return [
      ("claimed", NumberText.short(comparisons[worst].analytic)),
      ("numerical", comparisons[worst].numericalText),
    ]
  }

  /// What explains it.
  public var words: String {
    let reason = verdict == .undecided ? worst.flatMap { comparisons[$0].reason?.rawValue } : nil
    return [message, reason, diagnosis?.message].compactMap(\.self).joined(separator: "; ")
  }
}
