import Diagrams
import Testing

@Suite struct FoldingTests {
  private let nested = """
    def inner(x):
        return exp(x) * x
    def outer(x):
        return inner(x) + inner(2*x)
    x = 0.5
    f = outer(x) + inner(x)
    """

  private func drawn(_ text: String, _ folding: DiagramOptions.Folding) throws -> Diagram {
    var options = DiagramOptions()
    options.folding = folding
    return try picture(of: text, options: options)
  }

  @Test func `functions are boxes around their gates`() throws {
    let text = try drawn(nested, .none).dotText
    #expect(text.count(of: "subgraph cluster_s") == 4)
    #expect(text.count(of: "data_gate=\"exp\"") == 3 && !text.contains("data_box"))
  }

  @Test func `a folded function is one gate, with the gradient that all of it hands down`() throws {
    let text = try drawn(nested, .depth(0)).dotText
    #expect(text.count(of: "data_box=\"outer\"") == 1 && text.count(of: "data_box=\"inner\"") == 1)
    #expect(text.count(of: "data_gate=\"exp\"") == 0)
    // d/dx of e^x x is e^x (x + 1); of e^2x 2x it is e^2x (4x + 2): at 1/2, 1.5 e^0.5 and 4 e.
    let downstream = text.matches(of: /data_downstream="([0-9.]+)"/).compactMap { Double($0.1) }
    let root = 1.6487212707001282
    let expected = [1.5 * root + 4 * root * root, 1.5 * root]
    for number in expected {
      #expect(downstream.contains { ($0 - number).magnitude < 1e-12 }, "\(number) in \(downstream)")
    }
  }

  @Test func `depth counts functions inside functions`() throws {
    let text = try drawn(nested, .depth(1)).dotText
    // outer is drawn as a box around two gates `inner`; the inner that stands alone is not deep.
    #expect(text.count(of: "data_box=\"inner\"") == 2 && text.count(of: "data_box=\"outer\"") == 0)
    #expect(text.count(of: "data_gate=\"exp\"") == 1)
  }

  @Test func `a function is folded by its name, wherever it is`() throws {
    let text = try drawn(nested, .names(["inner"])).dotText
    #expect(text.count(of: "data_box=\"inner\"") == 3 && text.contains("label=\"outer\""))
  }

  @Test func `a name that is no function's is answered with those there are`() {
    let error = #expect(throws: DiagramError.self) { try drawn(nested, .names(["other"])) }
    #expect(error?.description == "the formula has no function 'other' to fold; it has outer, inner")
  }

  /// Sines of sines, each a named value.
  private func chain(_ count: Int) -> String {
    "a0 = 0.5\n" + (1...count).map { "a\($0) = sin(a\($0 - 1))\n" }.joined()
  }

  @Test func `more gates than can be read are folded, unless it is asked otherwise`() throws {
    #expect(try drawn(chain(200), .automatic).gateCount == 200)
    #expect(try drawn(chain(201), .automatic).gateCount <= 200)
    #expect(try drawn(chain(201), .none).gateCount == 201)
  }

  @Test func `a folded picture says how many values a wire stands for`() throws {
    let names = (0..<40).map { "x\($0)" }
    let inputs = names.map { "\($0) = 0.5\n" }.joined()
    let gates = (0..<8).map { "h\($0) = tanh(\(names.joined(separator: " + ")) + \($0))\n" }.joined()
    let sum = (0..<8).map { "h\($0)" }.joined(separator: " + ")
    let text = try drawn(inputs + gates + "f = \(sum)", .automatic).dotText
    #expect(text.contains(">40 inputs<") && text.count(of: "data_bundle=") >= 1)
  }

  @Test func `more gates than can be laid out are refused with what helps`() {
    let few = #expect(throws: DiagramError.self) { try drawn(chain(6001), .none) }
    #expect(few?.description.contains("--depth 0") == true)
    let many = #expect(throws: DiagramError.self) { try drawn(chain(20_001), .automatic) }
    #expect(many?.description.contains("20001 gates") == true && many?.description.contains("def") == true)
  }
}
