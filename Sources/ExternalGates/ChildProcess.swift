internal import CChildProcess

/// A program that runs beside this one, to which messages are written and from which lines and bytes are read.
///
/// It has a process group of its own, so that whatever it starts ends with it. What it writes to standard error is read
/// all the time, and its end is kept.
final class ChildProcess {
  /// Why there is no answer.
  enum Failure: Error {
    case notStarted(errno: Int32)
    /// The status, or minus the signal.
    case ended(status: Int32)
    case closedItsOutput
    case silent
    case tooLong
    case stopped
  }

  /// The end of what the program wrote to standard error.
  private(set) var standardError: [UInt8] = []

  private var child: chainrule_child
  private var received: [UInt8] = []
  private var unsent: [UInt8] = []
  private var buffer = Array(repeating: UInt8(0), count: 1 << 16)

  /// This much of standard error is kept.
  private static let keptErrors = 16_384
  /// How long one wait lasts before it is asked whether to stop, and whether the program still runs.
  private static let slice: Int32 = 50

  init(command: String, directory: String?) throws(Failure) {
    var child = chainrule_child()
    let status = unsafe chainrule_child_start(command, directory, &child)
    guard status == 0 else { throw .notStarted(errno: status) }
    self.child = child
  }

  deinit {
    end(gently: false)
  }

  // MARK: - Messages

  /// How long one waits, and for how much.
  struct Limits {
    let timeout: Duration
    let largest: Int
    let shouldStop: () -> Bool
  }

  /// Writes a message, and gives the next line of the program.
  ///
  /// - Throws: `Failure` when there is none within the limits.
  func exchange(_ message: [UInt8], _ limits: Limits) throws(Failure) -> [UInt8] {
    unsent += message
    var searched = 0
    return try wait(limits) {
      defer { searched = received.count }
      return takeLine(searched)
    }
  }

  /// The next bytes of the program, a number of items of some size.
  ///
  /// - Throws: `Failure` when there are not as many within the limits.
  func bytes(_ count: Int, of size: Int, _ limits: Limits) throws(Failure) -> [UInt8] {
    guard count <= limits.largest / size else { throw .tooLong }
    return try wait(limits) {
      guard received.count >= count * size else { return nil }
      defer { received.removeFirst(count * size) }
      return Array(received[..<(count * size)])
    }
  }

  /// Writes what is left to be sent, and reads until `take` finds in what was received what one waits for.
  private func wait(_ limits: Limits, for take: () -> [UInt8]?) throws(Failure) -> [UInt8] {
    let deadline = ContinuousClock.now + limits.timeout
    // A line that nobody asked for is the answer to nothing, and will be found to be.
    if let answer = take() { return answer }
    while true {
      let state = chainrule_child_wait(
        unsent.isEmpty ? -1 : child.input, child.output, child.error, Self.slice)
      if state & 4 != 0 { readErrors() }
      if state & 1 != 0 {
        let count = write(unsent)
        // Nobody reads any more: the program has ended, or is about to.
        if count < 0 { unsent = [] } else { unsent.removeFirst(count) }
      }
      if state & 2 != 0 {
        let count = read(child.output)
        received += buffer[..<max(0, count)]
        if let answer = take() { return answer }
        guard received.count <= limits.largest else { throw .tooLong }
        if count == 0 { throw endOfOutput() }
      }
      if state == 0 {
        var status: Int32 = 0
        if unsafe chainrule_child_has_ended(child.pid, &status) {
          readErrors()
          throw .ended(status: status)
        }
        if limits.shouldStop() { throw .stopped }
      }
      if ContinuousClock.now >= deadline { throw .silent }
    }
  }

  private func write(_ bytes: [UInt8]) -> Int {
    let descriptor = child.input
    return unsafe bytes.withUnsafeBytes { bytes in
      unsafe chainrule_child_write(descriptor, bytes.baseAddress, bytes.count)
    }
  }

  /// Why the output has ended; most likely the program has too, if it is given the time.
  private func endOfOutput() -> Failure {
    for _ in 0..<20 {
      var status: Int32 = 0
      if unsafe chainrule_child_has_ended(child.pid, &status) {
        readErrors()
        return .ended(status: status)
      }
      Self.pause()
    }
    readErrors()
    return .closedItsOutput
  }

  /// The first line of what was received, if it is complete; it has no end before `start`.
  private func takeLine(_ start: Int) -> [UInt8]? {
    let length = unsafe received.withUnsafeBytes { bytes in
      unsafe chainrule_child_line_length(bytes.baseAddress.map { unsafe $0 + start }, bytes.count - start)
    }
    guard length >= 0 else { return nil }
    let end = start + length
    defer { received.removeFirst(end + 1) }
    return Array(received[..<end])
  }

  private func readErrors() {
    // A stream that is never empty must not keep us from the other one.
    for _ in 0..<64 {
      let count = read(child.error)
      if count == 0 { unsafe chainrule_child_close(&child.error) }
      if count <= 0 { return }
      standardError += buffer[..<count]
      if standardError.count > Self.keptErrors {
        standardError.removeFirst(standardError.count - Self.keptErrors)
      }
    }
  }

  /// Reads what is there: how many bytes, 0 at the end, less if there is nothing now.
  private func read(_ descriptor: Int32) -> Int {
    guard descriptor >= 0 else { return 0 }
    return unsafe buffer.withUnsafeMutableBytes { bytes in
      unsafe chainrule_child_read(descriptor, bytes.baseAddress, bytes.count)
    }
  }

  // MARK: - The end

  /// Ends the program and whatever it started: at its own time if `gently`, which is short.
  func end(gently: Bool, farewell: [UInt8] = []) {
    guard child.pid > 0 else { return }
    if gently { _ = write(farewell) }
    unsafe chainrule_child_close(&child.input)
    if !(gently && hasEnded(within: 1000)) {
      chainrule_child_signal(child.pid, false)
      _ = hasEnded(within: 200)
    }
    // Those that it started, and those that do not listen.
    chainrule_child_signal(child.pid, true)
    chainrule_child_reap(child.pid)
    unsafe chainrule_child_close(&child.output)
    unsafe chainrule_child_close(&child.error)
    child.pid = 0
  }

  private func hasEnded(within milliseconds: Int) -> Bool {
    let deadline = ContinuousClock.now + .milliseconds(milliseconds)
    while true {
      var status: Int32 = 0
      if unsafe chainrule_child_has_ended(child.pid, &status) { return true }
      if ContinuousClock.now >= deadline { return false }
      // Whoever is stuck in a write can go on; when its output ends, so does the program, in no time.
      readErrors()
      if read(child.output) == 0 { unsafe chainrule_child_close(&child.output) }
      _ = chainrule_child_wait(-1, child.output, -1, child.output < 0 ? 1 : 5)
    }
  }

  private static func pause() {
    // Waits on nothing for five milliseconds.
    _ = chainrule_child_wait(-1, -1, -1, 5)
  }
}
