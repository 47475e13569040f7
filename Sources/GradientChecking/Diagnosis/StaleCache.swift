internal import Gradients

/// A cache that is kept from an earlier call, which may have been at the very place that is checked.
extension BlackBoxCheck {
  static let staleCache = Diagnosis(
    kind: .stale,
    message: "the gradient stays the same wherever the gate is: its cache is stale, kept from an earlier call"
  )

  /// That the gradient of an operand is right only where the gate was asked first, if so.
  mutating func stale(among checked: [Int]) -> GateCheck.Finding? {
    guard let position = checked.first(where: { isStale($0) }) else { return nil }
    let name = gate.card.operandName(position)
    return GateCheck.Finding(
      verdict: .disagree, operand: position,
      message: "what the backward pass gives operand '\(name)' is right at this place alone",
      diagnosis: Self.staleCache)
  }

  /// Whether the gradient of an operand does not depend on where the gate is asked, as that of a cache which was
  /// filled once, though the slope of the gate does.
  mutating func isStale(_ position: Int) -> Bool {
    guard let here = seen?.gradients[position], let there = seenElsewhere?.gradients[position],
      here.isIdentical(to: there), here.elements.allSatisfy(\.isFinite)
    else { return false }
    // Small steps feel the rounding, and large ones meet a kink: what is stale is wrong for both.
    let isWrong = [0x1p-8, 0x1p-20].allSatisfy { part in
      let steps = operands[position].elements.enumerated().map { number, x in
        StepLadder.single(at: x, part) * (1 + Double(number % 7) / 7)
      }
      guard let change = change(steps, of: position, at: elsewhere) else { return false }
      let claimed = zip(there.elements, steps).map { 2 * $0 * $1 }
      let least = 1e-4 * max(change.magnitude, claimed.reduce(0) { $0 + $1.magnitude })
      guard (change - claimed.reduce(0, +)).magnitude > least,
        let changeHere = self.change(steps, of: position, at: operands)
      else { return false }
      return (change - changeHere).magnitude > least
    }
    return isWrong && staysFarther(position)
  }

  /// Whether the gradient of an operand is the same still at places that are farther, where a floor or a condition of its
  /// own differs.
  private mutating func staysFarther(_ position: Int) -> Bool {
    observe(at: [moved(2.7, 1.3), moved(23, -7.1)]).allSatisfy { seenThere in
      guard let gradient = try? seenThere.get().gradients[position], let here = seen?.gradients[position]
      else {
        return true
      }
      return gradient.isIdentical(to: here)
    }
  }

  /// How much the weighted output changes when each element of one operand moves by its step, to both sides.
  private mutating func change(_ steps: [Double], of position: Int, at operands: [Tensor]) -> Double? {
    func value(_ sign: Double) throws(GateError) -> Double {
      var operands = operands
      for (i, step) in steps.enumerated() { operands[position].elements[i] += sign * step }
      return try gate.forward(operands).elements.dot(upstream.elements)
    }
    evaluationCount += 2
    guard let above = try? value(1), let below = try? value(-1) else { return nil }
    return above - below
  }
}
