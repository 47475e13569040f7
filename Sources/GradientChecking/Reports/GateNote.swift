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
