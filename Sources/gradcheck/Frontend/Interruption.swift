#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A request to end, from the keyboard or from a scheduler.
///
/// The signals are held back and asked for between two batches of work, so that the report is written whole.
enum Interruption {
  /// How long a report may take once one of them has come: as many seconds as `GRADCHECK_GRACE` says, or ten.
  private static let patience: Duration = {
    let seconds = ProcessInfo.processInfo.environment["GRADCHECK_GRACE"].flatMap { Double($0) }
    return .seconds(seconds.flatMap { (0...86_400).contains($0) ? $0 : nil } ?? 10)
  }()

  /// Holds back SIGINT and SIGTERM, for a while: work that does not ask for them is ended by them.
  static func watch() {
    var signals = signals
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    Task.detached {
      while !isPending { try await Task.sleep(for: .milliseconds(200)) }
      try await Task.sleep(for: patience)
      var signals = Self.signals
      unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }
  }

  /// Whether one of them has come.
  static var isPending: Bool {
    var pending = sigset_t()
    unsafe sigpending(&pending)
    return unsafe sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1
  }

  private static var signals: sigset_t {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGINT)
    unsafe sigaddset(&signals, SIGTERM)
    return signals
  }
}
