internal import CGraphviz

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The way into Graphviz, which shares its state among contexts: one call at a time, whatever the number of threads.
enum GraphvizCall {
  /// Does `work` while no other thread is in Graphviz, and none comes in.
  static func whileIdle<Result>(_ work: () -> Result) -> Result {
    unsafe pthread_mutex_lock(GraphvizState.lock)
    defer { unsafe pthread_mutex_unlock(GraphvizState.lock) }
    return work()
  }

  /// Does `work` alone, with the numbers of the "C" locale.
  ///
  /// - Throws: what `work` throws; `GraphvizError` when it gives nothing, or when Graphviz reports something, warnings
  ///   included.
  static func run<Result>(
    _ wanted: String, _ work: () throws(GraphvizError) -> Result?
  ) throws(GraphvizError) -> Result {
    unsafe pthread_mutex_lock(GraphvizState.lock)
    defer { unsafe pthread_mutex_unlock(GraphvizState.lock) }
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
    let result = try work()
    let messages = unsafe GraphvizState.messages
    guard let result, messages.isEmpty else {
      let text = messages.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      throw GraphvizError(text.isEmpty ? "Graphviz gave no \(wanted)" : text)
    }
    return result
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
