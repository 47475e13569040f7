public import Gradients

/// The backward pass in words, as a lecturer reads it aloud: a paragraph for each gate, from the output to the inputs.
public struct Walkthrough: Sendable {
  /// A run of words, or an equation in the syntax of formulas.
  enum Piece: Sendable {
    case words(String)
    case maths(String)
    /// An equation between tensors whose products are taken element by element.
    case elementwise(String)
  }

  let title: String
  let source: String
  /// The forward pass, a gate a line: `q = x + y = -2 + 5 = 3`.
  let forward: [String]
  /// The backward pass, a gate a paragraph.
  let backward: [[Piece]]
  /// The gradients of the inputs.
  let gradients: [String]
  /// Both passes as code.
  let code: [String]

  /// More gates than this are not told.
  public static let largestGateCount = 10_000

  /// Tensors of more numbers than this are described by their shape.
  static let largestCount = 36

  /// Retells the backward pass of a graph that has been run backward from `output`.
  ///
  /// - Parameters:
  ///   - graph: the structure.
  ///   - evaluation: the run.
  ///   - output: the node that was differentiated.
  ///   - title: its name.
  ///   - source: the text of the function.
  /// - Throws: `DiagramError` when there are too many gates, `GateError` when one cannot be run again.
  public init(
    _ graph: Graph, _ evaluation: borrowing Evaluation, output: NodeID, title: String, source: String
  ) throws {
    let gates = graph.ancestors(of: output).enumerated().count { index, isReached in
      if isReached, case .gate = graph.kind(of: NodeID(index: index)) { true } else { false }
    }
    guard gates <= Self.largestGateCount else {
      throw DiagramError(
        "the function has \(gates) gates; more than \(Self.largestGateCount) are not told one by one")
    }
    let rules = try ChainRules(
      graph, evaluation, output: output, names: NodeNames(graph, output: output, title: title))
    let reached = graph.ancestors(of: output)
    var values: [NodeID: Tensor] = [:]
    var gradients: [NodeID: Tensor] = [:]
    for node in graph.nodes where reached[node.index] {
      values[node] = evaluation.value(of: node)
      if graph.isDifferentiated(node) { gradients[node] = evaluation.gradient(of: node) }
    }
    let writer = WalkthroughWriter(
      graph: graph, rules: rules, output: output, values: values, gradients: gradients)
    self.title = title
    self.source = source
    forward = writer.forward
    backward = writer.backward
    self.gradients = writer.inputs
    code = FlatCode(graph, rules, output: output).lines
  }
}

/// Finds the words.
private struct WalkthroughWriter {
  let graph: Graph
  let rules: ChainRules
  let output: NodeID
  let values: [NodeID: Tensor]
  let gradients: [NodeID: Tensor]
  private let format: NumberFormat

  init(
    graph: Graph, rules: ChainRules, output: NodeID, values: [NodeID: Tensor], gradients: [NodeID: Tensor]
  ) {
    (self.graph, self.rules, self.output) = (graph, rules, output)
    (self.values, self.gradients) = (values, gradients)
    let shown = graph.nodes.flatMap { [values[$0], gradients[$0]] }.compactMap { tensor in
      tensor.flatMap { $0.shape.count <= Walkthrough.largestCount ? $0.elements : nil }
    }
    format = rules.format(for: shown.flatMap(\.self))
  }

  // MARK: Forward

  var forward: [String] {
    graph.nodes.compactMap { node in
      guard let value = values[node], case .gate(let gate) = graph.kind(of: node),
        graph.number(at: node) == nil
      else { return nil }
      let operands = graph.operands(of: node)
      let equation = "\(rules.names[node]) = \(graph.expression(of: node, operands.map { rules.names[$0] }))"
      guard value.shape == .scalar, operands.allSatisfy({ graph.shape(of: $0) == .scalar }) else {
        return numbers(value).map { "\(equation) = \($0)" } ?? "\(equation), of shape \(value.shape)"
      }
      let texts = operands.map { graph.number(at: $0) == nil ? number(values[$0]) : rules.names[$0] }
      let worked = gate.card.symbol == "[ ]" ? "" : graph.expression(of: node, texts)
      let result = number(value)
      // What the printed numbers give; a gate that arithmetic does not know is taken at its word.
      let isExact = Arithmetic.value(of: worked).map { format.text($0.withoutRounding) == result } ?? true
      return worked.isEmpty || worked == result
        ? "\(equation) = \(result)" : "\(equation) = \(worked) \(isExact ? "=" : "\u{2248}") \(result)"
    }
  }

  var inputs: [String] {
    graph.inputs.compactMap { node in
      guard let gradient = gradients[node] else { return nil }
      let derivative = Derivative(of: rules.names[output], by: rules.names[node])
      return "\(derivative) = \(numbers(gradient) ?? "a tensor of shape \(gradient.shape)")"
    }
  }

  // MARK: Backward

  var backward: [[Walkthrough.Piece]] {
    let name = rules.names[output]
    var paragraphs: [[Walkthrough.Piece]] = []
    var first: [Walkthrough.Piece] = [
      .words("Begin at the output: the gradient of"), .maths(name), .words("with respect to itself is"),
      .maths("d\(name)/d\(name) = 1"),
    ]
    if graph.shape(of: output) != .scalar { first.append(.words("for each of its elements")) }
    paragraphs.append(first + [.words(".")])
    // A branch is added up before the gate that computes it is entered; those of the inputs come last.
    for node in graph.nodes.reversed() {
      if let sum = rules.sum(at: node) { paragraphs.append(self.sum(sum)) }
      let rules = rules[node]
      if !rules.isEmpty { paragraphs.append(paragraph(node, rules)) }
    }
    return paragraphs
  }

  private func paragraph(_ node: NodeID, _ rules: [ChainRule]) -> [Walkthrough.Piece] {
    guard case .gate(let gate) = graph.kind(of: node) else { return [] }
    let name = self.rules.names[node]
    let operands = graph.operands(of: node).map { self.rules.names[$0] }
    let start = graph.annotation(of: node).scope.map { "In \(graph.scopes[$0].name), the" } ?? "The"
    var pieces: [Walkthrough.Piece] = [
      .words("\(start) \(gate.card.name) gate"),
      .maths("\(name) = \(graph.expression(of: node, operands))"), .words("receives the upstream gradient"),
    ]
    let upstream = gradients[node].flatMap(numbers)
    pieces.append(.maths("\(rules[0].upstream)\(upstream.map { " = \($0)" } ?? "")"))
    if let tensor = gradients[node], upstream == nil { pieces.append(.words("of shape \(tensor.shape)")) }
    pieces.append(.words("."))
    for rule in rules { pieces += sentence(rule, isAlone: rules.count == 1) }
    if let pattern = gate.card.pattern { pieces.append(.words("It is a gradient \(pattern.rawValue).")) }
    return pieces
  }

  private func sentence(_ rule: ChainRule, isAlone: Bool) -> [Walkthrough.Piece] {
    guard let numbers = rule.numbers(decimals: format.decimals, most: format.decimals) else {
      return tensorSentence(rule, isAlone: isAlone)
    }
    let template = rule.rule?.template
    var pieces = localSubject(rule, isAlone)
    if template == nil { pieces.append(.words("\(rule.localRule), here")) }
    let known = template == nil ? "\(rule.local)" : rule.localRule
    if let steps = numbers.localSteps, steps != "\(template ?? "") = \(numbers.local)" {
      pieces.append(.maths("\(known) = \(steps)"))
    } else {
      pieces.append(.maths(template == numbers.local ? known : "\(known) = \(numbers.local)"))
    }
    let factor = numbers.local.hasPrefix("-") ? "(\(numbers.local))" : numbers.local
    var product = "\(numbers.upstream) * \(factor) \(numbers.sign) \(numbers.downstream)"
    // At the output's own gate there is nothing to say in symbols but the rule.
    if template != nil || rule.local != rule.downstream { product = "\(rule.product) = \(product)" }
    return pieces + share(rule, ", so") + [.maths(result(rule, product)), .words(".")]
  }

  private func tensorSentence(_ rule: ChainRule, isAlone: Bool) -> [Walkthrough.Piece] {
    var pieces: [Walkthrough.Piece] = []
    switch rule.rule {
    case .local:
      pieces = localSubject(rule, isAlone) + [.elementwise(rule.localRule)]
      pieces += share(rule, ", so") + [.elementwise(result(rule, rule.product))]
    case .whole(let text):
      pieces = [
        .words("To"), .maths(rule.downstream.by), .words("it hands down"), .maths(result(rule, text)),
      ]
      if isShare(rule) { pieces += [.words(", this branch's share of"), .maths("\(rule.downstream)")] }
    case nil:
      pieces = [.words("To"), .maths(rule.downstream.by)]
      let isSaidElsewhere = rule.localRule.hasPrefix("as ")
      pieces.append(
        .words("it hands down\(isSaidElsewhere ? " a gradient" : ", as its card says"), \(rule.localRule)"))
    }
    if let shapes = rule.shapes { pieces += [.words(", in shapes"), .elementwise(shapes)] }
    pieces.append(.words("."))
    if let jacobian = rule.jacobian, jacobian.rows * jacobian.columns > 1 {
      let size = "\(jacobian.rows) x \(jacobian.columns)"
      switch jacobian.structure {
      case .diagonal:
        pieces.append(.words("The Jacobian (\(size)) is diagonal, so only its diagonal is ever worked out."))
      case .oneHotRows:
        pieces.append(.words("Each row of the Jacobian (\(size)) is one-hot: elements pass as they are."))
      case .full: break
      }
    }
    if !isShare(rule), let text = gradients[rule.operand].flatMap(numbers) {
      pieces += [.words("In numbers,"), .maths("\(rule.downstream) = \(text)"), .words(".")]
    }
    return pieces
  }

  private func localSubject(_ rule: ChainRule, _ isAlone: Bool) -> [Walkthrough.Piece] {
    if isAlone { return [.words("Its local gradient is")] }
    return [.words("For"), .maths(rule.downstream.by), .words(", its local gradient is")]
  }

  /// Whether the operand has other uses, whose gradients are added later.
  private func isShare(_ rule: ChainRule) -> Bool { rules.sum(at: rule.operand) != nil }

  private func share(_ rule: ChainRule, _ start: String) -> [Walkthrough.Piece] {
    guard isShare(rule) else { return [.words(start)] }
    return [.words("\(start) this branch's share of"), .maths("\(rule.downstream)"), .words("is")]
  }

  private func result(_ rule: ChainRule, _ text: String) -> String {
    isShare(rule) ? text : "\(rule.downstream) = \(text)"
  }

  private func sum(_ sum: BranchSum) -> [Walkthrough.Piece] {
    let name = rules.names[sum.node]
    let count = sum.parts.count == 2 ? "twice" : "\(sum.parts.count) times"
    var equation = sum.symbols
    if let numbers = sum.numbers(decimals: format.decimals, most: format.decimals) {
      equation += " = \(numbers)"
    } else if let total = gradients[sum.node].flatMap(numbers) {
      equation += " = \(total)"
    }
    return [
      .words("The value"), .maths(name), .words("is used \(count), so its gradients add up:"),
      .maths(equation),
      .words("."),
    ]
  }

  // MARK: Numbers

  private func number(_ tensor: Tensor?) -> String { tensor.map { format.text($0.elements[0]) } ?? "" }

  /// The numbers of a tensor as a formula writes them; nil for one that is too large.
  private func numbers(_ tensor: Tensor) -> String? {
    guard tensor.shape.rank <= 2, tensor.shape.count <= Walkthrough.largestCount else { return nil }
    let texts = tensor.elements.map(format.text)
    switch tensor.shape.rank {
    case 0: return texts[0]
    case 1: return "[\(texts.joined(separator: ", "))]"
    default:
      let width = tensor.shape.extents[1]
      let rows = (0..<tensor.shape.extents[0]).map { row in
        "[\(texts[row * width..<(row + 1) * width].joined(separator: ", "))]"
      }
      return "[\(rows.joined(separator: ", "))]"
    }
  }
}

extension Graph {
  /// The gate at a node as a formula writes it, with the given words for its operands: `x + y`, `exp(x)`.
  func expression(of node: NodeID, _ operands: [String]) -> String {
    guard case .gate(let gate) = kind(of: node) else { return "" }
    let card = gate.card
    func factor(_ text: String) -> String { text.hasPrefix("-") ? "(\(text))" : text }
    if let infix = card.infix, operands.count == 2 {
      let left = infix == "**" ? factor(operands[0]) : operands[0]
      return "\(left) \(infix) \(factor(operands[1]))"
    }
    if let prefix = card.prefix, operands.count == 1 { return "\(prefix)\(factor(operands[0]))" }
    // Indices stand in the formula's own text.
    if card.symbol == "[ ]", let label = annotation(of: node).label { return label }
    let options = gate.settings.compactMap { setting in
      setting.value == .none ? nil : "\(setting.name)=\(setting.value.text)"
    }
    return "\(card.name)(\((operands + options).joined(separator: ", ")))"
  }
}
