internal import Dispatch
public import Gradients

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A program that serves gates on its standard streams, as `docs/external-gates.md` says.
///
/// It is started once, and answers one request at a time. After its first fault it is ended, and every later request throws
/// that fault again.
public final class ExternalProgram: @unchecked Sendable {
  /// How a program is treated.
  public struct Settings: Sendable {
    /// The longest time that an answer may take.
    public var timeout: Duration = .seconds(30)
    /// The longest answer, in bytes.
    public var largestAnswer = 256 << 20
    /// Asked while an answer is awaited: whether to give up.
    public var shouldStop: @Sendable () -> Bool = { false }

    /// The settings that fit most programs.
    public init() {}
  }

  /// The protocol that is spoken.
  public static let version = 1

  /// The command that was run.
  public let command: String
  /// What the program serves.
  public private(set) var cards: [GateCard] = []

  /// A program may print this many lines before its first answer.
  private static let longestPrologue = 1000

  private let settings: Settings
  private var openOptions: Set<String> = []
  /// One request at a time; what follows is touched on it alone.
  private let queue = DispatchQueue(label: "chainrule.external-program")
  private var process: ChildProcess?
  private var lastID = 0
  private var firstFault: ProgramFault?

  /// Starts a program, through `/bin/sh`, and asks what it serves.
  ///
  /// - Parameters:
  ///   - command: the command, as in a shell.
  ///   - directory: where it runs; where this program does, without it.
  ///   - settings: how it is treated.
  /// - Throws: `ProgramFault` when there is no answer, or none that can be understood.
  public init(_ command: String, directory: String? = nil, settings: Settings = Settings())
    throws(ProgramFault)
  {
    self.command = command
    self.settings = settings
    do throws(ChildProcess.Failure) {
      process = try ChildProcess(command: command, directory: directory)
    } catch {
      throw ProgramFault(Self.text(error, settings), command: command, gate: nil, standardError: "")
    }
    var request = Request(.list)
    request.version = Self.version
    let answer = try ask(request, gate: nil)
    guard let version = answer.version, version == Self.version else {
      throw fail(
        "speaks version \(answer.version.map(String.init) ?? "of no number") of the protocol, not \(Self.version)",
        nil)
    }
    guard let gates = answer.gates else { throw fail("does not list its gates", nil) }
    var cards: [GateCard] = []
    for gate in gates {
      guard !cards.contains(where: { $0.name == gate.name }) else {
        throw fail("lists two gates named '\(gate.name)'", nil)
      }
      cards.append(gate.card)
    }
    self.cards = cards
    openOptions = Set(gates.filter { $0.options == nil }.map(\.name))
  }

  deinit {
    end()
  }

  /// Ends the program, and whatever it started.
  public func end() {
    queue.sync {
      let farewell = (try? Self.line(Request(.shutdown, id: lastID + 1))) ?? []
      process?.end(gently: firstFault == nil, farewell: farewell)
      process = nil
    }
  }

  /// The first fault, if there was one.
  public var fault: ProgramFault? { queue.sync { firstFault } }

  // MARK: - Requests

  /// Sends a request and waits for its answer.
  ///
  /// - Throws: `ProgramFault` when there is none, or none that can be understood.
  func ask(_ request: Request, gate: String?) throws(ProgramFault) -> Answer {
    let result = queue.sync { () -> Result<Answer, ProgramFault> in
      if let firstFault { return .failure(firstFault) }
      lastID += 1
      var request = request
      request.id = lastID
      let answer = answer(to: request)
      switch answer {
      case .answer(let answer): return .success(answer)
      case .problem(let message): return .failure(recordFault(message, gate))
      }
    }
    return try result.get()
  }

  private enum Outcome {
    case answer(Answer)
    case problem(String)
  }

  private func answer(to request: Request) -> Outcome {
    guard process != nil else { return .problem("has been ended") }
    var bytes: [UInt8]
    do throws(ChildProcess.Failure) {
      bytes = try exchange(try? Self.line(request))
      // What a file prints before it begins to serve is not meant for us.
      var skipped = 0
      while request.request == .list, bytes.first != UInt8(ascii: "{"), skipped < Self.longestPrologue {
        bytes = try exchange([])
        skipped += 1
      }
    } catch {
      return .problem(Self.text(error, settings))
    }
    do {
      let answer = try JSONDecoder().decode(Answer.self, from: Data(bytes))
      guard answer.id == request.id else {
        return .problem(
          "answered request \(answer.id.map(String.init) ?? "of no number"), not request \(request.id)")
      }
      return .answer(answer)
    } catch let error as WireError {
      return .problem("answered with \(error.description)")
    } catch {
      return .problem("answered '\(Self.excerpt(bytes))', which is not an answer of the protocol")
    }
  }

  private func exchange(_ line: [UInt8]?) throws(ChildProcess.Failure) -> [UInt8] {
    guard let line, process != nil else { throw .closedItsOutput }
    // To start takes longer than to answer: an interpreter reads its libraries first.
    let timeout = cards.isEmpty ? max(settings.timeout, .seconds(30)) : settings.timeout
    guard
      let answer = try process?.exchange(
        line, timeout: timeout, largest: settings.largestAnswer, shouldStop: settings.shouldStop)
    else { throw .closedItsOutput }
    return answer
  }

  private static func line(_ request: Request) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(request)) + [UInt8(ascii: "\n")]
  }

  // MARK: - Faults

  /// Ends the program for what it did.
  func fail(_ message: String, _ gate: String?) -> ProgramFault {
    queue.sync { firstFault ?? recordFault(message, gate) }
  }

  private func recordFault(_ message: String, _ gate: String?) -> ProgramFault {
    process?.end(gently: false)
    let errors = process?.standardError ?? []
    process = nil
    let fault = ProgramFault(
      message, command: command, gate: gate, standardError: String(decoding: errors, as: UTF8.self))
    firstFault = fault
    return fault
  }

  private static func text(_ failure: ChildProcess.Failure, _ settings: Settings) -> String {
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
      "gave no answer within \(NumberText.short(settings.timeout / .seconds(1))) seconds; --timeout gives it more"
    case .tooLong: "gave an answer of more than \(settings.largestAnswer) bytes"
    case .stopped: "was interrupted"
    }
  }

  private static func excerpt(_ bytes: [UInt8]) -> String {
    let text = String(decoding: bytes.prefix(60), as: UTF8.self).filter { !$0.isNewline }
    return bytes.count > 60 ? text + "..." : text
  }
}

extension Answer.Gate {
  /// The gate as the catalogue would describe it.
  fileprivate var card: GateCard {
    GateCard(
      name: name, operands: operands, options: (options ?? []).map { .init($0, "as the program says") },
      summary: summary ?? "Is served by another program.", localGradient: "as its backward pass says")
  }
}

extension ExternalProgram: GateLibrary {
  /// Whether the program takes options that it does not list.
  public func takesAnyOption(_ name: String) -> Bool { openOptions.contains(name) }

  /// The gate of one use.
  ///
  /// - Throws: `GateError` when the gate has no output for the operands, or the program has failed.
  public func gate(
    _ name: String, options: GateOptions, at operands: [Tensor]
  ) throws(GateError) -> any Gate {
    try ExternalGate(self, name, options: options, at: operands)
  }
}
