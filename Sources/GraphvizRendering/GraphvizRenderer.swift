internal import CGraphviz

/// Lays out DOT text with Graphviz.
public enum GraphvizRenderer {
  /// The picture of a graph, as SVG text.
  ///
  /// One picture is made at a time, whatever the number of threads: Graphviz shares its state among contexts.
  ///
  /// - Throws: `GraphvizError` with what Graphviz reports, warnings included.
  public static func svg(dot: String) throws(GraphvizError) -> String {
    try GraphvizCall.run("picture") { () throws(GraphvizError) in
      unsafe render(dot, try GraphvizPlugins.loaded.get())
    }
  }

  /// The picture of a graph whose layout may take long, as SVG text: it is made in a process of its own.
  ///
  /// - Throws: `GraphvizError` with what Graphviz reports; when it takes longer than `timeLimit` seconds, or is stopped
  ///   by an error of its own.
  public static func svg(dot: String, timeLimit: Double) throws(GraphvizError) -> String {
    // Found here, so that it need not be found again.
    _ = unsafe try GraphvizPlugins.loaded.get()
    return try LayoutProcess.run(seconds: timeLimit) { () throws(GraphvizError) in try svg(dot: dot) }
  }

  @unsafe private static func render(_ dot: String, _ plugins: GraphvizPlugins) -> String? {
    guard let context = unsafe gvContextPlugins(plugins.table, 0) else { return nil }
    defer { unsafe gvFreeContext(context) }
    guard let graph = unsafe chainrule_read(dot) else { return nil }
    defer { unsafe agclose(graph) }
    guard unsafe gvLayout(context, graph, "dot") == 0 else { return nil }
    defer { unsafe gvFreeLayout(context, graph) }
    var data: UnsafeMutablePointer<CChar>?
    var count: UInt32 = 0
    guard unsafe gvRenderData(context, graph, "svg", &data, &count) == 0, let data = unsafe data else {
      return nil
    }
    defer { unsafe gvFreeRenderData(data) }
    return unsafe String(
      decoding: UnsafeRawBufferPointer(start: data, count: Int(count)), as: UTF8.self)
  }
}
