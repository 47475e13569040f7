import GraphvizRendering
import Testing

@Suite struct GraphvizReaderTests {
  @Test func `nodes and edges come with their attributes, in the order of the text`() throws {
    let tables = try GraphvizReader.tables(
      dot: "digraph g { size=3; b [x=1]; a [x=\"two words\"]; b:o:s -> a:w [k=v]; a -> c; b -> a }")
    #expect(tables.attributes == ["size": "3"])
    #expect(tables.nodes.map(\.name) == ["b", "a", "c"])
    #expect(tables.nodes.map(\.attributes) == [["x": "1"], ["x": "two words"], [:]])
    #expect(tables.edges.map { "\($0.tail) \($0.head)" } == ["b a", "b a", "a c"])
    #expect(tables.edges[0].attributes["k"] == "v" && tables.edges[1].attributes["k"] == nil)
  }

  @Test func `attributes are chosen by name`() throws {
    let tables = try GraphvizReader.tables(dot: "digraph { a [x=1, y=2] }") { $0 == "y" }
    #expect(tables.nodes[0].attributes == ["y": "2"])
  }

  @Test func `escapes stay, and HTML-like text stands in its brackets`() throws {
    let tables = try GraphvizReader.tables(
      dot: #"digraph { a [x="one\ntwo \"quoted\" back\\slash", y=<<B>bold</B>>, z=""] }"#)
    #expect(tables.nodes[0].attributes == ["x": #"one\ntwo "quoted" back\\slash"#, "y": "<<B>bold</B>>"])
  }

  @Test(arguments: ["digraph g { a -> ", "nonsense", "", "digraph { a [x=\"open ] }"])
  func `what is no graph is an error with Graphviz' own words, and leaves nothing behind`(dot: String) throws
  {
    let error = #expect(throws: GraphvizError.self) { try GraphvizReader.tables(dot: dot) }
    #expect(error?.description.isEmpty == false)
    #expect(try GraphvizReader.tables(dot: "digraph { a }").nodes.count == 1)
  }

  @Test func `graphs are read from any number of tasks, while pictures are made`() async throws {
    let counts = try await withThrowingTaskGroup(of: Int.self) { group in
      for size in 1...20 {
        group.addTask {
          let dot = "digraph { \((0..<size).map { "n\($0) -> n\($0 + 1)" }.joined(separator: ";")) }"
          _ = try GraphvizRenderer.svg(dot: dot)
          return try GraphvizReader.tables(dot: dot).nodes.count
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(counts.sorted() == Array(2...21))
  }
}
