import Diagrams
import GraphvizRendering
import Testing

@Suite struct FrameTests {
  private func frames(_ text: String, _ change: (inout DiagramOptions) -> Void = { _ in }) throws -> [String]
  {
    var options = DiagramOptions()
    options.step = 0
    change(&options)
    let diagram = try picture(of: text, options: options)
    return diagram.frames(fromLayout: try GraphvizRenderer.svg(dot: diagram.dotText))
  }

  private let circuit = "x = -2\ny = 5\nz = -4\nq = x + y\nf = q * z"

  private let neuron = """
    w0 = 2; x0 = -1; w1 = -3; x1 = -2; w2 = -3
    f = 1 / (1 + exp(-(w0*x0 + w1*x1 + w2)))
    """

  /// What has a place in a frame, group by group, without texts and the focus.
  private func geometry(_ frame: String) -> [String] {
    var lines: [String] = []
    var isFocus = false
    for line in frame.split(separator: "\n") {
      if line.hasPrefix("<g id=\"focus\"") { isFocus = true }
      if line == "</g>" { isFocus = false }
      let isPlaced = ["<svg", "<path", "<polygon", "<polyline", "<ellipse", "<rect", "<g id=\"graph0\""]
        .contains {
          line.hasPrefix($0)
        }
      guard isPlaced, !isFocus else { continue }
      // Colours and thickness tell the focus; coordinates do not.
      lines.append(String(line).replacing(/\s(stroke|fill|stroke-width)="[^"]*"/, with: ""))
    }
    return lines
  }

  @Test func `every coordinate is the same in all frames`() throws {
    let branches = "a = -2\nb = 3\nf = (a*b) * (a + b)"
    let vectors = "W = [[0.1, 0.5], [-0.3, 0.8]]\nx = [0.2, 0.4]\nf = L2(W @ x)"
    for formula in [circuit, neuron, branches] {
      let frames = try frames(formula)
      #expect(frames.count > 5)
      let first = geometry(frames[0])
      #expect(first.count > 20)
      for frame in frames { #expect(geometry(frame) == first) }
    }
    // Brackets come with their numbers; what is there in two frames is in the same place.
    let frames = try frames(vectors)
    let last = Set(geometry(try #require(frames.last)))
    for frame in frames { #expect(last.isSuperset(of: geometry(frame))) }
  }

  @Test func `texts stay where they are`() throws {
    let frames = try frames(neuron)
    func places(_ frame: String) -> [Substring] {
      let body = frame.split(separator: "<g id=\"focus\"").first ?? ""
      return body.split(separator: "\n").filter {
        $0.hasPrefix("<text class=\"value\"") || $0.hasPrefix("<text class=\"gradient\"")
      }
    }
    let last = places(try #require(frames.last))
    for frame in frames { #expect(Set(last).isSuperset(of: places(frame))) }
  }

  @Test func `values and gradients come one after another`() throws {
    // CS231n 2025: forward, then f: 1, then the gates from the last to the first.
    let frames = try frames(circuit)
    #expect(frames.count == 6)
    #expect(frames.map { $0.count(of: "class=\"value\"") } == [3, 4, 5, 5, 5, 5])
    #expect(frames.map { $0.count(of: "class=\"gradient\"") } == [0, 0, 0, 1, 3, 5])
    #expect(frames.map { $0.count(of: "id=\"focus\"") } == [0, 1, 1, 0, 1, 1])
  }

  @Test func `the gate in focus carries its chain rule with numbers that agree`() throws {
    // CS231n notes: the gradient at exp is -0.5344 * 0.3679 = -0.1966.
    let frames = try frames(neuron)
    let exp = try #require(frames.first { $0.contains("Backward pass, step 3 of 8") })
    let texts = exp.matches(of: /<text class="rule"[^>]*>([^<]*)</).map { String($0.1) }
    #expect(texts.contains("downstream") && texts.contains("upstream") && texts.contains("local"))
    #expect(texts.suffix(5) == ["-0.1966", "=", "-0.5344", "*", "0.3679"])
  }

  @Test func `a frame's data say which step it is`() throws {
    let frames = try frames(circuit)
    for (position, frame) in frames.enumerated() {
      #expect(frame.count(of: "data_step=&quot;\(position)&quot;") == 1)
    }
  }

  @Test func `without a backward pass there are no backward steps`() throws {
    #expect(try frames(circuit) { $0.style = .values }.count == 3)
  }
}
