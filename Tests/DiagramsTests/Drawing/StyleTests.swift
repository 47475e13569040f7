import Diagrams
import Gradients
import GraphvizRendering
import Testing

@Suite struct StyleTests {
  private func drawn(_ text: String, _ change: (inout DiagramOptions) -> Void) throws -> Diagram {
    var options = DiagramOptions()
    change(&options)
    return try picture(of: text, options: options)
  }

  /// The texts of a label, tags left out.
  private func texts(_ line: String) -> [String] {
    line.matches(of: />([^<>]+)</).map { String($0.1) }
  }

  @Test func `the full style tells the three gradients apart in words and place`() throws {
    // CS231n 2025, "mul gate: swap multiplier": upstream 5, downstream 5*3 = 15 and 2*5 = 10.
    let text = try drawn("x = 2\ny = 3\nz = x * y\nf = 5 * z") { $0.style = .full }.dotText
    let rule = try #require(text.lines(from: "n2_rule ").first)
    #expect(
      texts(rule) == [
        "downstream", "=", "upstream", "*", "local",
        "df/dx", "=", "df/dz", "*", "dz/dx = y", "15", "=", "5", "*", "3",
        "df/dy", "=", "df/dz", "*", "dz/dy = x", "10", "=", "5", "*", "2",
      ])
  }

  @Test func `a small Jacobian is written out, a large one by its shape and structure`() throws {
    // CS231n 2025: relu at [1, -2, 3, -1] has the Jacobian diag(1, 0, 1, 0).
    let small = try drawn("x = [1, -2, 3, -1]\nz = relu(x)\nf = L2(z)") { $0.style = .full }.dotText
    let rule = texts(try #require(small.lines(from: "n1_rule ").first))
    #expect(rule.contains("local dz/dx [4 x 4], diagonal"))
    #expect(
      rule.suffix(16) == ["1", "0", "0", "0", "0", "0", "0", "0", "0", "0", "1", "0", "0", "0", "0", "0"])
    let large = try drawn("x = ones(4096)\nz = relu(x)\nf = L2(z)") { $0.style = .full }.dotText
    let last = texts(try #require(large.lines(from: "n1_rule ").first)).last
    #expect(last == "local dz/dx [4096 x 4096], diagonal")
  }

  @Test func `a matrix product has its rule with shapes`() throws {
    let text = try drawn("x = ones(2, 3)\nw = ones(3, 4)\ny = x @ w\nf = L2(y)") { $0.style = .full }.dotText
    let rule = texts(try #require(text.lines(from: "n2_rule ").first))
    #expect(rule.contains("df/dx = df/dy @ w.T") && rule.contains("shapes (2, 3) = (2, 4) @ (4, 3)"))
    #expect(rule.contains("df/dw = x.T @ df/dy"))
  }

  @Test func `a rule names what it is about as its gate sees it, and writes its rows out`() throws {
    // Two products have the same text, and the function gives two values the name s.
    let text = try drawn(
      "def g(x):\n    s = sin(x)\n    return s * s\nw = 2; x = 3\nf = g(w*x) + g(w*x)"
    ) { $0.style = .full }.dotText
    let rules = text.lines(from: "n").filter { $0.contains("_rule [") }.flatMap(texts)
    #expect(rules.contains("ds/d(w*x) = cos(w*x)") && rules.contains("ds/d(in) = cos(in)"))
    #expect(!rules.contains { $0.contains("_n") }, "\(rules)")
    let tensors = try drawn("x = ones(4, 3); w1 = ones(3, 2); b1 = ones(2)\nf = L2(x @ w1 + b1)") {
      $0.style = .full
    }.dotText
    let row = "df/d(in2) = df/d(x @ w1 + b1) * d(x @ w1 + b1)/d(in2)"
    #expect(texts(tensors.lines(from: "n").filter { $0.contains("_rule [") }.joined()).contains(row))
  }

  @Test(arguments: ["q", "x + y", "x+y", "n3", "add"])
  func `a close-up finds its gate by name, text, node or operation`(gate: String) throws {
    let text = try drawn("x = -2\ny = 5\nz = -4\nq = x + y\nf = q * z") {
      $0.style = .closeup
      $0.closeup = gate
    }.dotText
    #expect(text.count(of: "data_gate=") == 1 && text.contains("data_gate=\"add\""))
    // Activations come in, gradients go back: df/dx = df/dq dq/dx = -4 * 1.
    let x = texts(try #require(text.lines(from: "n3_0 ").first))
    #expect(x.contains("-2") && x.contains("-4") && x.contains("df/dx = df/dq * dq/dx"))
    #expect(text.count(of: "dir=\"both\"") == 3)
  }

  @Test(arguments: [
    ("x = [1, 2]\nw = [[1, 2], [3, 4]]\nz = x @ w\nf = L2(z)", "n2_0 ", "matrix-vector multiply"),
    ("x = [1, -2]\nz = relu(x)\nf = L2(z)", "n1_0 ", "elementwise multiply"),
    ("x = [1, -2, 3]\nz = x[1:3]\nf = L2(z)", "n1_0 ", "passed on as it is"),
  ])
  func `a close-up says what the product with a Jacobian comes to`(
    formula: String, end: String, product: String
  ) throws {
    let text = try drawn(formula) {
      $0.style = .closeup
      $0.closeup = "z"
    }.dotText
    let role = texts(try #require(text.lines(from: end).first)).last
    #expect(role == "downstream gradient: \(product)")
  }

  @Test func `labels are whole numbers beside numbers with decimals`() throws {
    let text = try drawn("x = [[0.25, 0.5]]\nconst y = [1]\nloss = softmax_loss(x, y)") { _ in }.dotText
    #expect(texts(try #require(text.lines(from: "n1 ").first)).contains("1"))
    #expect(texts(try #require(text.lines(from: "n0 ").first)).contains("0.50"))
  }

  @Test func `a gate that is not there, or is there twice, is answered with those there are`() {
    let formula = "x = 2\nf = exp(x) * exp(2*x)"
    let missing = #expect(throws: DiagramError.self) {
      try drawn(formula) {
        $0.style = .closeup
        $0.closeup = "tanh"
      }
    }
    #expect(missing?.description.hasPrefix("the function has no gate 'tanh'; it has ") == true)
    let double = #expect(throws: DiagramError.self) {
      try drawn(formula) {
        $0.style = .closeup
        $0.closeup = "exp"
      }
    }
    #expect(double?.description.hasPrefix("the function has 2 gates 'exp'; say which one: ") == true)
  }

  @Test func `large tensors are drawn as a map of colours on request`() throws {
    let formula = "x = arange(64)\nf = sum(x)"
    let text = try drawn(formula) { $0.hasHeatMaps = true }.dotText
    // 64 numbers in one column of 16 cells, from light to the colour of values.
    let cells = try #require(text.lines(from: "n0 ").first).matches(of: /BGCOLOR="(#[0-9a-f]{6})"/).map(\.1)
    #expect(cells.prefix(16).last == "#1b7a2f" && Set(cells.prefix(16)).count == 16)
    #expect(try !drawn(formula) { _ in }.dotText.contains("BGCOLOR"))
  }

  @Test func `a wrong gate is marked without relying on colour`() throws {
    let mark = Diagram.Mark(
      verdict: "disagree", subject: "exp, operand x", numbers: [("analytic", "3.0")], text: "wrong by a sign")
    let text = try picture(of: "x = 1\nf = exp(x)", marks: [NodeID(index: 1): mark]).dotText
    let gate = try #require(text.lines(from: "n1 ").first)
    #expect(gate.contains("peripheries=\"2\"") && gate.contains("style=\"filled,dashed\""))
    let note = texts(try #require(text.lines(from: "n1_note ").first))
    #expect(note == ["FAIL", "exp, operand x", "analytic", "3.0", "wrong by a sign"])
  }

  @Test func `everything drawn can be found, and gates have a sentence`() throws {
    let diagram = try picture(of: "x = -2\ny = 5\nz = -4\nq = x + y\nf = q * z")
    let svg = diagram.svg(fromLayout: try GraphvizRenderer.svg(dot: diagram.dotText))
    for id in ["n0", "n1", "n2", "n3", "n3_out", "n4", "n4_out", "n3_0_edge", "n4_1_edge", "n4_out_edge"] {
      #expect(svg.count(of: " id=\"\(id)\" ") == 1, "\(id)")
    }
    #expect(svg.contains("role=\"graphics-document document\" aria-labelledby=\"title desc\""))
    #expect(
      svg.contains(
        "<title>multiply gate: inputs 3 and -4, output -12, upstream 1, local -4 and 3, downstream -4 and 3</title>"
      ))
    #expect(svg.count(of: "class=\"value\"") == 5 && svg.count(of: "class=\"gradient\"") == 5)
  }

  @Test func `one picture follows the page around it`() throws {
    let diagram = try drawn("x = 1\nf = exp(x)") { $0.theme = .auto }
    let svg = diagram.svg(fromLayout: try GraphvizRenderer.svg(dot: diagram.dotText))
    #expect(svg.contains("fill:var(--chainrule-forward,var(--chainrule-own-forward))"))
    #expect(svg.contains("@media (prefers-color-scheme:dark)"))
  }
}
