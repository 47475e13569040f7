import Diagrams
import Gradients
import Testing

private func gate(_ name: String) throws -> any Gate {
  try #require(GateCatalog.standard[name]).init(GateOptions())
}

private func drawing(
  _ build: (inout Graph) throws -> (output: NodeID, inputs: [String: Tensor])
) throws -> String {
  var graph = Graph()
  let (output, inputs) = try build(&graph)
  var evaluation = try Evaluation(graph, inputs: inputs)
  try evaluation.forward()
  try evaluation.backward(from: output)
  return try Diagram(graph, evaluation, output: output, title: "f", source: "a \"formula\"\nof < two lines")
    .dotText
}

@Suite struct DiagramTests {
  private func circuit() throws -> String {
    try drawing { graph in
      let (x, y, z) = (graph.input("x"), graph.input("y"), graph.input("z"))
      let q = try graph.apply(gate("add"), to: [x, y])
      graph.annotate(q) { $0.name = "q" }
      let f = try graph.apply(gate("multiply"), to: [q, z])
      return (f, ["x": Tensor(-2), "y": Tensor(5), "z": Tensor(-4)])
    }
  }

  /// The lines of DOT text that begin with `start`.
  private func lines(_ text: String, _ start: String) -> [String] {
    text.split(separator: "\n").map { $0.drop { $0 == " " } }.filter { $0.hasPrefix(start) }.map(String.init)
  }

  @Test func `whole numbers have no decimals; values stand above gradients`() throws {
    let x = try #require(lines(circuit(), "n0 ").first)
    let value = try #require(x.firstRange(of: "<FONT COLOR=\"#1B7A2F\">-2</FONT>"))
    let gradient = try #require(x.firstRange(of: "<FONT COLOR=\"#C4161C\">-4</FONT>"))
    #expect(value.upperBound < gradient.lowerBound)
  }

  @Test func `nodes and wires carry their numbers in full`() throws {
    let text = try circuit()
    #expect(lines(text, "n3_out")[0].contains("data_value=\"3\", data_gradient=\"-4\""))
    #expect(lines(text, "n4 [")[0].contains("data_gate=\"multiply\""))
    #expect(
      lines(text, "n3_out:o:s -> n4:w") == [
        "n3_out:o:s -> n4:w [id=\"n4_0_edge\", class=\"line\", data_operand=\"0\", data_local=\"-4\", data_downstream=\"-4\"];"
      ])
    #expect(text.contains("data_formula=\"a \\\"formula\\\"\\nof < two lines\""))
    #expect(text.contains("data_inputs=\"x=-2; y=5; z=-4\""))
  }

  @Test func `the same graph gives the same text`() throws {
    #expect(try circuit() == circuit())
  }

  @Test(arguments: [
    ("add", true, "+2"), ("add", false, "+2"), ("multiply", false, "*2"), ("subtract", true, "-2"),
    ("subtract", false, "2-x"), ("divide", false, "2/x"), ("divide", true, "/2"), ("power", true, "**2"),
  ])
  func `a constant is folded into its gate`(name: String, isRight: Bool, symbol: String) throws {
    let text = try drawing { graph in
      let x = graph.input("x", shape: Shape(2))
      let two = graph.constant(Tensor(2))
      let f = try graph.apply(gate(name), to: isRight ? [x, two] : [two, x])
      return (f, ["x": Tensor([1, 3])])
    }
    #expect(text.contains(" label=\"\(symbol)\", shape="))
    #expect(!text.contains("broadcast"))
  }

  @Test func `gradients that meet at a branch are shown with their sum`() throws {
    // CS231n 2025, "copy gate: gradient adder": 4 + 2 = 6.
    let text = try drawing { graph in
      let x = graph.input("x")
      let four = try graph.apply(gate("multiply"), to: [graph.constant(Tensor(4)), x])
      let two = try graph.apply(gate("multiply"), to: [graph.constant(Tensor(2)), x])
      return (try graph.apply(gate("add"), to: [four, two]), ["x": Tensor(7)])
    }
    #expect(lines(text, "n0 [")[0].contains(">4 + 2 = 6<"))
    #expect(lines(text, "n0_branch ->").count == 2)
  }

  @Test func `an operand used twice keeps two wires`() throws {
    let text = try drawing { graph in
      let a = graph.input("a")
      return (try graph.apply(gate("add"), to: [a, a]), ["a": Tensor(3)])
    }
    #expect(lines(text, "n1_0:o:s -> n1:w").count == 1 && lines(text, "n1_1:o:s -> n1:w").count == 1)
  }

  @Test func `printed products are products of printed factors`() throws {
    // 2 x 0.196612 = 0.393224: with two decimals 2.00 x 0.20 would be 0.40, beside 0.39.
    let text = try drawing { graph in
      let (w, x) = (graph.input("w"), graph.input("x"))
      let product = try graph.apply(gate("multiply"), to: [w, x])
      return (
        try graph.apply(gate("sigmoid"), to: [product]), ["w": Tensor(2), "x": Tensor(0.5)]
      )
    }
    #expect(text.contains(">0.3932<") && text.contains(">0.1966<"))
  }

  @Test func `a tensor too large to write out is drawn by its range and norm`() throws {
    let text = try drawing { graph in
      let x = graph.input("x", shape: Shape(100, 100))
      return (try graph.apply(gate("L2"), to: [x]), ["x": Tensor(repeating: 0.5, shape: Shape(100, 100))])
    }
    #expect(text.contains(">0.5 to 0.5<") && text.contains(">norm 50<") && text.contains("projections="))
  }

  @Test func `names cannot break out of their label`() throws {
    let text = try drawing { graph in
      let x = graph.input("<b>&\"")
      return (try graph.apply(gate("exp"), to: [x]), ["<b>&\"": Tensor(0)])
    }
    #expect(text.contains(">&lt;b&gt;&amp;&quot;</FONT>") && text.contains("data_name=\"<b>&\\\"\""))
  }

  @Test func `before the backward pass no gradient is drawn`() throws {
    var graph = Graph()
    let x = graph.input("x")
    let f = try graph.apply(gate("exp"), to: [x])
    var evaluation = try Evaluation(graph, inputs: ["x": Tensor(0)])
    try evaluation.forward()
    let text = try Diagram(graph, evaluation, output: f, title: "f", source: "").dotText
    #expect(!text.contains("#C4161C") && !text.contains("data_gradient"))
  }
}
