import Diagrams
import FormulaLanguage
import Foundation
import Gradients
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

private func plot(
  _ formula: String, _ range: ClosedRange<Double>, theme: DiagramTheme = .lecture
) throws -> String {
  let formula = try Formula(parsing: Source(name: "f", text: formula), replacing: [("x", "0.5")])
  return try FunctionPlot(
    formula.graph, output: formula.output, input: formula.inputs[0].node,
    inputs: Dictionary(uniqueKeysWithValues: formula.inputs.map { ($0.name, $0.value) }), range: range,
    title: "f", theme: theme
  ).svg
}

/// The lines of a picture, each as its points, in the colour of values or of gradients.
private func lines(_ svg: String, _ color: String) -> [[(x: Double, y: Double)]] {
  svg.split(separator: "\n").filter { $0.contains("clip-path") && $0.contains("stroke=\"\(color)\"") }.map {
    line in
    let data = line.split(separator: "\"")[1]
    return data.split(whereSeparator: { $0 == "M" || $0 == "L" }).map { point in
      let numbers = point.split(separator: " ").compactMap { Double($0) }
      return (numbers[0], numbers[1])
    }
  }
}

private let (green, red) = ("#1b7a2f", "#c4161c")

@Suite struct FunctionPlotTests {
  @Test func `a smooth function is one line, its derivative another`() throws {
    let svg = try plot("tanh(x)", -5...5)
    #expect(lines(svg, green).count == 1 && lines(svg, red).count == 1)
    // tanh is odd: it rises through the middle of the frame; its slope is largest there.
    let rising = try #require(lines(svg, green).first)
    #expect(zip(rising, rising.dropFirst()).allSatisfy { $0.y >= $1.y })
    let slope = try #require(lines(svg, red).first)
    let top = try #require(slope.min { $0.y < $1.y })
    #expect((top.x - 349).magnitude < 1)
  }

  @Test func `the numerical derivative stands on the line of the analytic one`() throws {
    let svg = try plot("sin(x)", -3...3)
    let slope = try #require(lines(svg, red).first)
    let dots = svg.split(separator: "\n").filter { $0.contains(" r=\"2.8\"") && $0.contains("cy=\"") }
      .compactMap {
        line -> (x: Double, y: Double)? in
        let parts = line.split(separator: "\"")
        guard let x = Double(parts[1]), let y = Double(parts[3]), y > 74 else { return nil }
        return (x, y)
      }
    #expect(dots.count == 25)
    for dot in dots {
      let nearest = try #require(slope.min { ($0.x - dot.x).magnitude < ($1.x - dot.x).magnitude })
      #expect((nearest.y - dot.y).magnitude < 1.5)
    }
  }

  @Test func `a pole is a gap, not a line across`() throws {
    // tan has poles at odd multiples of pi/2: four between -2 pi and 2 pi.
    let svg = try plot("tan(x)", -2 * Double.pi...2 * Double.pi)
    #expect(lines(svg, green).count == 5 && lines(svg, red).count == 5)
    #expect(!svg.contains(">jump<"))
    #expect(try lines(plot("1/x", -3...3), green).count == 2)
  }

  @Test func `a function is drawn where it is defined`() throws {
    // Half of the frame, which reaches from 58 to 640, lies left of zero.
    let svg = try plot("log(x)", -1...1)
    let line = try #require(lines(svg, green).first)
    #expect(lines(svg, green).count == 1 && line.allSatisfy { $0.x >= 348.9 })
  }

  @Test(arguments: ["sin(x)/x", "relu(x)*sin(x)/x", "(exp(x) - 1)/x"])
  func `a bounded function is shown whole, though it has no value at one number`(formula: String) throws {
    let svg = try plot(formula, -3...3)
    for line in lines(svg, green) + lines(svg, red) {
      #expect(line.allSatisfy { (74...374).contains($0.y) })
    }
  }

  @Test func `a steep function is one line`() throws {
    #expect(try lines(plot("tanh(3000*x)", -2...2), green).count == 1)
  }

  @Test(arguments: [
    ("abs(x - 1)", [" a kink at x = 1"], 1), ("relu(x)**2", [], 1), ("sign(x)", [" a jump at x = 0"], 2),
    ("maximum(x, -x) + (x > 2)", [" a kink at x = 0", " a jump at x = 2"], 2),
    ("elu(x)", [], 1), ("leaky_relu(x)", [" a kink at x = 0"], 1),
    ("relu(x)*sin(x)/x", [" a kink at x = 0"], 2), ("relu(x)/x", [" a jump at x = 0"], 2),
    ("sin(x)/x", [], 2), ("(exp(x) - 1)/x", [], 2), ("1/x**2", [], 2),
  ])
  func `kinks and jumps are marked, and nothing else`(formula: String, places: [String], count: Int) throws {
    let svg = try plot(formula, -3...3)
    for place in places { #expect(svg.contains(place)) }
    #expect(svg.contains("; there is") == !places.isEmpty)
    #expect(lines(svg, green).count == count)
  }

  @Test func `what is no function of one number is refused with its shape`() throws {
    let error = #expect(throws: DiagramError.self) { try plot("sum(x * [1, 2]) * [1, 2]", 0...1) }
    #expect(error?.description == "a plot needs single numbers, and the output has shape (2,)")
    #expect(throws: DiagramError.self) { try plot("log(-1 - x*x)", 0...1) }
  }

  @Test(arguments: DiagramTheme.allCases)
  func `a picture is XML in every theme`(theme: DiagramTheme) throws {
    for svg in [try plot("1/x + abs(x)", -1...1, theme: theme), try ActivationPage(theme: theme).svg] {
      #expect(XMLParser(data: Data(svg.utf8)).parse())
    }
  }

  @Test func `the page of six marks three kinks`() throws {
    // ReLU, leaky ReLU and maxout bend; sigmoid and tanh are smooth, and ELU with alpha 1 has one slope at 0.
    let svg = try ActivationPage().svg
    for name in ["sigmoid", "tanh", "ReLU", "leaky ReLU", "maxout", "ELU"] {
      #expect(svg.contains(">\(name)<"))
    }
    // And one in the legend.
    #expect(svg.split(separator: "\n").count { $0.contains("stroke=\"#b45309\"") } == 4)
  }
}
