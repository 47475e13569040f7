internal import Dispatch
public import Gradients

extension ExternalProgram: BlackBoxProgram {
  /// A request carries at most so many numbers, and so do its answers.
  private static let largestCount = 1 << 21

  /// The outputs of a chain for many copies of its operands, each along a new first axis.
  ///
  /// The copies are shared among the processes, in requests that take a fraction of a second.
  ///
  /// - Throws: `GateError` when a gate has no output for one of the copies, or the program has failed.
  public func run(
    _ chain: BlackBoxChain, _ operands: [CopiedTensor], count: Int
  ) throws(GateError) -> [Tensor] {
    let size = chain.outputs.reduce(1) { max($0, chain.size(of: $1)) }
    let largest = max(1, min(largestCopyCount, Self.largestCount / max(1, size)))
    let processes = usefulProcessCount
    let requests = max((count + largest - 1) / largest, min(processes, count))
    guard requests > 1 else { return try runAtOnce(chain, operands, count: count) }
    let ranges = (0..<requests).map { (count * $0 / requests)..<(count * ($0 + 1) / requests) }
    let parts = ranges.map { _ in Part() }
    @Sendable func run(_ number: Int) {
      let range = ranges[number]
      parts[number].result = Result { () throws(GateError) in
        try runAtOnce(chain, operands.map { $0[range] }, count: range.count)
      }
    }
    if processes > 1 {
      DispatchQueue.concurrentPerform(iterations: requests, execute: run)
    } else {
      for number in 0..<requests { run(number) }
    }
    var outputs: [Tensor] = []
    for part in parts {
      let more = try part.result.get()
      outputs = outputs.isEmpty ? more : zip(outputs, more).map { $0.followed(by: $1) }
    }
    return outputs
  }

  /// What one request gave; one thread at a time has it.
  private final class Part: @unchecked Sendable {
    var result: Result<[Tensor], GateError> = .success([])
  }

  /// All copies in one request, or in one for each gate if the program takes no steps.
  private func runAtOnce(
    _ chain: BlackBoxChain, _ operands: [CopiedTensor], count: Int
  ) throws(GateError) -> [Tensor] {
    let start = ContinuousClock.now
    defer { note(count, start.duration(to: .now)) }
    if chain.steps.count == 1 || runsChains { return try ask(chain, operands, count) }
    var values = operands
    for (number, step) in chain.steps.enumerated() {
      let single = BlackBoxChain(
        steps: [BlackBoxChain.Step(gate: step.gate, operands: Array(step.operands.indices))],
        operandCount: step.operands.count, outputs: [step.operands.count])
      do throws(GateError) {
        values.append(.all(try ask(single, step.operands.map { values[$0] }, count)[0]))
      } catch {
        var failure = error
        failure.step = number
        throw failure
      }
    }
    return chain.outputs.map { number in
      guard case .all(let tensor) = values[number] else { preconditionFailure("an output that is no step") }
      return tensor
    }
  }

  private func ask(
    _ chain: BlackBoxChain, _ operands: [CopiedTensor], _ count: Int
  ) throws(GateError) -> [Tensor] {
    let gates = chain.steps.compactMap { $0.gate as? ExternalGate }
    precondition(gates.count == chain.steps.count, "a chain of gates of another program")
    // A value is sent as its gates want it: twice, if one wants whole numbers of it.
    var sent: [(number: Int, type: WireType)] = []
    let wanted = zip(gates, chain.steps).map { gate, step in
      step.operands.enumerated().map { position, number in
        guard number < operands.count else { return number - operands.count }
        let type = gate.types[position]
        if let known = sent.firstIndex(where: { $0.number == number && $0.type == type }) { return ~known }
        sent.append((number, type))
        return ~(sent.count - 1)
      }
    }
    var request = Request(.forward)
    request.copies = count
    request.operands = sent.map { (operands[$0.number], $0.type) }
    if gates.count == 1 {
      (request.gate, request.options) = (gates[0].card.name, gates[0].options)
      request.operands = wanted[0].map { (operands[sent[~$0].number], sent[~$0].type) }
    } else {
      request.steps = zip(gates, wanted).map { gate, numbers in
        Request.Step(
          gate: gate.card.name, options: gate.options,
          operands: numbers.map { $0 < 0 ? ~$0 : $0 + sent.count })
      }
      request.outputs = chain.outputs.map { $0 - operands.count + sent.count }
    }
    let answer = try answer(request, gates: gates.map(\.card.name))
    let outputs = gates.count == 1 ? answer.output.map { [$0] } : answer.outputs
    guard let outputs, outputs.count == chain.outputs.count else {
      throw ExternalGate.nonsense("gives no output", self, gates[0].card.name)
    }
    var tensors: [Tensor] = []
    for (output, number) in zip(outputs, chain.outputs) {
      let gate = gates[number - chain.operandCount]
      let shape = Shape([count] + gate.output.extents)
      guard let copies = output.copies(count) else {
        throw ExternalGate.nonsense(
          "changes a number that is not in its \(count) copies", self, gate.card.name)
      }
      tensors.append(try gate.tensor(copies, shape: shape))
    }
    return tensors
  }
}

extension BlackBoxChain {
  /// How many numbers one copy of a value has.
  fileprivate func size(of number: Int) -> Int {
    (steps[number - operandCount].gate as? ExternalGate)?.output.count ?? 1
  }
}

extension Tensor {
  /// The rows of this tensor, then those of another.
  fileprivate func followed(by other: Tensor) -> Tensor {
    var extents = shape.extents
    extents[0] += other.shape.extents[0]
    return Tensor(shape: Shape(extents), elements: elements + other.elements)
  }
}
