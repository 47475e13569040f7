internal import CGraphviz

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Lays out DOT text with Graphviz.
public enum GraphvizRenderer {
  /// The picture of a graph, as SVG text.
  ///
  /// One picture is made at a time, whatever the number of threads: Graphviz shares its state among contexts.
  ///
  /// - Throws: `GraphvizError` with what Graphviz reports, warnings included.
  public static func svg(dot: String) throws(GraphvizError) -> String {
    unsafe pthread_mutex_lock(GraphvizState.lock)
    defer { unsafe pthread_mutex_unlock(GraphvizState.lock) }
    let plugins = unsafe try GraphvizPlugins.loaded.get()
    // Numbers in attributes are read by the locale's rules; only this thread's locale is changed.
    let locale = unsafe newlocale(allCategories, "C", nil)
    let previous = unsafe uselocale(locale)
    defer {
      unsafe uselocale(previous)
      unsafe freelocale(locale)
    }
    unsafe GraphvizState.messages = ""
    unsafe agseterrf { text in
      if let text = unsafe text { unsafe GraphvizState.messages += String(cString: text) }
      return 0
    }
    defer { unsafe agseterrf(nil) }
    let result = unsafe render(dot, plugins)
    let messages = unsafe GraphvizState.messages
    guard let result, messages.isEmpty else {
      let text = messages.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      throw GraphvizError(text.isEmpty ? "Graphviz gave no picture" : text)
    }
    return result
  }

  @unsafe private static func render(_ dot: String, _ plugins: GraphvizPlugins) -> String? {
    guard let context = unsafe gvContextPlugins(plugins.table, 0) else { return nil }
    defer { unsafe gvFreeContext(context) }
    guard let graph = unsafe agmemread(dot) else { return nil }
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

/// What Graphviz calls back into; guarded by the lock.
private enum GraphvizState {
  static nonisolated(unsafe) let lock: UnsafeMutablePointer<pthread_mutex_t> = {
    let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    unsafe pthread_mutex_init(lock, nil)
    return unsafe lock
  }()
  static nonisolated(unsafe) var messages = ""
}

/// `LC_ALL_MASK`, a macro that Swift does not see.
#if canImport(Darwin)
  private let allCategories: Int32 = 0x3F
#else
  private let allCategories: Int32 = 0x1FBF
#endif
