public import Gradients

/// One use of a gate that another program runs, for operands of given shapes.
struct ExternalGate: BlackBoxGate {
  let card: GateCard
  fileprivate let program: ExternalProgram
  private let options: [String: WireOption]
  private let shapes: [Shape]
  private let output: Shape
  private let types: [WireType]

  /// Asks the program what the gate gives at `operands`.
  ///
  /// It is asked elsewhere first: what a function keeps from its first call is then wrong from the beginning, and shows.
  init(
    _ program: ExternalProgram, _ name: String, options: GateOptions, at operands: [Tensor]
  ) throws(GateError) {
    guard let card = program.cards.first(where: { $0.name == name }) else {
      throw GateError("'\(program.command)' serves no gate '\(name)'")
    }
    self.program = program
    self.options = Dictionary(options.all.map { ($0.name, WireOption(value: $0.value)) }) { $1 }
    shapes = operands.map(\.shape)
    var request = Request(.open)
    request.gate = name
    request.options = self.options
    request.operands = operands.map { .same(WireArray($0.nudged)) }
    _ = try? program.ask(request, gate: name)
    request.operands = operands.map { .same(WireArray($0)) }
    let answer = try Self.successful(request, program, name)
    guard let extents = answer.shape, let shape = try? Shape(validating: extents) else {
      throw Self.nonsense("gives no shape of its output", program, name)
    }
    output = shape
    let differentiable = answer.gradientsOf ?? operands.map { _ in true }
    let types = answer.types ?? operands.map { _ in .float }
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
    var request = request(.forward)
    request.operands = wire(operands)
    return try output(of: try Self.successful(request, program, card.name), shape: output)
  }

  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    try gradients(upstream, operands).gradients
  }

  func observe(upstream: Tensor, operands: [Tensor]) throws(GateError) -> BlackBoxObservation {
    var request = request(.forward)
    request.operands = wire(operands)
    let forward = try Self.successful(request, program, card.name)
    let backward = try gradients(upstream, operands)
    let changed = Set((forward.changed ?? []) + backward.changed).filter(operands.indices.contains)
    return BlackBoxObservation(
      output: try output(of: forward, shape: output), gradients: backward.gradients,
      changedOperands: changed.sorted())
  }

  private func gradients(
    _ upstream: Tensor, _ operands: [Tensor]
  ) throws(GateError) -> (gradients: [Tensor], changed: [Int]) {
    var request = request(.backward)
    request.operands = wire(operands)
    request.upstream = WireArray(upstream)
    let answer = try Self.successful(request, program, card.name)
    guard let gradients = answer.gradients, gradients.count == operands.count else {
      throw Self.nonsense(
        "gives \(answer.gradients.map { "\($0.count)" } ?? "no") gradients for \(operands.count) operands",
        program,
        card.name)
    }
    return (
      zip(gradients, operands).enumerated().map { position, pair in
        // A label has no gradient, whatever the program says of it.
        card.isLabel(position)
          ? Tensor(repeating: 0, shape: pair.1.shape)
          : pair.0?.tensor ?? Tensor(repeating: .nan, shape: pair.1.shape)
      }, answer.changed ?? []
    )
  }

  /// What cannot be understood is not a number: the gradients of other operands, and of other gates, can be checked still.
  func backward(
    _ gradients: inout MutableSpan<Double>, values: Span<Double>, at site: Site
  ) throws(GateError) {
    for lane in 0..<site.lanes {
      let operands = site.operands.map { Tensor($0, lane: lane, of: site.lanes, in: values) }
      let results = try? self.gradients(
        Tensor(site.output, lane: lane, of: site.lanes, in: gradients.span), operands
      ).gradients
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
    let copies = CopiesOfOperands(site, types, in: values.span)
    var request = request(.forward)
    request.operands = copies.wire
    if copies.count > 1 { request.copies = copies.count }
    let answer = try Self.successful(request, program, card.name)
    let shape = copies.count > 1 ? Shape([copies.count] + output.extents) : output
    let elements = try output(of: answer, shape: shape, copies: copies.count).elements
    for lane in 0..<site.lanes {
      let start = copies.copy(ofLane: lane) * output.count
      for i in 0..<output.count { values[site.output.start + i * site.lanes + lane] = elements[start + i] }
    }
  }

  // MARK: - Messages

  private func request(_ kind: Request.Kind) -> Request {
    var request = Request(kind)
    request.gate = card.name
    request.options = options
    return request
  }

  private func wire(_ operands: [Tensor]) -> [WireOperand] {
    zip(operands, types).map { .same(WireArray($0, type: $1)) }
  }

  private func output(of answer: Answer, shape: Shape, copies: Int = 1) throws(GateError) -> Tensor {
    let output = copies > 1 ? answer.output?.copies(copies) : answer.output?.tensor
    guard let tensor = output else {
      throw Self.nonsense("gives no output", program, card.name)
    }
    guard tensor.shape == shape else {
      throw Self.nonsense("gives an output of shape \(tensor.shape), not \(shape)", program, card.name)
    }
    return tensor
  }

  /// The answer to a request, unless it is an error.
  private static func successful(
    _ request: Request, _ program: ExternalProgram, _ gate: String
  ) throws(GateError) -> Answer {
    let answer: Answer
    do throws(ProgramFault) {
      answer = try program.ask(request, gate: gate)
    } catch {
      throw GateError(error.description)
    }
    if let error = answer.error { throw GateError("gate '\(gate)': \(error)") }
    return answer
  }

  private static func nonsense(_ message: String, _ program: ExternalProgram, _ gate: String) -> GateError {
    GateError(program.fail(message, gate).description)
  }
}

extension Graph {
  /// The fault of a program that serves one of the gates, if one has failed.
  public var programFault: ProgramFault? {
    for node in nodes {
      if case .gate(let gate) = kind(of: node), let fault = (gate as? ExternalGate)?.program.fault {
        return fault
      }
    }
    return nil
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
