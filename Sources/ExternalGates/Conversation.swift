internal import Gradients

/// One process of a program: requests, and their answers.
///
/// Only one thread uses it at a time.
final class Conversation {
  /// Why there is no answer, in words.
  struct Problem: Error {
    let text: String
  }

  private let settings: ExternalProgram.Settings
  private let process: ChildProcess
  private var lastID = 0

  /// A program may print this many lines before its first answer.
  private static let longestPrologue = 1000
  /// To start takes longer than to answer: an interpreter reads its libraries first.
  private static let leastTimeToStart = Duration.seconds(30)

  init(_ command: String, in directory: String?, _ settings: ExternalProgram.Settings) throws(Problem) {
    self.settings = settings
    do throws(ChildProcess.Failure) {
      process = try ChildProcess(command: command, directory: directory)
    } catch {
      throw Self.problem(error, settings, within: settings.timeout)
    }
  }

  /// The end of what the process wrote to standard error.
  var standardError: String { String(decoding: process.standardError, as: UTF8.self) }

  /// The answer to a request.
  ///
  /// - Throws: `Problem` when there is none, or none that can be understood.
  func ask(_ request: Request) throws(Problem) -> Answer {
    lastID += 1
    var request = request
    request.id = lastID
    let bytes: [UInt8]
    do throws(ChildProcess.Failure) {
      bytes = try exchange(request)
    } catch {
      throw Self.problem(error, settings, within: patience(for: request))
    }
    let answer: Answer
    do throws(WireError) {
      answer = try Answer(bytes)
    } catch {
      throw Problem(
        text: error.description.map { "answered with \($0)" }
          ?? "answered '\(Self.excerpt(bytes))', which is not an answer of the protocol")
    }
    guard answer.id == request.id else {
      throw Problem(
        text: "answered request \(answer.id.map(String.init) ?? "of no number"), not request \(request.id)")
    }
    return answer
  }

  /// How long an answer may take: a program has longer for its first, and for several gates at once.
  private func patience(for request: Request) -> Duration {
    request.request == .list
      ? max(settings.timeout, Self.leastTimeToStart) : settings.timeout * (request.steps?.count ?? 1)
  }

  private func exchange(_ request: Request) throws(ChildProcess.Failure) -> [UInt8] {
    let isFirst = request.request == .list
    let timeout = patience(for: request)
    func exchange(_ line: [UInt8]) throws(ChildProcess.Failure) -> [UInt8] {
      try process.exchange(
        line, timeout: timeout, largest: settings.largestAnswer, shouldStop: settings.shouldStop)
    }
    var bytes = try exchange(request.line)
    // What a file prints before it begins to serve is not meant for us.
    var skipped = 0
    while isFirst, bytes.first != UInt8(ascii: "{"), skipped < Self.longestPrologue {
      bytes = try exchange([])
      skipped += 1
    }
    return bytes
  }

  /// Ends the process, and whatever it started.
  func end(gently: Bool) {
    var farewell = Request(.shutdown)
    farewell.id = lastID + 1
    process.end(gently: gently, farewell: farewell.line)
  }

  private static func problem(
    _ failure: ChildProcess.Failure, _ settings: ExternalProgram.Settings, within patience: Duration
  ) -> Problem {
    let text =
      switch failure {
      case .notStarted(let errno): "could not be started (error \(errno))"
      case .ended(127): "could not be started: there is no such program"
      case .ended(126): "could not be started: it may not be executed"
      // A shell in between tells a signal as 128 more.
      case .ended(let status) where status < 0 || (129..<160).contains(status):
        "was ended by signal \(status < 0 ? -status : status - 128)"
      case .ended(let status): "ended with exit status \(status) instead of an answer"
      case .closedItsOutput: "closed its standard output instead of an answer"
      case .silent:
        "gave no answer within \(NumberText.short(patience / .seconds(1))) seconds; --timeout gives it more"
      case .tooLong: "gave an answer of more than \(settings.largestAnswer) bytes"
      case .stopped: "was interrupted"
      }
    return Problem(text: text)
  }

  private static func excerpt(_ bytes: [UInt8]) -> String {
    let text = String(decoding: bytes.prefix(60), as: UTF8.self).filter { !$0.isNewline }
    return bytes.count > 60 ? text + "..." : text
  }
}
