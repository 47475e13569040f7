import GraphvizRendering
import Testing

@Suite struct GraphvizRendererTests {
  @Test func `a graph becomes a picture, the same each time`() throws {
    let first = try GraphvizRenderer.svg(dot: "digraph g { a -> b }")
    #expect(first.contains("<svg ") && first.contains("</svg>"))
    #expect(try GraphvizRenderer.svg(dot: "digraph g { a -> b }") == first)
  }

  @Test(arguments: ["digraph g { a -> ", "nonsense", ""])
  func `what is no graph is an error with Graphviz' own words`(dot: String) {
    let error = #expect(throws: GraphvizError.self) { try GraphvizRenderer.svg(dot: dot) }
    #expect(error?.description.contains("\n") == false && error?.description.isEmpty == false)
  }

  @Test func `a cell too small for its text is an error, not a note on standard error`() {
    let cell = "<TD FIXEDSIZE=\"TRUE\" WIDTH=\"5\" HEIGHT=\"5\">too long</TD>"
    let error = #expect(throws: GraphvizError.self) {
      try GraphvizRenderer.svg(dot: "digraph g { a [label=<<TABLE><TR>\(cell)</TR></TABLE>>] }")
    }
    #expect(error?.description.contains("too small") == true)
  }

  @Test func `pictures are made one at a time, from any number of tasks`() async throws {
    let pictures = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<20 {
        group.addTask { try GraphvizRenderer.svg(dot: "digraph g { rankdir=LR a -> b -> c }") }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(pictures.allSatisfy { $0 == pictures[0] })
  }

  @Test func `an error leaves nothing behind`() throws {
    let good = try GraphvizRenderer.svg(dot: "digraph g { a }")
    _ = try? GraphvizRenderer.svg(dot: "digraph g {")
    #expect(try GraphvizRenderer.svg(dot: "digraph g { a }") == good)
  }
}
