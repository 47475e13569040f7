public import Gradients

/// One use of a gate that another program runs, for operands of given shapes.
struct ExternalGate: BlackBoxGate {
  let card: GateCard
  var program: any BlackBoxProgram { external }
  let options: [(name: String, value: OptionValue)]
  let output: Shape
  let types: [WireType]
  fileprivate let external: ExternalProgram
  private let shapes: [Shape]

  /// Asks the program what the gate gives at `operands`.
  ///
  /// It is asked elsewhere first: what a function keeps from its first call is then wrong from the beginning, and shows.
  init(
    _ program: ExternalProgram, _ name: String, options: GateOptions, at operands: [Tensor]
  ) throws(GateError) {
    guard let card = program.cards.first(where: { $0.name == name }) else {
      throw GateError("'\(program.command)' serves no gate '\(name)'")
    }
    external = program
    self.options = options.all
    shapes = operands.map(\.shape)
    let requests = [operands.map(\.nudged), operands].map { operands in
      var request = Request(.open)
      request.gate = name
      request.options = options.all
      request.operands = operands.map { (.same($0), .float) }
      return request
    }
    let answer = try program.answers(requests, gates: [name])[1].get()
    guard let extents = answer.line.shape, let shape = try? Shape(validating: extents) else {
      throw Self.nonsense("gives no shape of its output", program, name)
    }
    output = shape
    let differentiable = answer.line.differentiable ?? operands.map { _ in true }
    let types = answer.line.types ?? operands.map { _ in .float }
    guard differentiable.count == operands.count, types.count == operands.count else {
      throw Self.nonsense("describes \(differentiable.count) operands, not \(operands.count)", program, name)
    }
    self.types = types
    self.card = GateCard(
      name: name, operands: card.operands, labels: operands.indices.filter { !differentiable[$0] },
      options: card.options, summary: card.summary, localGradient: card.localGradient)
  }

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    guard operands == shapes else {
      throw ShapeError(
        "\(card.name): made for operands of shapes \(shapes.map(\.description)), not \(operands.map(\.description))"
      )
    }
    return output
  }

  // MARK: - Passes

  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor {
    let answer = try external.answer(request(.forward, operands), gates: [card.name])
    return try tensor(answer.output?.tensor, shape: output)
  }

  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    try gradients(upstream, operands)
  }

  func observe(upstream: Tensor, at places: [[Tensor]]) -> [Result<BlackBoxObservation, GateError>] {
    var requests: [Request] = []
    for operands in places {
      if !external.takesObserve { requests.append(request(.forward, operands)) }
      var backward = request(.backward, operands)
      backward.upstream = upstream
      backward.observes = external.takesObserve
      requests.append(backward)
    }
    let answers: [Result<Answer, GateError>]
    do throws(GateError) {
      answers = try external.answers(requests, gates: [card.name])
    } catch {
      return places.map { _ in .failure(error) }
    }
    let count = requests.count / places.count
    return places.indices.map { place in
      Result { () throws(GateError) in
        try observation(
          answers[place * count].get(), answers[(place + 1) * count - 1].get(), at: places[place])
      }
    }
  }

  private func observation(
    _ forward: Answer, _ backward: Answer, at operands: [Tensor]
  ) throws(GateError) -> BlackBoxObservation {
    let changed = Set((forward.line.changed ?? []) + (backward.line.changed ?? []))
    return BlackBoxObservation(
      output: try tensor(forward.output?.tensor, shape: output),
      gradients: try gradients(backward, operands),
      changedOperands: operands.indices.filter(changed.contains),
      forgottenOperands: operands.indices.filter { backward.gradients?[$0] == nil && !card.isLabel($0) })
  }

  private func gradients(_ upstream: Tensor, _ operands: [Tensor]) throws(GateError) -> [Tensor] {
    var request = request(.backward, operands)
    request.upstream = upstream
    return try gradients(external.answer(request, gates: [card.name]), operands)
  }

  /// The gradients of an answer, in which NaN stands for what there is none of.
  private func gradients(_ answer: Answer, _ operands: [Tensor]) throws(GateError) -> [Tensor] {
    guard let gradients = answer.gradients, gradients.count == operands.count else {
      throw Self.nonsense(
        "gives \(answer.gradients.map { "\($0.count)" } ?? "no") gradients for \(operands.count) operands",
        external, card.name)
    }
    return zip(gradients, operands).enumerated().map { position, pair in
      // A label has no gradient, whatever the program says of it.
      card.isLabel(position)
        ? Tensor(repeating: 0, shape: pair.1.shape)
        : pair.0 ?? Tensor(repeating: .nan, shape: pair.1.shape)
    }
  }

  /// The gradients for each of several upstream gradients in one request; nil where the program does not take them, and
  /// where it gives an error or gradients that do not fit.
  private func gradients(ofEach upstreams: [Tensor], _ operands: [Tensor]) -> [[Tensor]]? {
    guard external.takesUpstreams, upstreams.count > 1 else { return nil }
    var request = request(.backward, operands)
    request.copies = upstreams.count
    request.upstream = Tensor(
      shape: Shape([upstreams.count] + output.extents), elements: upstreams.flatMap(\.elements))
    guard let gradients = try? external.answer(request, gates: [card.name]).gradients,
      gradients.count == operands.count
    else { return nil }
    let shapes = operands.map { Shape([upstreams.count] + $0.shape.extents) }
    for (position, gradient) in gradients.enumerated() where !card.isLabel(position) {
      guard gradient?.shape == shapes[position] else { return nil }
    }
    return upstreams.indices.map { row in
      zip(gradients, operands).enumerated().map { position, pair in
        let size = pair.1.shape.count
        guard let elements = pair.0?.elements, !card.isLabel(position) else {
          return Tensor(repeating: 0, shape: pair.1.shape)
        }
        return Tensor(shape: pair.1.shape, elements: Array(elements[row * size..<(row + 1) * size]))
      }
    }
  }

  /// What cannot be understood is not a number: the gradients of other operands, and of other gates, can be checked still.
  func backward(
    _ gradients: inout MutableSpan<Double>, values: Span<Double>, at site: Site
  ) throws(GateError) {
    let operands = (0..<site.lanes).map { lane in
      site.operands.map { Tensor($0, lane: lane, of: site.lanes, in: values) }
    }
    let upstreams = (0..<site.lanes).map {
      Tensor(site.output, lane: $0, of: site.lanes, in: gradients.span)
    }
    let isOnePlace = operands.allSatisfy { lane in
      zip(lane, operands[0]).allSatisfy {
        $0.elements.elementsEqual($1.elements) { $0.bitPattern == $1.bitPattern }
      }
    }
    let together = isOnePlace ? self.gradients(ofEach: upstreams, operands[0]) : nil
    for lane in 0..<site.lanes {
      let results = together?[lane] ?? (try? self.gradients(upstreams[lane], operands[lane]))
      for (position, operand) in site.operands.enumerated() {
        let result = results?[position]
        let fits = result?.shape == operand.shape
        for i in 0..<operand.shape.count {
          gradients[operand.start + i * site.lanes + lane] += fits ? result?.elements[i] ?? .nan : .nan
        }
      }
    }
  }

  /// Many copies in one request.
  func forward(_ values: inout MutableSpan<Double>, at site: Site) throws(GateError) {
    let copies = CopiesOfOperands(site, in: values.span)
    let elements =
      copies.count > 1
      ? try external.run(chain, copies.operands, count: copies.count)[0].elements
      : try forward(site.operands.map { Tensor($0, lane: 0, of: site.lanes, in: values.span) }).elements
    for lane in 0..<site.lanes {
      let start = copies.copy(ofLane: lane) * output.count
      for i in 0..<output.count { values[site.output.start + i * site.lanes + lane] = elements[start + i] }
    }
  }

  /// The gate alone.
  private var chain: BlackBoxChain {
    BlackBoxChain(
      steps: [.init(gate: self, operands: Array(shapes.indices))], operandCount: shapes.count,
      outputs: [shapes.count])
  }

  // MARK: - Messages

  private func request(_ kind: Request.Kind, _ operands: [Tensor]) -> Request {
    var request = Request(kind)
    request.gate = card.name
    request.options = options
    request.operands = zip(operands, types).map { (.same($0), $1) }
    return request
  }

  /// An output, unless it is missing or of another shape.
  func tensor(_ output: Tensor?, shape: Shape) throws(GateError) -> Tensor {
    guard let output else { throw Self.nonsense("gives no output", external, card.name) }
    guard output.shape == shape else {
      throw Self.nonsense("gives an output of shape \(output.shape), not \(shape)", external, card.name)
    }
    return output
  }

  static func nonsense(_ message: String, _ program: ExternalProgram, _ gate: String) -> GateError {
    GateError(program.fail(message, gate).description)
  }
}

extension Graph {
  /// The fault of a program that serves one of the gates, if one has failed.
  public var programFault: ProgramFault? {
    for node in nodes {
      if case .gate(let gate) = kind(of: node), let fault = (gate as? ExternalGate)?.external.fault {
        return fault
      }
    }
    return nil
  }

  /// Where the gate of a fault stands, or the first of those that it may be of; nil where that is not certain.
  public func place(of fault: ProgramFault) -> Place? {
    guard let name = fault.gates.first else { return nil }
    let uses = nodes.filter { node in
      if case .gate(let gate) = kind(of: node) { (gate as? ExternalGate)?.card.name == name } else { false }
    }
    return uses.count == 1 ? annotation(of: uses[0]).place : nil
  }
}

extension Tensor {
  /// The same a little further from zero, each element by another part; whole numbers, which may be labels, stay.
  fileprivate var nudged: Tensor {
    Tensor(
      shape: shape,
      elements: elements.enumerated().map { position, x in
        x == x.rounded() ? x : x * (1 + 0x1p-10 * Double(1 + position % 7))
      })
  }
}
