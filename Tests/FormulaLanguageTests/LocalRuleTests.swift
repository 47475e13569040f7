import FormulaLanguage
import Gradients
import TestSupport
import Testing

/// What the cards say of gradients is in the syntax of formulas, so that it can be run.
@Suite struct LocalRuleTests {
  @Test(arguments: SampleUse.all)
  func `a rule gives what the backward pass gives`(use: SampleUse) throws {
    let shapes = use.operands.map(\.shape)
    let output = try use.gate.output(at: use.operands)
    let upstream = Tensor(
      shape: output.shape, elements: output.elements.indices.map { 0.75 - Double($0 % 5) / 2 })
    let expected = try use.gate.downstreamGradients(upstream, at: use.operands)
    let names = use.operands.indices.map { "operand\($0)" }
    for (position, operand) in use.operands.enumerated() where !use.card.isLabel(position) {
      guard
        let rule = use.gate.rule(of: position, for: shapes, words: (names, "output", "upstream"))
      else { continue }
      let text =
        switch rule {
        case .local(let local): "f = upstream * (\(local)) + 0 * \(names[position])"
        case .whole(let whole): "f = \(whole)"
        }
      let values = Array(zip(names, use.operands)) + [("output", output), ("upstream", upstream)]
      let formula = try Formula(
        parsing: Source(name: "rule", text: text),
        replacing: values.filter { text.contains($0.0) }.map { (name: $0.0, text: literal($0.1)) })
      var evaluation = try Evaluation(
        formula.graph, inputs: Dictionary(formula.inputs.map { ($0.name, $0.value) }) { first, _ in first })
      try evaluation.forward()
      let found = evaluation.value(of: formula.output)
      #expect(found.shape == operand.shape, "\(text)")
      for (a, b) in zip(found.elements, expected[position].elements) {
        #expect((a - b).magnitude <= 1e-11 * max(1, b.magnitude), "\(text): \(a), backward \(b)")
      }
    }
  }

  /// The others move elements, or need more words than a formula has.
  @Test func `the gates without a rule are these`() {
    let without = SampleUse.all.filter { use in
      use.gate.rules(for: use.operands.map(\.shape)).isEmpty
    }.map(\.card.name)
    #expect(
      Set(without) == [
        "affine", "batchnorm", "concatenate", "conv2d", "gather", "gelu", "layernorm",
        "lstm_step",
        "matmul", "max_pool2d", "slice", "softmax_loss", "stack", "svm_loss", "transpose",
      ])
  }

  @Test func `names are filled in, functions, properties and arguments are not`() {
    let rule = LocalRule.whole("exp(x) @ x.T * sum(x, axis=x) - xx")
    #expect(
      rule.filled { $0 == "x" ? "a + b" : nil } == "exp(a + b) @ (a + b).T * sum(a + b, axis=a + b) - xx")
    #expect(LocalRule.local("-1 / x**2").filled { $0 == "x" ? "-2.00" : nil } == "-1 / (-2.00)**2")
    #expect(LocalRule.whole("dz @ y.T").filled { $0 == "dz" ? "dL/dz" : nil } == "dL/dz @ y.T")
  }

  private func literal(_ tensor: Tensor) -> String {
    func text(_ extents: ArraySlice<Int>, _ elements: ArraySlice<Double>) -> String {
      guard let extent = extents.first else { return elements.first.map(NumberText.exact) ?? "0" }
      let step = elements.count / extent
      let parts = (0..<extent).map { i in
        text(extents.dropFirst(), elements.dropFirst(i * step).prefix(step))
      }
      return "[\(parts.joined(separator: ", "))]"
    }
    return text(tensor.shape.extents[...], tensor.elements[...])
  }
}
