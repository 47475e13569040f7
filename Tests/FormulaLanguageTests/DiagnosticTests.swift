import FormulaLanguage
import Gradients
import Testing

/// A formula that is wrong, with `^^` before what is marked, the id of its diagnostic, and the text after its fix.
private struct Wrong: Sendable, CustomStringConvertible {
  let marked: String
  let id: String
  var repaired: String?

  var description: String { marked }
  var offset: Int { marked.utf8.count - marked.drop { $0 != "^" }.utf8.count }
  var text: String {
    guard let mark = marked.firstIndex(of: "^") else { return marked }
    return String(marked[..<mark] + marked[mark...].dropFirst(2))
  }

  init(_ marked: String, _ id: String, _ repaired: String? = nil) {
    self.marked = marked
    self.id = id
    self.repaired = repaired
  }
}

@Suite struct DiagnosticTests {
  private static let cases = [
    Wrong("x = 1; f = x ^^^ 2", "power-sign", "x = 1; f = x ** 2"),
    Wrong("x = 1; f = ^^$ + x", "unexpected-character"),
    Wrong("x = 1; f = ^^2x + 1", "bad-number", "x = 1; f = 2*x + 1"),
    Wrong("x = 1; f = ^^0x1F * x", "bad-number"),
    Wrong("x = 1; f = 3^^(x + 1)", "unexpected", "x = 1; f = 3*(x + 1)"),
    Wrong("x = 1; f = (x + 1) ^^x", "unexpected", "x = 1; f = (x + 1)* x"),
    Wrong("x = ^^1e999; f = x", "number-too-large"),
    Wrong("x = load(^^\"a.csv)", "unclosed-text"),
    Wrong("x = 1; f = ^^(x + 2", "unclosed", "x = 1; f = (x + 2)"),
    Wrong("x = 1; f = x + ^^* 2", "unexpected"),
    Wrong("^^* 2", "unexpected-start"),
    Wrong("x = 1; ^^x + 1 = 2", "bad-target"),
    Wrong("def g(x) ^^return x", "expected", "def g(x): return x"),
    Wrong("def g(x, ^^x): return x", "parameter-twice"),
    Wrong("^^use \"python3 a.py\"", "program-failed"),
    Wrong("def g(x):\n  ^^use \"python3 a.py\"\n  return x\ny = 1; f = g(y)", "stray-use"),
    Wrong("gate ^^g(x):\n  forward:\n    y = x\n", "missing-pass"),
    Wrong("gate g(x):\n  forward:\n    y = x\n  ^^sideways:\n    y = x", "expected-pass"),
    Wrong("gate g(x):\n  forward:\n    y = x\n  backward(a, b^^):\n    dx = a", "one-upstream"),
    Wrong("def g(x)^^:\ny = 1", "empty-block"),
    Wrong("^^return 1", "stray-return"),
    Wrong(
      "gate g(x):\n  forward:\n    y = x\n  backward(dy):\n    ^^return dy\na = 1; f = g(a)",
      "return-of-gradients"),
    Wrong("rate = 1; f = rate * 2\ndf/d^^raet = 2", "unknown-claim", "rate = 1; f = rate * 2\ndf/drate = 2"),
    Wrong("x = 1; f = x * 2\nd^^g/dx = 2", "unknown-claim"),
    Wrong("x = 1\n^^x = 2\nf = x", "redefined"),
    Wrong("def g(a): return a\ndef ^^g(a): return a", "defined-twice"),
    Wrong("y = ^^z * 2\nz = 3", "used-before"),
    Wrong("x = ^^x + 1", "used-before"),
    Wrong("weight = 1; f = ^^wieght * 2", "unknown-name", "weight = 1; f = weight * 2"),
    Wrong("x = 1; f = ^^sigmod(x)", "unknown-gate", "x = 1; f = sigmoid(x)"),
    Wrong("x = 1; f = ^^np.sigmod(x)", "unknown-gate", "x = 1; f = np.sigmoid(x)"),
    Wrong("x = 1; f = ^^exp + x", "gate-without-operands"),
    Wrong("x = 1; f = ^^exp(x, x)", "wrong-operands"),
    Wrong("x = [1]; f = sum(x, ^^axes=0)", "unknown-option"),
    Wrong("x = [1]; f = ^^sum(x, axis=0.5)", "bad-option"),
    Wrong("x = [1, 2]; y = [1, 2, 3]; f = ^^x + y", "shapes"),
    Wrong("x = ^^[[1, 2], [3]]", "shapes"),
    Wrong("x = ^^zeros(1000000000, 1000000000); f = sum(x)", "bad-data"),
    Wrong("x = ^^load(\"nowhere.npy\"); f = x", "bad-data"),
    Wrong("def g(x): return ^^g(x)\na = 1; f = g(a)", "cycle"),
    Wrong("def g(x, y): return x\na = 1; f = ^^g(a)", "wrong-arguments"),
    Wrong("def ^^g(x): y = x\na = 1; f = g(a)", "no-return"),
    Wrong(
      "gate ^^g(x):\n  forward:\n    y = x\n  backward(dy):\n    dz = dy\na = 1; f = g(a)", "missing-gradient"
    ),
    Wrong("x = [1, 2]; f = ^^x[5]", "shapes"),
    Wrong("x = [1, 2]; f = x.shape[^^3] * x", "index-out-of-range"),
    Wrong("x = [1, 2]; f = x.^^shpe", "unknown-member", "x = [1, 2]; f = x.shape"),
    Wrong("x = [1, 2]; f = x[^^x:]", "not-an-integer"),
    Wrong("x = [1, 2]; f = sum(^^x[])", "empty-index"),
    Wrong("^^import numpy as np", "python-word"),
    Wrong("x = 1; f = ^^lambda a: a * x", "python-word"),
    Wrong("x = 1; f = x ^^if x else 0", "python-word"),
    Wrong("x = [1]; f = [a ^^for a in x]", "python-word"),
    Wrong("x = 1; f = x + ^^\"a\"", "not-an-operand"),
    Wrong("x = 1; f = ^^len(x) * x", "no-length"),
    Wrong("^^", "empty"),
    Wrong("x = ^^\"a\"", "not-a-value"),
    Wrong("^^def g(x): return x", "no-output"),
    Wrong("x = [1]; f = sum(x, ^^axis=x)", "not-an-option"),
  ]

  @Test(arguments: cases)
  fileprivate func `a wrong formula is marked where it is wrong, and its fix mends it`(wrong: Wrong) throws {
    let source = Source(name: "f", text: wrong.text)
    let error = try #require(throws: FormulaError.self) { try Formula(parsing: source) }
    let found = try #require(error.diagnostics.first { $0.message.id == wrong.id }, "\(error)")
    #expect(found.range.offsets.lowerBound == wrong.offset, "\(error)")
    if let repaired = wrong.repaired { #expect(found.fixIts.first?.applied(to: source) == repaired) }
  }

  @Test(arguments: [
    ("x", "1,2,3", "list-without-brackets", "use '[1, 2, 3]'"),
    ("x", "1 -2 3", "list-without-brackets", "use '[1, -2, 3]'"),
    ("x", "[1, 2", "unclosed", "insert ']'"), ("x", "", "no-value", nil),
    ("X", "3", "unknown-name", "give it a value: x=3, not X=3"),
  ])
  func `what is wrong with a given value is told, and nothing that follows from it`(
    name: String, value: String, id: String, fix: String?
  ) throws {
    let source = Source(name: "<formula>", text: "sum(x**2)")
    let error = try #require(throws: FormulaError.self) {
      try Formula(parsing: source, replacing: [(name, value)])
    }
    #expect(error.diagnostics.map(\.message.id) == [id])
    #expect(error.diagnostics[0].fixIts.first?.message == fix)
  }

  @Test func `a message reads as a person would write it`() throws {
    let error = try #require(throws: FormulaError.self) {
      try Formula(parsing: Source(name: "<formula>", text: "x = 1\nf = maximun(x, 2)"))
    }
    #expect(
      error.description == """
        <formula>:2:5: error: unknown gate 'maximun' [unknown-gate]
          | f = maximun(x, 2)
          |     ^^^^^^^
          = fix: use 'maximum'
        """)
  }

  @Test func `a pass that reads a value of the formula is told to make it an operand`() throws {
    let text =
      "gate g(x):\n  forward:\n    y = x * z\n  backward(dy):\n    dx = dy * z\nz = 2; a = 1; f = g(a)"
    let error = try #require(throws: FormulaError.self) {
      try Formula(parsing: Source(name: "f", text: text))
    }
    #expect(error.diagnostics[0].message.id == "unknown-name")
    #expect(error.diagnostics[0].fixIts.first?.message.hasPrefix("make it an operand: ") == true)
  }

  @Test func `all errors of a formula are reported in one run, in order`() throws {
    let error = try #require(throws: FormulaError.self) {
      try Formula(parsing: Source(name: "f", text: "x = 1\na = foo(x)\nb = x ^ 2\nc = x + [1, 2] @ [1]"))
    }
    #expect(error.diagnostics.map(\.message.id) == ["unknown-gate", "power-sign", "shapes"])
  }

  @Test func `an error is not reported again where its name is used`() throws {
    let error = try #require(throws: FormulaError.self) {
      try Formula(parsing: Source(name: "f", text: "x = 1\na = foo(x)\nb = a * 2\nf = b + a"))
    }
    #expect(error.diagnostics.count == 1)
  }

  @Test func `deep nesting, NUL bytes, invalid UTF-8 and line ends of every kind never crash`() throws {
    let deep = String(repeating: "(", count: 100_000) + "x" + String(repeating: ")", count: 100_000)
    for text in [deep, String(repeating: "-", count: 100_000) + "1", String(repeating: "[", count: 100_000)] {
      _ = try? Formula(parsing: Source(name: "f", text: text), replacing: [("x", "1")])
    }
    let tooDeep = #expect(throws: FormulaError.self) { try Formula(parsing: Source(name: "f", text: deep)) }
    #expect(tooDeep?.diagnostics.first?.message.id == "too-deep")
    let nul = #expect(throws: FormulaError.self) { try Formula(parsing: Source(name: "f", text: "x = 1\0")) }
    #expect(nul?.diagnostics.first?.message.text == "'U+0000' does not belong in a formula")
    let bad = #expect(throws: FormulaError.self) {
      try Source(name: "f", utf8: Array("x = 1\nf = ".utf8) + [0xFF])
    }
    #expect(bad?.diagnostics.first?.text.hasPrefix("f:2:5: error: byte 0xFF is not UTF-8") == true)
    let formula = try Formula(parsing: Source(name: "f", text: "\u{FEFF}x = 1\r\nf = x * 2\r\n"))
    #expect(formula.outputName == "f")
  }

  @Test func `functions that call one another without end in sight are refused`() {
    let names = (0...70).map { "g\($0)" }
    var text = "def g0(x): return x\n"
    for (callee, caller) in zip(names, names.dropFirst()) {
      text += "def \(caller)(x): return \(callee)(x)\n"
    }
    let deep = #expect(throws: FormulaError.self) {
      try Formula(parsing: Source(name: "f", text: text + "a = 1; f = g70(a)"))
    }
    #expect(deep?.diagnostics.first?.message.id == "calls-too-deep")
    text = "def g0(x): return x + x\n"
    for (callee, caller) in zip(names, names.dropFirst()) {
      text += "def \(caller)(x): return \(callee)(x) + \(callee)(x)\n"
    }
    let wide = #expect(throws: FormulaError.self) {
      try Formula(parsing: Source(name: "f", text: text + "a = 1; f = g40(a)"))
    }
    #expect(wide?.diagnostics.first?.message.id == "too-large")
  }

  @Test func `a value is not called unknown where the formula itself is wrong`() throws {
    let error = try #require(throws: FormulaError.self) {
      try Formula(parsing: Source(name: "f", text: "f = exq(x)"), replacing: [("x", "1")])
    }
    #expect(error.diagnostics.map(\.message.id) == ["unknown-gate"])
  }

  @Test func `a gate that fails in a run is shown in the text`() throws {
    let formula = try Formula(
      parsing: Source(name: "f", text: "x = [[1, 2]]\nloss = 2 * np.softmax_loss(x, [5])"))
    var evaluation = try Evaluation(
      formula.graph, inputs: Dictionary(uniqueKeysWithValues: formula.inputs.map { ($0.name, $0.value) }))
    let error = try #require(throws: GateError.self) { try evaluation.forward() }
    #expect(
      formula.text(of: error) == """
        f:2:12: error: softmax_loss: label 5 of row 0 is none of the 2 classes [gate-failed]
          | loss = 2 * np.softmax_loss(x, [5])
          |            ^^^^^^^^^^^^^^^
        """)
  }

  @Test func `a value given for an input must be data`() {
    let error = #expect(throws: FormulaError.self) {
      try Formula(parsing: Source(name: "f", text: "x = 1; y = 2; f = x * y"), replacing: [("y", "x + 1")])
    }
    #expect(
      error?.diagnostics.first?.text.hasPrefix("<y>:1:1: error: the value for 'y' must be a number") == true)
  }

  @Test func `a long sum is no deep nesting`() throws {
    let text = "x = 1\nf = x" + String(repeating: " + x", count: 20_000)
    #expect(try Formula(parsing: Source(name: "f", text: text)).graph.count == 20_001)
  }

  @Test(arguments: 0..<400)
  func `no mutation of a formula crashes`(seed: UInt64) {
    let good = Array(
      """
      gate affine(x, w):
          forward:
              out = x @ w
          backward(dout):
              dx = dout @ w.T
              dw = x.T @ dout
      def g(a): return a[0, 1:] * 2
      x = [[1, 2], [3, 4]]; w = randn(2, 2)
      f = sum(g(affine(x, w)), axis=0) ** 2
      df/dx = ones(2, 2)
      """.utf8)
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    func next(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    var bytes = good
    for _ in 0...next(4) {
      let position = next(bytes.count)
      switch next(3) {
      case 0: bytes.remove(at: position)
      case 1: bytes.insert(good[next(good.count)], at: position)
      default: bytes[position] = UInt8(next(128))
      }
    }
    _ = try? Formula(parsing: Source(name: "f", utf8: bytes))
  }
}
