internal import Gradients

/// What can be seen of a gate in another program beside its numbers: whether it changes what it is given, and whether it
/// answers the same when it is asked the same.
struct BlackBoxCheck {
  let gate: any BlackBoxGate
  let operands: [Tensor]
  let upstream: Tensor
  /// What was seen first.
  private(set) var seen: BlackBoxObservation?
  /// What was seen elsewhere, if the gate has an output there.
  private(set) var seenElsewhere: BlackBoxObservation?
  /// What the function saw of its output at the same operands, if it is a part of one.
  var recorded: Tensor?
  /// Whether its outputs answer moves as if something inside were rounded to single precision.
  var isCoarse = false
  /// How many times the gate was computed.
  var evaluationCount = 0

  /// Nil unless another program runs the gate.
  init?(_ gate: any Gate, _ operands: [Tensor], upstream: Tensor) {
    guard let gate = gate as? any BlackBoxGate else { return nil }
    (self.gate, self.operands, self.upstream) = (gate, operands, upstream)
  }

  /// The output, once it was seen.
  var output: Tensor? { seen?.output }

  /// What makes its numbers worthless, if anything does.
  ///
  /// - Throws: `GateError` when a pass fails.
  mutating func finding() throws(GateError) -> GateCheck.Finding? {
    let observations = observe(at: [operands, elsewhere, operands])
    let first = try observations[0].get()
    seen = first
    seenElsewhere = try? observations[1].get()
    for (position, (gradient, operand)) in zip(first.gradients, operands).enumerated()
    where gradient.shape != operand.shape {
      throw GateError(
        """
        the backward pass gives operand '\(gate.card.operandName(position))' of shape \(operand.shape) a gradient of \
        shape \(gradient.shape)
        """)
    }
    if let position = first.changedOperands.first {
      let name = gate.card.operandName(position)
      return finding(
        .inPlace, position,
        "changes its operand '\(name)' in place: whatever else uses \(name) sees another value")
    }
    let again = try observations[2].get()
    if !isSame(first, again) {
      let last = try observe(at: [operands])[0].get()
      if let late = lateFinding(first, again, last) { return late }
      guard isSame(again, last) else {
        return finding(.random, nil, "answers differently when it is asked twice, as with random numbers")
      }
      return finding(
        .stale, nil, "answers differently after it was asked elsewhere: something is kept from call to call")
    }
    // A chain may be computed in another order: other numbers in the last places are no other answer.
    guard let recorded, recorded.elements.allSatisfy(\.isFinite),
      !Diagnosis.fits(first.output.elements, recorded.elements)
    else { return nil }
    return changed
  }

  /// That the gradients at the operands, asked after another place, after that and once more, are those of the call
  /// before each time, if so.
  private mutating func lateFinding(
    _ first: BlackBoxObservation, _ again: BlackBoxObservation, _ last: BlackBoxObservation
  ) -> GateCheck.Finding? {
    // A function that is random may answer so by chance, but not twice.
    guard isSame(first, last), first.output.isIdentical(to: again.output),
      let position = first.gradients.indices.first(where: {
        !first.gradients[$0].isIdentical(to: again.gradients[$0])
      }),
      case let answers = observe(at: [elsewhere, operands, operands]),
      let afterOther = try? answers[1].get(), let afterItself = try? answers[2].get(),
      isSame(afterOther, again), isSame(afterItself, first)
    else { return nil }
    let name = gate.card.operandName(position)
    return GateCheck.Finding(
      verdict: .disagree, operand: position,
      message: "what the backward pass gives operand '\(name)' depends on where the gate was asked before",
      diagnosis: Diagnosis(
        kind: .stale, message: "the gradient is that of the call before: its cache is stale, one call behind")
    )
  }

  /// That the gate no longer answers as it did at first, if so: what was found of it in between is worthless.
  mutating func change() -> GateCheck.Finding? {
    guard let seen, let again = try? observe(at: [operands])[0].get(), !isSame(seen, again) else {
      return nil
    }
    return changed
  }

  private var changed: GateCheck.Finding {
    finding(.stale, nil, "answers differently after it was asked often: something is kept from call to call")
  }

  /// That the backward pass gives no gradient for some of the operands that are checked, if so.
  func forgotten(among checked: [Int]) -> GateCheck.Finding? {
    let positions = (seen?.forgottenOperands ?? []).filter(checked.contains)
    guard !positions.isEmpty else { return nil }
    let names = positions.map { "'\(gate.card.operandName($0))'" }.joined(separator: " and ")
    return GateCheck.Finding(
      verdict: .disagree, operand: positions[0], message: "the backward pass gives no gradient for \(names)")
  }

  /// A better explanation of a wrong gradient, where the numbers alone have none.
  mutating func explanation(insteadOf diagnosis: Diagnosis?, of position: Int) -> Diagnosis? {
    if diagnosis.map({ [.orthogonal, .regularization].contains($0.kind) }) ?? true, isStale(position) {
      return Self.staleCache
    }
    if diagnosis.map({ [.orthogonal, .region].contains($0.kind) }) ?? true, isOverwritten(position) {
      return Diagnosis(
        kind: .overwritten,
        message: """
          what the last element of the output gives is there, and what others give before it is missing: it is \
          overwritten, as by '=' for '+=', or by '+=' where an index repeats
          """)
    }
    return nil
  }

  /// What is worth saying of a gate that is right.
  var note: GateCheck.Finding? {
    guard isSingle || isCoarse else { return nil }
    return GateCheck.Finding(
      message: """
        computes in single precision (float32), so that differences tell some 5 digits of its gradients
        """)
  }

  /// What the gate does at each of several points.
  mutating func observe(at points: [[Tensor]]) -> [Result<BlackBoxObservation, GateError>] {
    evaluationCount += points.count
    return gate.observe(upstream: upstream, at: points)
  }

  /// Whether the gate computes in single precision, whatever it is given.
  private var isSingle: Bool {
    guard let seen else { return false }
    let elsewhere = seenElsewhere?.output.elements ?? []
    // Short numbers are the same in both precisions, and say nothing. A number that is not short stays so in single
    // precision once in 2^29 by chance, but every time where whole numbers are added: elsewhere there are none.
    func isLong(_ number: Double) -> Bool { number.significandBitPattern.trailingZeroBitCount < 40 }
    return (elsewhere.contains(where: isLong) || seen.output.elements.count(where: isLong) > 2)
      && (seen.output.elements + elsewhere).allSatisfy { Double(Float($0)) == $0 }
  }

  /// Another point, of numbers with many digits.
  var elsewhere: [Tensor] { moved(1.03, 0.017) }

  /// The operands with each number x that is no label at `factor` x + `shift`.
  func moved(_ factor: Double, _ shift: Double) -> [Tensor] {
    operands.enumerated().map { position, operand in
      guard !gate.card.isLabel(position) else { return operand }
      return Tensor(shape: operand.shape, elements: operand.elements.map { factor * $0 + shift })
    }
  }

  private func isSame(_ a: BlackBoxObservation, _ b: BlackBoxObservation) -> Bool {
    a.output.isIdentical(to: b.output)
      && zip(a.gradients, b.gradients).allSatisfy { $0.isIdentical(to: $1) }
  }

  private func finding(_ kind: Diagnosis.Kind, _ operand: Int?, _ message: String) -> GateCheck.Finding {
    GateCheck.Finding(
      verdict: .undecided, operand: operand, message: nil, diagnosis: Diagnosis(kind: kind, message: message))
  }
}

extension GateCheck {
  /// What can be seen of the gate without numerical gradients.
  mutating func watched(at operands: [Operand], recorded: Tensor) throws -> Finding {
    let values = operands.map(\.value)
    let shape = try gate.outputShape(for: values.map(\.shape))
    var blackBox = BlackBoxCheck(gate, values, upstream: unevenUpstream(shape))
    blackBox?.recorded = recorded
    defer { evaluationCount += blackBox?.evaluationCount ?? 0 }
    let checked = operands.indices.filter { operands[$0].varies && !gate.card.isLabel($0) }
    return try blackBox?.finding() ?? blackBox?.stale(among: checked) ?? blackBox?.note ?? Finding()
  }
}
