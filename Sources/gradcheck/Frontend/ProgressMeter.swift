internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Says on a terminal how far long work has come: after a second, and not more often than people read.
final class ProgressMeter: Sendable {
  private let start = ContinuousClock.now
  private let isShown = isatty(STDERR_FILENO) == 1

  /// Shows that `done` of `count` elements are checked.
  func show(_ done: Int, of count: Int) {
    let seconds = start.duration(to: .now) / .seconds(1)
    guard isShown, seconds > 1, done > 0 else { return }
    let rest = seconds / Double(done) * Double(count - done)
    write("\r\u{1B}[Kchecked \(done) of \(count) elements, about \(Int(rest.rounded(.up))) s left")
  }

  /// Shows that `done` of `count` gates are checked, each of which may take long.
  func show(gates done: Int, of count: Int) {
    guard isShown, start.duration(to: .now) > .seconds(1) else { return }
    write("\r\u{1B}[Kchecked \(done) of \(count) gates")
  }

  /// Takes the line away.
  func clear() {
    if isShown, start.duration(to: .now) > .seconds(1) { write("\r\u{1B}[K") }
  }

  private func write(_ text: String) {
    _ = try? FileDescriptor.standardError.writeAll(text.utf8)
  }
}
