import Diagrams
import FormulaLanguage
import Gradients
import GraphvizRendering
import Testing

@Suite struct StoredDiagramTests {
  @Test func `a diagram carries its formula, however it is written`() throws {
    let formula = "# \"quoted\", back\\slash, \\n, tab\there & <tags>\nx = 1\nf = exp(x)"
    let dot = try dotText(formula)
    #expect(try read(dot).header.formula == formula)
    #expect(try read(dot).isUnedited)
  }

  @Test func `where it comes from is carried with it`() throws {
    var graph = Graph()
    let x = graph.input("x")
    let f = try graph.apply(try #require(GateCatalog.standard["exp"]).init(GateOptions()), to: [x])
    var evaluation = try Evaluation(graph, inputs: ["x": Tensor(0)])
    try evaluation.forward()
    let origin = Diagram.Origin(
      file: "a \"b\".grad", values: [("x", "[1,\n 2]"), ("y", "load(\"y.npy\")")],
      seed: 18_446_744_073_709_551_615)
    let diagram = try Diagram(graph, evaluation, output: f, title: "f", source: "", origin: origin)
    let stored = try read(diagram.dotText).header.origin
    #expect(stored.file == origin.file && stored.seed == origin.seed)
    #expect(stored.values.map(\.text) == ["[1,  2]", "load(\"y.npy\")"])
  }

  @Test(arguments: [
    ("data_value=\"3\"", "data_value=\"4\""), (">3</FONT>", ">4</FONT>"),
    ("data_operand=\"1\"", "data_operand=\"2\""),
    ("data_formula=\"x", "data_formula=\" x"), ("data_place=\"2:7\"", "data_place=\"2:8\""),
  ])
  func `whoever edits a number, a label, a wire or the formula breaks the check sum`(
    text: String, other: String
  ) throws {
    let dot = try dotText("x = 2; y = 1\nf = x + y")
    try #require(dot.contains(text))
    #expect(try read(dot).isUnedited)
    #expect(try !read(dot.replacing(text, with: other)).isUnedited)
  }

  @Test func `attributes and statements in another order are no edit`() throws {
    let dot = try dotText("x = 2; y = 1\nf = x + y")
    let lines = dot.split(separator: "\n").map(String.init)
    let statements = lines.dropFirst().dropLast()
    let reversed = ([lines[0]] + statements.reversed() + ["}"]).joined(separator: "\n")
    let (stored, present) = (try read(reversed), try read(dot))
    #expect(stored.isUnedited)
    #expect(DiagramComparison(stored: stored, present: present).differences.isEmpty)
  }

  @Test func `the seal is broken by any byte`() throws {
    let dot = try dotText("x = 2; y = 1\nf = x + y")
    #expect(StoredHeader.isSealed(dot))
    let bytes = Array(dot.utf8)
    for position in stride(from: 0, to: bytes.count - 60, by: 97) {
      var other = bytes
      other[position] ^= 1
      #expect(!StoredHeader.isSealed(String(decoding: other, as: UTF8.self)))
    }
    #expect(!StoredHeader.isSealed(dot + "\n") && !StoredHeader.isSealed(""))
  }

  @Test func `a run has the fingerprint that its picture carries, and another in its last bit has not`()
    throws
  {
    func fingerprint(_ formula: String) throws -> (run: String, picture: String?) {
      let parsed = try Formula(parsing: Source(name: "<formula>", text: formula))
      var evaluation = try Evaluation(
        parsed.graph, inputs: Dictionary(uniqueKeysWithValues: parsed.inputs.map { ($0.name, $0.value) }))
      try evaluation.forward()
      try evaluation.backward(from: parsed.output)
      let run = try Diagram.fingerprint(
        parsed.graph, evaluation, output: parsed.output, title: parsed.outputName, options: DiagramOptions())
      return (run, try read(dotText(formula)).header.fingerprint)
    }
    let formula = "x = 0.1; y = 1\nf = x * y"
    let first = try fingerprint(formula)
    #expect(first.run == first.picture)
    #expect(try fingerprint("# a comment\n" + formula) == first)
    for other in [
      "x = 0.10000000000000002; y = 1\nf = x * y", "u = 0.1; y = 1\nf = u * y", "x = 0.1; y = 1\nf = y * x",
      "x = 0.1; const y = 1\nf = x * y", "x = 0.1; y = 1\nf = x / y", "x = 0.1; y = 1\nf = x * y + 0",
    ] {
      #expect(try fingerprint(other).run != first.run, "\(other)")
    }
  }

  @Test func `a gate that is drawn close up is compared as well`() throws {
    func closeUp(_ x: Double) throws -> StoredDiagram {
      var graph = Graph()
      let (x0, y) = (graph.input("x"), graph.input("y"))
      let q = try graph.apply(
        try #require(GateCatalog.standard["multiply"]).init(GateOptions()), to: [x0, y])
      let f = try graph.apply(try #require(GateCatalog.standard["exp"]).init(GateOptions()), to: [q])
      var evaluation = try Evaluation(graph, inputs: ["x": Tensor(x), "y": Tensor(0.5)])
      try evaluation.forward()
      try evaluation.backward(from: f)
      var options = DiagramOptions()
      options.style = .closeup
      options.closeup = "multiply"
      return try read(
        Diagram(graph, evaluation, output: f, title: "f", source: "", options: options).dotText)
    }
    #expect(try DiagramComparison(stored: closeUp(1), present: closeUp(1)).differences.isEmpty)
    // The product, what comes from above, and what is handed down to x and y.
    #expect(
      try DiagramComparison(stored: closeUp(1), present: closeUp(2)).differences.map(\.description)
        == ["value x changed: 1 → 2 (and 1 value and 3 gradients that follow from it)"])
    #expect(try closeUp(1).isUnedited && closeUp(1).header.options.closeup == "multiply")
  }

  @Test func `functions drawn as boxes are compared by what goes in and comes out`() throws {
    func folded(_ formula: String) throws -> StoredDiagram {
      try read(try dotText(formula) { $0.folding = .depth(0) })
    }
    let formula = "def neuron(z):\n    return 1 / (1 + exp(-z))\nx = 1\nf = neuron(x) * neuron(x + 1)"
    #expect(try DiagramComparison(stored: folded(formula), present: folded(formula)).differences.isEmpty)
    // One of four gates is another: exp(z) in place of exp(-z) takes one away in each box.
    let changed = try DiagramComparison(
      stored: folded(formula), present: folded(formula.replacing("exp(-z)", with: "exp(z)")))
    let words = changed.differences.map(\.message)
    #expect(words.count == 2 && words.allSatisfy { $0.hasSuffix("holds 3 gates, stored 4") }, "\(words)")
  }

  @Test func `what a picture does not show any more is found`() throws {
    let dot = try dotText("x = 2; y = 1\nf = x + y")
    let picture = try GraphvizRenderer.svg(dot: dot)
    let stored = try read(dot)
    #expect(stored.textsMissing(in: picture).isEmpty)
    #expect(stored.textsMissing(in: picture.replacing(">3</text>", with: ">4</text>")) == ["3"])
  }

  @Test func `names and texts are compared as people read them`() throws {
    let dot = try dotText("x_1 = 2\nq = x_1 <= 3\nf = where(q, x_1, 0)")
    #expect(try read(dot).textsMissing(in: GraphvizRenderer.svg(dot: dot)).isEmpty)
  }

  @Test func `DOT text is found inside a picture and a page`() throws {
    let dot = "digraph chainrule { a [label=\"<&>\"] }"
    let escaped = "<metadata>digraph chainrule { a [label=&quot;&lt;&#38;&#x3E;&quot;] }</metadata>"
    let picture = "<svg>\(escaped)</svg>\n"
    #expect(try StoredDiagram.dotText(in: picture, isDOT: false) == dot)
    #expect(try StoredDiagram.dotText(in: "<html><body>\(picture)</body></html>", isDOT: false) == dot)
    #expect(try StoredDiagram.dotText(in: dot + "\n", isDOT: true) == dot + "\n")
    for cut in [picture.dropLast(8), picture.dropLast(20), picture.prefix(30)] {
      #expect(throws: StoredDiagramError.self) { try StoredDiagram.dotText(in: String(cut), isDOT: false) }
    }
  }
}
