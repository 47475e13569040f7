internal import CGraphviz

/// Reads DOT text with libcgraph, whatever tool has written or normalised it.
public enum GraphvizReader {
  /// A graph as plain tables.
  public struct Tables: Sendable {
    /// The attributes of the graph, by name.
    public fileprivate(set) var attributes: [String: String] = [:]
    /// The nodes, in the order in which the text first names them.
    public fileprivate(set) var nodes: [(name: String, attributes: [String: String])] = []
    /// The edges, in the order of their tails and then of the text.
    public fileprivate(set) var edges: [(tail: String, head: String, attributes: [String: String])] = []
  }

  /// The tables of the graph in `dot`.
  ///
  /// An attribute that is empty is left out, and a label that is the node's name. A value that is HTML-like stands in `<` and `>`; any other is as Graphviz
  /// keeps it, with its escapes.
  ///
  /// - Parameters:
  ///   - dot: the text of one graph.
  ///   - wanted: tells by its name whether an attribute is read.
  /// - Returns: the attributes of the graph, its nodes and its edges.
  /// - Throws: `GraphvizError` with what Graphviz reports: most often the line of a syntax error.
  public static func tables(
    dot: String, attributes wanted: (String) -> Bool = { _ in true }
  ) throws(GraphvizError) -> Tables {
    try GraphvizCall.run("graph") { () throws(GraphvizError) in
      guard let graph = unsafe chainrule_read(dot) else { return nil }
      defer { unsafe agclose(graph) }
      return unsafe tables(of: graph, wanted)
    }
  }

  @unsafe private static func tables(
    of graph: UnsafeMutablePointer<Agraph_t>, _ wanted: (String) -> Bool
  ) -> Tables {
    var tables = Tables()
    unsafe tables.attributes = read(graph, symbols(graph, AGRAPH, wanted))
    let ofNodes = unsafe symbols(graph, AGNODE, wanted)
    let ofEdges = unsafe symbols(graph, AGEDGE, wanted)
    var node = unsafe agfstnode(graph)
    while let current = unsafe node {
      let name = unsafe text(agnameof(current))
      unsafe tables.nodes.append((name, read(current, ofNodes)))
      var edge = unsafe agfstout(graph, current)
      while let out = unsafe edge {
        // An edge as it leaves its tail names its head.
        let head = unsafe text(agnameof(out.pointee.node))
        unsafe tables.edges.append((name, head, read(out, ofEdges)))
        unsafe edge = agnxtout(graph, out)
      }
      unsafe node = agnxtnode(graph, current)
    }
    return tables
  }

  /// The attributes that are read of a kind of object.
  @unsafe private static func symbols(
    _ graph: UnsafeMutablePointer<Agraph_t>, _ kind: Int32, _ wanted: (String) -> Bool
  ) -> [(name: String, symbol: UnsafeMutablePointer<Agsym_t>)] {
    var symbols: [(String, UnsafeMutablePointer<Agsym_t>)] = unsafe []
    var symbol = unsafe agnxtattr(graph, kind, nil)
    while let current = unsafe symbol {
      let name = unsafe text(current.pointee.name)
      if wanted(name) { unsafe symbols.append((name, current)) }
      unsafe symbol = agnxtattr(graph, kind, current)
    }
    return unsafe symbols
  }

  @unsafe private static func read(
    _ object: UnsafeMutableRawPointer, _ symbols: [(name: String, symbol: UnsafeMutablePointer<Agsym_t>)]
  ) -> [String: String] {
    var values: [String: String] = [:]
    for unsafe(name, symbol) in unsafe symbols {
      guard let value = unsafe agxget(object, symbol), unsafe value.pointee != 0 else { continue }
      let text = unsafe text(value)
      // What drawing a picture makes the default for every graph that is read afterwards.
      if name == "label", text == "\\N" { continue }
      values[name] = unsafe aghtmlstr(value) == 0 ? text : "<\(text)>"
    }
    return values
  }

  @unsafe private static func text(_ text: UnsafePointer<CChar>?) -> String {
    guard let text = unsafe text else { return "" }
    return unsafe String(cString: text)
  }
}
