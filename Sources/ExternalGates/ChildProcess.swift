internal import CChildProcess

/// A program that runs beside this one, to which lines are written and from which lines are read.
///
/// It has a process group of its own, so that whatever it starts ends with it. What it writes to standard error is read
/// all the time, and its end is kept.
final class ChildProcess {
  /// Why there is no line.
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

  /// This much of standard error is kept.
  private static let keptErrors = 16_384
  /// How long one wait lasts before it is asked whether to stop, and whether the program still runs.
  private static let slice: Int32 = 50
  private static let chunk = 1 << 16

  init(command: String, directory: String?) throws(Failure) {
    var child = chainrule_child()
    let status = unsafe chainrule_child_start(command, directory, &child)
    guard status == 0 else { throw .notStarted(errno: status) }
    self.child = child
  }

  deinit {
    end(gently: false)
  }

  // MARK: - Lines

  /// Writes a line, and gives the next line of the program.
  ///
  /// - Throws: `Failure` when there is none within `timeout`, or none of at most `largest` bytes.
  func exchange(
    _ line: [UInt8], timeout: Duration, largest: Int, shouldStop: () -> Bool
  ) throws(Failure) -> [UInt8] {
    let deadline = ContinuousClock.now + timeout
    var sent = 0
    // A line that nobody asked for is the answer to nothing, and will be found to be.
    if let answer = takeLine(received.startIndex) { return answer }
    while true {
      let state = chainrule_child_wait(
        sent < line.count ? child.input : -1, child.output, child.error, Self.slice)
      if state & 4 != 0 { readErrors() }
      if state & 1 != 0 {
        let count = write(line, from: sent)
        // Nobody reads any more: the program has ended, or is about to.
        sent = count < 0 ? line.count : sent + count
      }
      if state & 2 != 0, let answer = try readLine(largest: largest) { return answer }
      if state == 0 {
        var status: Int32 = 0
        if unsafe chainrule_child_has_ended(child.pid, &status) {
          readErrors()
          throw .ended(status: status)
        }
        if shouldStop() { throw .stopped }
      }
      if ContinuousClock.now >= deadline { throw .silent }
    }
  }

  private func write(_ line: [UInt8], from start: Int) -> Int {
    let descriptor = child.input
    return unsafe line.withUnsafeBytes { bytes in
      unsafe chainrule_child_write(
        descriptor, bytes.baseAddress.map { unsafe $0 + start }, line.count - start)
    }
  }

  /// Reads what is there, and gives a line when it is complete.
  private func readLine(largest: Int) throws(Failure) -> [UInt8]? {
    let (bytes, hasEnded) = Self.read(child.output)
    let start = received.count
    received += bytes
    if let line = takeLine(start) { return line }
    guard received.count <= largest else { throw .tooLong }
    guard hasEnded else { return nil }
    // Its output has ended; most likely the program has too, if it is given the time.
    for _ in 0..<20 {
      var status: Int32 = 0
      if unsafe chainrule_child_has_ended(child.pid, &status) {
        readErrors()
        throw .ended(status: status)
      }
      Self.pause()
    }
    readErrors()
    throw .closedItsOutput
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
      let (bytes, hasEnded) = Self.read(child.error)
      if hasEnded { unsafe chainrule_child_close(&child.error) }
      if bytes.isEmpty { return }
      standardError += bytes
      if standardError.count > Self.keptErrors {
        standardError.removeFirst(standardError.count - Self.keptErrors)
      }
    }
  }

  /// What is there, and whether that is all there will ever be.
  private static func read(_ descriptor: Int32) -> (bytes: [UInt8], hasEnded: Bool) {
    guard descriptor >= 0 else { return ([], true) }
    var count = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: chunk) { buffer, filled in
      count = unsafe chainrule_child_read(descriptor, buffer.baseAddress, chunk)
      filled = max(0, count)
    }
    return (bytes, count == 0)
  }

  // MARK: - The end

  /// Ends the program and whatever it started: at its own time if `gently`, which is short.
  func end(gently: Bool, farewell: [UInt8] = []) {
    guard child.pid > 0 else { return }
    if gently { _ = write(farewell, from: 0) }
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
      // Whoever is stuck in a write can go on.
      readErrors()
      _ = Self.read(child.output)
      Self.pause()
    }
  }

  private static func pause() {
    // Waits on nothing for five milliseconds.
    _ = chainrule_child_wait(-1, -1, -1, 5)
  }
}
