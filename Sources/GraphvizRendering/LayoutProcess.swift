internal import CGraphviz

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A copy of this process that does one layout and ends: it can be stopped, and when Graphviz stops it, this process
/// goes on.
enum LayoutProcess {
  /// What `work` gives, done in the copy.
  ///
  /// - Throws: what `work` throws; `GraphvizError` when it takes longer than `seconds` or ends the process.
  static func run(
    seconds: Double, _ work: () throws(GraphvizError) -> String
  ) throws(GraphvizError) -> String {
    var ends: [Int32] = [0, 0]
    guard unsafe pipe(&ends) == 0 else { throw GraphvizError("there is no pipe to be had") }
    let (reading, writing) = (ends[0], ends[1])
    // A copy made while another thread is in Graphviz would wait for that thread, which it has not.
    let child = GraphvizCall.whileIdle { chainrule_fork() }
    if child == 0 {
      close(reading)
      finish(into: writing, work)
    }
    close(writing)
    defer { close(reading) }
    guard child > 0 else { throw GraphvizError("no process could be started for the layout") }
    let answer = read(reading, seconds: seconds)
    if answer == nil { kill(child, SIGKILL) }
    var status: Int32 = 0
    while unsafe waitpid(child, &status, 0) == -1, errno == EINTR {}
    guard let answer else {
      throw GraphvizError("the layout took longer than \(text(seconds)) s", isOverTime: true)
    }
    let message = String(decoding: answer.dropFirst(), as: UTF8.self)
    switch answer.first {
    case UInt8(ascii: "="): return message
    case UInt8(ascii: "!"): throw GraphvizError(message)
    default: throw GraphvizError("Graphviz stopped in the middle of the layout")
    }
  }

  /// The end of the copy: its result goes into the pipe, after a sign that says what it is.
  private static func finish(into pipe: Int32, _ work: () throws(GraphvizError) -> String) -> Never {
    var answer: [UInt8]
    do {
      answer = [UInt8(ascii: "=")] + Array(try work().utf8)
    } catch {
      answer = [UInt8(ascii: "!")] + Array(error.description.utf8)
    }
    var written = 0
    while written < answer.count {
      let count = unsafe answer.withUnsafeBytes { bytes in
        unsafe write(pipe, bytes.baseAddress.map { unsafe $0 + written }, answer.count - written)
      }
      if count < 0, errno != EINTR { break }
      written += max(count, 0)
    }
    // Not `exit`, which would write what this process has not written yet a second time.
    _exit(0)
  }

  /// Everything that comes out of the pipe; nil when it is not closed in time.
  private static func read(_ pipe: Int32, seconds: Double) -> [UInt8]? {
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let end = now() + seconds
    while true {
      let left = end - now()
      guard left > 0 else { return nil }
      var descriptor = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
      let ready = unsafe poll(&descriptor, 1, Int32(min(left * 1000 + 1, 1e9)))
      if ready == 0 { return nil }
      if ready < 0 {
        if errno == EINTR { continue }
        return answer
      }
      let count = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe systemRead(pipe, bytes.baseAddress, bytes.count)
      }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return answer }
      answer += buffer[..<count]
    }
  }

  private static func now() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  private static func text(_ seconds: Double) -> String {
    seconds == seconds.rounded() && seconds < 1e9 ? "\(Int(seconds))" : "\(seconds)"
  }
}

/// `read`, under a name that no method here has.
@unsafe private func systemRead(_ file: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  unsafe read(file, buffer, count)
}
