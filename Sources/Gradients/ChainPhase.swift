/// Gates of one program that stand in a row in a schedule of one lane, and that it runs in one go.
struct ChainPhase: Sendable {
  /// The phases that they are.
  private(set) var phases: Range<Int>

  private var program: (any BlackBoxProgram)?
  private var steps: [(gate: any BlackBoxGate, node: NodeID, site: Site)] = []
  private var operands: [Operand] = []

  init(from start: Int) {
    phases = start..<start
  }

  /// Adds the next gate, if the program runs it in one go with those before.
  mutating func add(_ gate: any BlackBoxGate, _ node: NodeID, at site: Site) -> Bool {
    guard gate.program.runsChains, program == nil || program === gate.program else { return false }
    let isInside = site.operands.map { operand in
      steps.contains { $0.site.output.start == operand.start }
    }
    // A label that is computed is a whole number only here; what is empty has no place of its own.
    guard !isInside.indices.contains(where: { isInside[$0] && gate.card.isLabel($0) }),
      (site.operands + [site.output]).allSatisfy({ $0.shape.count > 0 })
    else { return false }
    for (operand, isInside) in zip(site.operands, isInside)
    where !isInside && !operands.contains(where: { $0.start == operand.start }) {
      operands.append(operand)
    }
    program = gate.program
    steps.append((gate, node, site))
    phases = phases.lowerBound..<phases.upperBound + 1
    return true
  }

  /// Computes the outputs of all gates.
  func forward(_ values: inout MutableSpan<Double>) throws(GateError) {
    let starts = operands.map(\.start) + steps.map(\.site.output.start)
    let chain = BlackBoxChain(
      steps: steps.map { step in
        .init(
          gate: step.gate, operands: step.site.operands.compactMap { starts.firstIndex(of: $0.start) })
      },
      operandCount: operands.count, outputs: Array(operands.count..<starts.count))
    var given: [CopiedTensor] = []
    for operand in operands { given.append(.same(Tensor(operand, lane: 0, of: 1, in: values.span))) }
    let outputs: [Tensor]
    do throws(GateError) {
      outputs = try program?.run(chain, given, count: 1) ?? []
    } catch {
      throw error.at(steps[error.step ?? 0].node)
    }
    for (output, step) in zip(outputs, steps) {
      for (i, value) in output.elements.enumerated() { values[step.site.output.start + i] = value }
    }
  }
}
