import Diagrams
import GraphvizRendering
import Testing

@Suite struct ScopeTests {
  /// How far right the circle of each gate stands.
  private func places(_ diagram: Diagram) throws -> [String: Double] {
    let svg = try GraphvizRenderer.svg(dot: diagram.dotText)
    let circles = svg.matches(of: /<g id="(n\d+)" class="node gate">[^}]*?<ellipse [^>]*cx="([-\d.]+)"/)
    return Dictionary(uniqueKeysWithValues: circles.map { (String($0.1), Double($0.2) ?? .nan) })
  }

  @Test(arguments: [
    """
    def swish(x, beta):
      s = 1 / (1 + exp(-beta * x))
      return x * s
    def layer(w, x, b): return swish(w * x + b, 1.5)
    w = 2
    x = -1
    b = 0.5
    f = layer(w, x, b) ** 2
    """,
    "def g(x): return x * x + exp(x) + x\ndef h(x): return g(x) * g(2*x)\nx = 0.5\nf = h(x) + x",
  ])
  func `wires run forward in functions inside functions`(formula: String) throws {
    let diagram = try picture(of: formula)
    let places = try places(diagram)
    // A gate reads a wire, n3_out, or a branch of it, whose last part runs from n6_0 to n6.
    let edges = diagram.dotText.matches(of: /(n\d+)_out:o:s -> (n\d+):w/).map { ($0.1, $0.2) }
    let branches = diagram.dotText.matches(of: /n(\d+)_branch -> (n\d+)_\d+:i/).map { ("n\($0.1)", $0.2) }
    #expect(edges.count >= 4 && branches.count >= 2)
    for (source, reader) in edges.map({ (String($0), String($1)) }) + branches.map({ ($0, String($1)) }) {
      guard let from = places[source] else { continue }
      #expect(try from < #require(places[reader]), "\(source) -> \(reader)")
    }
  }

  @Test func `no wire runs through the title of a function's box`() throws {
    let diagram = try picture(of: "def g(x, y):\n  return exp(x) * y\nx = 1; y = 2\nf = g(x, y) + y")
    let svg = diagram.svg(fromLayout: try GraphvizRenderer.svg(dot: diagram.layoutText))
    // It is drawn after every line, on a rim of paper.
    let title = try #require(svg.firstRange(of: />g<\/text>/))
    let line = try #require(svg.ranges(of: "class=\"edge line\"").last)
    #expect(line.upperBound < title.lowerBound)
    #expect(svg[line.upperBound..<title.lowerBound].contains("class=\"note\" paint-order=\"stroke\""))
    #expect(svg.ranges(of: />g<\/text>/).count == 1)
  }

  @Test func `a branch inside a function stays in its box`() throws {
    let text = try picture(of: "def g(x):\n  y = exp(x)\n  return y * y\nx = 1\nf = g(x)").dotText
    let box = text.split(separator: "cluster_s0")[1].prefix { $0 != "}" }.drop { $0 != ";" }
    #expect(box.contains("n2_0; n2_1;"))
  }
}
