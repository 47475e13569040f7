internal import Gradients

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

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
  private let decoder = JSONDecoder()
  private var lastID = 0
  /// Whether numbers may follow a line.
  var takesNumbers = false
  /// Whether requests may be sent before those ahead of them are answered.
  var readsAhead = false

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
    // The decoder needs some milliseconds to get ready: as long as the program starts, nobody waits for them.
    _ = try? decoder.decode(Answer.Line.self, from: Data(Self.sampleAnswer.utf8))
  }

  private static let sampleAnswer = """
    {"id": 0, "shape": [1], "differentiable": [true], "types": ["float"], "changed": [0], "gradients": [null], "output": {"shape": [], "start": 0}, \
    "outputs": [{"base": {"shape": [], "start": 0}, "element": {"shape": [], "start": 0}, "value": {"shape": [], "start": 0}}]}
    """

  /// The end of what the process wrote to standard error.
  var standardError: String { String(decoding: process.standardError, as: UTF8.self).harmless }

  /// The answers to some requests, in order.
  ///
  /// - Throws: `Problem` when there is none, or none that can be understood.
  func ask(_ requests: [Request]) throws(Problem) -> [Answer] {
    let requests = requests.map { request in
      lastID += 1
      var request = request
      request.id = lastID
      return request
    }
    var answers: [Answer] = []
    var ahead = 0
    for (position, request) in requests.enumerated() {
      var message: [UInt8] = []
      while ahead < (readsAhead ? requests.count : position + 1) {
        message += requests[ahead].message(hasBlock: takesNumbers)
        ahead += 1
      }
      answers.append(try answer(to: request, message))
    }
    return answers
  }

  /// The answer to a request whose message is now sent, if it was not before.
  private func answer(to request: Request, _ message: [UInt8]) throws(Problem) -> Answer {
    let limits = ChildProcess.Limits(
      timeout: patience(for: request), largest: settings.largestAnswer, shouldStop: settings.shouldStop)
    var bytes: [UInt8]
    var block: [Double] = []
    let line: Answer.Line
    do {
      bytes = try process.exchange(message, limits)
      // What a file prints before it begins to serve is not meant for us.
      var skipped = 0
      while request.request == .list, !Self.mayBeAnswer(bytes), skipped < Self.longestPrologue {
        bytes = try process.exchange([], limits)
        skipped += 1
      }
    } catch {
      throw Self.problem(error, settings, within: limits.timeout)
    }
    do {
      line = try decoder.decode(Answer.Line.self, from: Data(bytes))
    } catch let error as WireError {
      throw Self.problem(error, bytes)
    } catch {
      throw Self.problem(WireError(), bytes)
    }
    if let count = line.numbers, count != 0 {
      guard count > 0 else { throw Problem(text: "says that \(count) numbers follow its answer") }
      do {
        block = NumberBytes.numbers(of: try process.bytes(count, of: 8, limits))
      } catch {
        throw Self.problem(error, settings, within: limits.timeout)
      }
    }
    guard line.id == request.id else {
      throw Problem(
        text: "answered request \(line.id.map(String.init) ?? "of no number"), not request \(request.id)")
    }
    do throws(WireError) {
      return try Answer(line, block)
    } catch {
      throw Self.problem(error, bytes)
    }
  }

  /// Whether a line is an object with the key of an answer; `{'W1': 3}`, which a program may print, has none.
  private static func mayBeAnswer(_ bytes: [UInt8]) -> Bool {
    bytes.first == UInt8(ascii: "{") && bytes.contains(Array("\"id\"".utf8))
  }

  /// How long an answer may take: a program has longer for its first, and for several gates at once.
  private func patience(for request: Request) -> Duration {
    request.request == .list
      ? max(settings.timeout, Self.leastTimeToStart) : settings.timeout * (request.steps?.count ?? 1)
  }

  /// Ends the process, and whatever it started.
  func end(gently: Bool) {
    var farewell = Request(.shutdown)
    farewell.id = lastID + 1
    process.end(gently: gently, farewell: farewell.message(hasBlock: false))
  }

  private static func problem(_ error: WireError, _ bytes: [UInt8]) -> Problem {
    Problem(
      text: error.description.map { "answered with \($0)" }
        ?? "answered '\(excerpt(bytes))', which is not an answer of the protocol")
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
    return text.harmless + (bytes.count > 60 ? "..." : "")
  }
}
