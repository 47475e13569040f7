import FormulaLanguage
import Gradients
import GraphvizRendering
import Testing

@testable import Diagrams

/// Large pictures of numbers.
@Suite struct TileTests {
  /// A network 3-12-8-1 of tanh neurons and its squared output, every weight a number.
  private static let network: String = {
    var lines = (0..<3).map { "x\($0) = \(0.3 * Double($0) - 0.25)" }
    var layer = ["x0", "x1", "x2"]
    for (depth, width) in [12, 8, 1].enumerated() {
      var next: [String] = []
      for neuron in 0..<width {
        let name = "\(depth)_\(neuron)"
        lines.append("b\(name) = \(0.125 * Double(neuron % 5) - 0.25)")
        var sum = "b\(name)"
        for (i, input) in layer.enumerated() {
          lines.append("w\(name)_\(i) = \(Double((7 * neuron + 3 * i) % 11) / 8 - 0.6)")
          sum += " + w\(name)_\(i)*\(input)"
        }
        lines.append("h\(name) = tanh(\(sum))")
        next.append("h\(name)")
      }
      layer = next
    }
    return (lines + ["f = \(layer[0])*\(layer[0])"]).joined(separator: "\n")
  }()

  private func drawn(
    _ text: String = network, _ change: (inout DiagramOptions) -> Void = { _ in }
  ) throws -> Diagram {
    var options = DiagramOptions()
    options.folding = .none
    change(&options)
    return try picture(of: text, options: options)
  }

  private func svg(_ diagram: Diagram) throws -> String {
    diagram.svg(fromLayout: try GraphvizRenderer.svg(dot: diagram.layoutText))
  }

  @Test func `a gate and its wire are one node, and each operand is one edge`() throws {
    let tables = try GraphvizReader.tables(dot: drawn().dotText)
    // 36 + 96 + 8 products and as many sums, 21 neurons, the square; 140 weights, 21 biases, 3 inputs.
    #expect(tables.nodes.count == 140 + 140 + 21 + 1 + 140 + 21 + 3)
    #expect(tables.edges.count == 2 * 140 + 2 * 140 + 21 + 2)
  }

  @Test func `the layout needs no data, and no texts of tiles`() throws {
    for diagram in [try drawn(), try picture(of: "x = 2; y = 3\nq = x + y\nf = q * x")] {
      #expect(!diagram.layoutText.contains("data_"))
      let whole = diagram.svg(fromLayout: try GraphvizRenderer.svg(dot: diagram.dotText))
      #expect(try svg(diagram) == whole)
    }
  }

  @Test func `a picture shows all that its text says`() throws {
    for theme in DiagramTheme.allCases {
      let diagram = try drawn { $0.theme = theme }
      let missing = try read(diagram.dotText).textsMissing(in: svg(diagram))
      #expect(missing.isEmpty, "\(theme): \(missing.prefix(5))")
    }
  }

  @Test func `values stand above the wires and gradients below, and gates where lines end`() throws {
    let diagram = try drawn()
    let layout = SVGLayout(try svg(diagram))
    let tips = layout.groups.filter { $0.classes == "edge line" }.map { group in
      SVGLayout.Group.points(SVGLayout.attribute("points", of: group.lines[1]))[1]
    }
    let gates = layout.groups.filter { $0.classes.hasPrefix("node gate") }
    #expect(gates.count == diagram.gateCount)
    for group in gates {
      func number(_ name: String, _ part: String) -> Double {
        let line = group.lines.first { $0.contains(part) } ?? ""
        return Double(SVGLayout.attribute(name, of: line)) ?? .nan
      }
      let (x, y, radius) = (number("cx", "<ellipse"), number("cy", "<ellipse"), number("rx", "<ellipse"))
      #expect(number("y", "class=\"value\"") < y && y < number("y", "class=\"gradient\""), "\(group.id)")
      // Graphviz rounds the ends of lines to whole points.
      let isReached = tips.contains { ($0.x - x + radius).magnitude < 1 && ($0.y - y).magnitude < 1 }
      #expect(isReached, "no line ends at \(group.id)")
    }
  }

  @Test func `no tile lies on another`() throws {
    let layout = SVGLayout(try GraphvizRenderer.svg(dot: drawn().layoutText))
    let boxes = layout.groups.filter { $0.classes == "node" }.compactMap(\.polygon)
    #expect(boxes.count == 466)
    for (position, box) in boxes.enumerated() {
      #expect(!boxes[..<position].contains { $0.intersects(box) })
    }
  }

  @Test func `a forward pass alone has no gradients`() throws {
    let text = try svg(drawn { $0.style = .values })
    #expect(text.contains("class=\"value\"") && !text.contains("class=\"gradient\""))
  }

  @Test func `what is stored is read back`() throws {
    let (one, other) = (try drawn(), try drawn(Self.network.replacing("x0 = -0.25", with: "x0 = 0.5")))
    let stored = try read(one.dotText)
    #expect(stored.isUnedited)
    #expect(DiagramComparison(stored: stored, present: try read(one.dotText)).differences.isEmpty)
    let differences = DiagramComparison(stored: stored, present: try read(other.dotText)).differences
    #expect(differences.count == 1)
    #expect(differences.first?.message == "input x0 changed: -0.25 → 0.5")
  }

  /// How high a line runs shortly before its end, down from the top of the picture.
  private func arrival(_ line: SVGLayout.Group) -> Double {
    let points = SVGLayout.Group.points(ofPath: line.lines[0])
    let x = (points.last?.x ?? 0) - 6
    for (from, to) in zip(points, points.dropFirst()).reversed() where from.x < x {
      return from.y + (to.y - from.y) * (x - from.x) / (to.x - from.x)
    }
    return .nan
  }

  @Test func `the first operand of a gate comes from above the second`() throws {
    // A tree of differences and quotients: no two gates can ask for opposite orders of the same values.
    let leafCount = 220
    var lines = (0..<leafCount).map { "v\($0) = \(0.25 * Double($0) + 1)" }
    var open = Array(0..<leafCount)
    while open.count > 1 {
      let first = open.remove(at: 7 * lines.count % open.count)
      let second = open.remove(at: 3 * lines.count % open.count)
      open.append(lines.count)
      lines.append("v\(lines.count) = v\(first) \(lines.count % 2 == 0 ? "-" : "/") v\(second)")
    }
    let diagram = try drawn(lines.joined(separator: "\n"))
    let edges = SVGLayout(try svg(diagram)).groups.filter { $0.classes == "edge line" }
    let arrivals = Dictionary(uniqueKeysWithValues: edges.map { ($0.id, arrival($0)) })
    let gates = try GraphvizReader.tables(dot: diagram.dotText).nodes.map(\.name)
    var gateCount = 0
    for gate in gates {
      guard let first = arrivals["\(gate)_0_edge"], let second = arrivals["\(gate)_1_edge"] else { continue }
      gateCount += 1
      #expect(first <= second, "\(gate)")
    }
    #expect(gateCount == leafCount - 1)
  }

  @Test func `both wires of a repeated operand are drawn, in order`() throws {
    let tables = try GraphvizReader.tables(dot: drawn().dotText)
    let last = tables.edges.suffix(2)
    #expect(Set(last.map(\.tail)).count == 1 && Set(last.map(\.head)).count == 1)
    #expect(last.map { $0.attributes["data_operand"] } == ["0", "1"])
  }

  @Test func `matrices and marked gates are drawn as in a small picture`() throws {
    let chain =
      "x = [0.5, 1]\na0 = x\n" + (1...220).map { "a\($0) = sin(a\($0 - 1))\n" }.joined() + "f = L2(a220)"
    #expect(try drawn(chain).dotText.contains("n1_out"))
    let mark = Diagram.Mark(verdict: "disagree", text: "wrong")
    var options = DiagramOptions()
    options.folding = .none
    let marked = try picture(of: Self.network, options: options, marks: [NodeID(index: 200): mark])
    #expect(marked.dotText.contains("_note"))
  }
}
