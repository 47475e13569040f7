internal import Dispatch
public import Gradients

/// A program that serves gates on its standard streams, as `docs/external-gates.md` says.
///
/// It is started once, and again for each further core when there is work for long enough; each process answers one
/// request at a time. After its first fault all are ended, and every later request throws that fault again.
public final class ExternalProgram: @unchecked Sendable {
  /// How a program is treated.
  public struct Settings: Sendable {
    /// The longest time that an answer may take.
    public var timeout: Duration = .seconds(30)
    /// The longest answer, in bytes.
    public var largestAnswer = 256 << 20
    /// At most so many processes of the program run at once.
    public var largestProcessCount = 1
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

  private let directory: String?
  private let settings: Settings
  private var openOptions: Set<String> = []
  /// The forms of request that the program takes beside those that all take.
  private var forms: Set<String> = []
  /// How long the first process took to start.
  private var startTime = Duration.zero
  /// What follows is touched on this queue alone.
  private let queue = DispatchQueue(label: "chainrule.external-program")
  private var idle: [Conversation] = []
  private var processCount = 0
  private var busyTime = Duration.zero
  private var firstFault: ProgramFault?
  /// So many copies of a function take a fraction of a second.
  private var copyCount = 256
  /// Counts the idle processes.
  private let idleCount = DispatchSemaphore(value: 0)

  /// Starts a program, as `/bin/sh` would, and asks what it serves.
  ///
  /// - Parameters:
  ///   - command: the command, as in a shell.
  ///   - directory: where it runs; where this program does, without it.
  ///   - settings: how it is treated.
  /// - Throws: `ProgramFault` when there is no answer, or none that can be understood.
  public init(
    _ command: String, directory: String? = nil, settings: Settings = Settings()
  ) throws(ProgramFault) {
    (self.command, self.directory, self.settings) = (command, directory, settings)
    processCount = 1
    let start = ContinuousClock.now
    let (conversation, list) = try started()
    let gates = list.gates ?? []
    forms = Set(list.takes ?? [])
    startTime = start.duration(to: .now)
    for gate in gates {
      guard !cards.contains(where: { $0.name == gate.name }) else {
        throw recorded("lists two gates named '\(gate.name)'", [], conversation)
      }
      cards.append(gate.card)
    }
    openOptions = Set(gates.filter { $0.options == nil }.map(\.name))
    giveBack(conversation)
  }

  deinit {
    end()
  }

  /// Ends the program, and whatever it started.
  public func end() {
    let (conversations, isSound) = queue.sync { () -> ([Conversation], Bool) in
      defer { idle = [] }
      return (idle, firstFault == nil)
    }
    for conversation in conversations { conversation.end(gently: isSound) }
  }

  /// The first fault, if there was one.
  public var fault: ProgramFault? { queue.sync { firstFault } }

  // MARK: - Requests

  /// Sends requests to a process that is idle, and waits for its answers.
  ///
  /// - Throws: `ProgramFault` when there is none, or none that can be understood.
  private func ask(_ requests: [Request], gates: [String]) throws(ProgramFault) -> [Answer] {
    let conversation = try idleConversation()
    let start = ContinuousClock.now
    defer { giveBack(conversation, after: start.duration(to: .now)) }
    do throws(Conversation.Problem) {
      return try conversation.ask(requests)
    } catch {
      throw recorded(error.text, gates, conversation)
    }
  }

  private func idleConversation() throws(ProgramFault) -> Conversation {
    if idleCount.wait(timeout: .now()) == .timedOut {
      let mayStart = queue.sync {
        guard hasLongWork, processCount < settings.largestProcessCount else { return false }
        processCount += 1
        return true
      }
      if mayStart { return try started().conversation }
      idleCount.wait()
    }
    let (conversation, fault) = queue.sync { (idle.popLast(), firstFault) }
    if let conversation, fault == nil { return conversation }
    // Whoever waits behind finds the same.
    idleCount.signal()
    throw fault ?? recorded("has been ended", [], nil)
  }

  private func giveBack(_ conversation: Conversation, after time: Duration = .zero) {
    queue.sync {
      busyTime += time
      if firstFault == nil { idle.append(conversation) }
    }
    idleCount.signal()
  }

  /// Starts a process, and asks what it serves.
  private func started() throws(ProgramFault) -> (conversation: Conversation, list: Answer.Line) {
    let conversation: Conversation
    do throws(Conversation.Problem) {
      conversation = try Conversation(command, in: directory, settings)
    } catch {
      throw recorded(error.text, [], nil)
    }
    var request = Request(.list)
    request.version = Self.version
    let answer: Answer.Line
    do throws(Conversation.Problem) {
      answer = try conversation.ask([request])[0].line
    } catch {
      throw recorded(error.text, [], conversation)
    }
    guard let version = answer.version, version == Self.version else {
      let spoken = answer.version.map(String.init) ?? "of no number"
      throw recorded("speaks version \(spoken) of the protocol, not \(Self.version)", [], conversation)
    }
    guard answer.gates != nil else { throw recorded("does not list its gates", [], conversation) }
    conversation.takesNumbers = answer.takes?.contains("numbers") ?? false
    conversation.readsAhead = answer.takes?.contains("ahead") ?? false
    return (conversation, answer)
  }

  /// Whether further processes are worth their start: the work has taken several times as long, and may go on.
  private var hasLongWork: Bool { busyTime > startTime * 4 }

  /// How many processes may share what is asked for now.
  var usefulProcessCount: Int { queue.sync { hasLongWork ? settings.largestProcessCount : 1 } }

  /// Whether the program runs several gates in one request.
  public var runsChains: Bool { forms.contains("steps") }
  /// Whether it takes several upstream gradients in one request.
  var takesUpstreams: Bool { forms.contains("upstreams") }
  /// Whether it tells with gradients what the forward pass gave.
  var takesObserve: Bool { forms.contains("observe") }

  /// How many copies may be asked for in one request.
  var largestCopyCount: Int { queue.sync { copyCount } }

  /// Notes how long some copies took, so that requests take a fraction of a second, and of the time limit.
  func note(_ count: Int, _ time: Duration) {
    let goal = min(.milliseconds(200), settings.timeout / 8)
    queue.sync {
      if time > goal * 2 {
        copyCount = max(1, Int(Double(count) * (goal / time)))
      } else if time < goal / 2, count >= copyCount / 2 {
        copyCount = min(4 * copyCount, 1 << 20)
      }
    }
  }

  /// The answer to a request about some gates, unless it is an error.
  func answer(_ request: Request, gates: [String]) throws(GateError) -> Answer {
    try answers([request], gates: gates)[0].get()
  }

  /// The answers to requests about the same gates, or their errors.
  func answers(_ requests: [Request], gates: [String]) throws(GateError) -> [Result<Answer, GateError>] {
    let answers: [Answer]
    do throws(ProgramFault) {
      answers = try ask(requests, gates: gates)
    } catch {
      throw GateError(error.description)
    }
    return answers.map { answer in
      guard let error = answer.line.error else { return .success(answer) }
      let step = min(max(answer.line.step ?? 0, 0), gates.count - 1)
      var failure = GateError("gate '\(gates[step])': \(error.harmless)")
      failure.step = step
      return .failure(failure)
    }
  }

  // MARK: - Faults

  /// Ends the program for what it answered.
  func fail(_ message: String, _ gate: String) -> ProgramFault { recorded(message, [gate], nil) }

  private func recorded(
    _ message: String, _ gates: [String], _ conversation: Conversation?
  ) -> ProgramFault {
    conversation?.end(gently: false)
    let (fault, others) = queue.sync { () -> (ProgramFault, [Conversation]) in
      let errors = (conversation ?? idle.last)?.standardError ?? ""
      let fault =
        firstFault ?? ProgramFault(message, command: command, gates: gates, standardError: errors)
      firstFault = fault
      defer { idle = [] }
      return (fault, idle)
    }
    for other in others { other.end(gently: false) }
    return fault
  }
}

extension Answer.Line.Gate {
  /// The gate as the catalogue would describe it.
  fileprivate var card: GateCard {
    GateCard(
      name: name.harmless, operands: operands.map(\.harmless),
      options: (options ?? []).map { .init($0.harmless, "as the program says") },
      summary: (summary ?? "").harmless, localGradient: "as its backward pass says")
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
