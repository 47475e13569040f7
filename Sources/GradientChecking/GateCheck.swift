internal import Gradients

/// The backward pass of one gate beside finite differences of its own forward pass.
struct GateCheck {
  /// What was found of a gate.
  struct Finding {
    var verdict = Verdict.agree
    var operand: Int?
    var message: String?
  }

  /// Up to this many elements of an operand are checked, spread evenly: a gate treats its elements alike.
  private static let largestElementCount = 32

  private let gate: any Gate
  private let tolerance: Double
  private let seed: UInt64

  init(_ gate: any Gate, tolerance: Double, seed: UInt64) {
    self.gate = gate
    self.tolerance = tolerance
    self.seed = seed
  }

  /// An operand of the gate, and whether its gradient matters: that of a constant goes nowhere.
  struct Operand {
    let value: Tensor
    let varies: Bool
  }

  /// Checks the gate at the given operands.
  func finding(at operands: [Operand]) throws -> Finding {
    let card = gate.card
    var graph = Graph()
    var inputs: [String: Tensor] = [:]
    let nodes = operands.enumerated().map { position, operand in
      guard operand.varies, !card.isLabel(position) else { return graph.constant(operand.value) }
      inputs["\(position)"] = operand.value
      return graph.input("\(position)", shape: operand.value.shape)
    }
    let output = try graph.apply(gate, to: nodes)
    var check = try JacobianCheck(
      graph, inputs: inputs, output: output,
      rows: JacobianCheck.rows(for: graph.shape(of: output), seed: seed), tolerance: tolerance)
    var finding = Finding()
    let gradients: [NodeID: [Tensor]]
    do {
      gradients = try check.gradients(of: nodes)
    } catch {
      return Finding(verdict: .disagree, operand: nil, message: error.description)
    }
    for (position, node) in nodes.enumerated() where operands[position].varies && !card.isLabel(position) {
      let count = operands[position].value.shape.count
      let elements = stride(from: 0, to: count, by: max(1, count / Self.largestElementCount))
      let comparisons = try check.compare(gradients[node] ?? [], of: node, elements: Array(elements))
      guard let worst = comparisons.worstFirst.first.map({ comparisons[$0] }), worst.verdict > finding.verdict
      else { continue }
      finding = Finding(
        verdict: worst.verdict, operand: position,
        message: """
          the backward pass gives operand '\(gate.card.operandName(position))' \
          \(NumberText.short(worst.analytic)), the numerical gradient is \(NumberText.short(worst.numerical))
          """)
    }
    return finding
  }
}
