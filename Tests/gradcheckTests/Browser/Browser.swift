import Foundation
import Testing

/// Chromium without a window, spoken to over its remote-debugging pipe.
///
/// The protocol is Chromium's own (DevTools Protocol): JSON messages with a zero byte between them.
actor Browser {
  /// The browser of the suite that runs.
  @TaskLocal static var current: Browser?

  static let isInstalled = executable != nil

  private static let executable: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let candidates = ["chromium", "google-chrome"].flatMap { name in folders.map { "\($0)/\(name)" } }
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private let profile = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  private var received = Data()
  private var count = 0
  private var session: String?
  private var events: [Event] = []

  /// What the browser says without having been asked.
  struct Event: Decodable {
    struct Parameters: Decodable {
      struct Request: Decodable { let url: String }
      struct Entry: Decodable { let text: String }
      struct Details: Decodable { let text: String }

      let request: Request?
      let entry: Entry?
      let exceptionDetails: Details?
      /// Of a line on the console: an error, a warning, ….
      let type: String?
    }

    let method: String
    let params: Parameters?
  }

  init() throws {
    // Chromium's sandbox refuses to run as root, as tests in a container do.
    let sandbox = getuid() == 0 ? "--no-sandbox" : ""
    process.executableURL = URL(filePath: "/bin/sh")
    // The pipe is what the program finds as its files 3 and 4.
    process.arguments = [
      "-c",
      """
      exec "$0" --headless=new --remote-debugging-pipe --disable-dev-shm-usage --no-first-run \(sandbox) \
        --user-data-dir="$1" about:blank 3<&0 4>&1 </dev/null >/dev/null 2>&1
      """,
      try #require(Self.executable), profile.path,
    ]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    // A browser that hangs must not hang the tests: reading from one that has ended is an error.
    let process = process
    DispatchQueue.global().asyncAfter(deadline: .now() + 600) { process.terminate() }
  }

  func start() throws {
    struct Target: Decodable { let targetId: String }
    struct Session: Decodable { let sessionId: String }
    let target: Target = try ask("Target.createTarget", ["url": "about:blank"])
    let session: Session = try ask(
      "Target.attachToTarget", ["targetId": target.targetId, "flatten": true])
    self.session = session.sessionId
    for domain in ["Page", "Runtime", "Log", "Network"] { try tell("\(domain).enable") }
    try tell("Emulation.setFocusEmulationEnabled", ["enabled": true])
  }

  func stop() {
    process.terminate()
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: profile)
  }

  // MARK: What a reader does

  func open(_ page: URL, hash: String = "") throws {
    // A page that differs by its hash alone would not be loaded again.
    for address in ["about:blank", page.absoluteString + hash] {
      try load { try tell("Page.navigate", ["url": address]) }
    }
  }

  /// Clicks on what loads the page anew.
  func clickAndLoad(_ selector: String) throws {
    try load { try click(selector) }
  }

  private func load(_ action: () throws -> Void) throws {
    events.removeAll { $0.method == "Page.loadEventFired" }
    try action()
    while !events.contains(where: { $0.method == "Page.loadEventFired" }) { try receive() }
  }

  /// Presses a key, whatever has the focus.
  func press(_ key: Key) throws {
    var parameters: [String: Any] = ["key": key.name, "windowsVirtualKeyCode": key.code]
    if let text = key.text { parameters["text"] = text }
    for type in ["keyDown", "keyUp"] {
      parameters["type"] = type
      try tell("Input.dispatchKeyEvent", parameters)
    }
  }

  func click(_ selector: String) throws {
    try hover(selector)
    let (x, y) = try middle(of: selector)
    for type in ["mousePressed", "mouseReleased"] {
      try tell("Input.dispatchMouseEvent", ["type": type, "x": x, "y": y, "button": "left", "clickCount": 1])
    }
  }

  /// Points at the middle of an element.
  func hover(_ selector: String) throws {
    let (x, y) = try middle(of: selector)
    try tell("Input.dispatchMouseEvent", ["type": "mouseMoved", "x": x, "y": y])
  }

  /// Types a text into a field in place of what it holds.
  func type(_ text: String, into selector: String) throws {
    try run("const field = document.querySelector(arguments[0]); field.focus(); field.select()", selector)
    try tell("Input.insertText", ["text": text])
  }

  /// How wide and high the page is, what the reader's system asks for, and whether it is on paper.
  func show(
    width: Int, height: Int = 900, isDark: Bool = false, isPrinted: Bool = false,
    prefersStillness: Bool = false
  ) throws {
    try tell(
      "Emulation.setDeviceMetricsOverride",
      ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false])
    let features = [
      ["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"],
      ["name": "prefers-reduced-motion", "value": prefersStillness ? "reduce" : "no-preference"],
    ]
    try tell("Emulation.setEmulatedMedia", ["media": isPrinted ? "print" : "screen", "features": features])
  }

  // MARK: What a reader gets

  /// What a function body of JavaScript returns in the page.
  func value<Value: Decodable & Sendable>(_ script: String, _ arguments: any Encodable & Sendable...) throws
    -> Value
  {
    let list = try arguments.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
    let expression = "(function () { \(script) })(\(list.joined(separator: ", ")))"
    let evaluation: Evaluation<Value> = try ask(
      "Runtime.evaluate", ["expression": expression, "returnByValue": true])
    if let problem = evaluation.exceptionDetails {
      throw BrowserError(description: "\(problem.exception?.description ?? problem.text), from \(script)")
    }
    return try #require(evaluation.result.value, "nothing from \(script)")
  }

  /// Runs a function body of JavaScript in the page.
  func run(_ script: String, _ arguments: String...) throws {
    let list = try arguments.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
    let _: Bool = try value("(function () { \(script) })(\(list.joined(separator: ", "))); return true")
  }

  /// The text of an element, as it is shown.
  func text(_ selector: String) throws -> String {
    try value("return document.querySelector(arguments[0]).innerText", selector)
  }

  /// What went wrong since the last time: errors, lines on the console, and what the content security policy forbade.
  func problems() throws -> [String] {
    let _: Bool = try value("return true")
    defer { events.removeAll { $0.problem != nil } }
    return events.compactMap(\.problem)
  }

  /// The addresses that were asked for since the last time.
  func requests() throws -> [String] {
    let _: Bool = try value("return true")
    defer { events.removeAll { $0.method == "Network.requestWillBeSent" } }
    return events.compactMap { $0.method == "Network.requestWillBeSent" ? $0.params?.request?.url : nil }
  }

  private func middle(of selector: String) throws -> (x: Double, y: Double) {
    let point: [Double] = try value(
      """
      const element = document.querySelector(arguments[0]);
      element.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
      const { x, y, width, height } = element.getBoundingClientRect();
      return [x + width / 2, y + height / 2];
      """, selector)
    return (point[0], point[1])
  }

  // MARK: The protocol

  private struct Nothing: Decodable {}

  private struct Evaluation<Value: Decodable>: Decodable {
    struct Result: Decodable { let value: Value? }
    struct Exception: Decodable { let description: String? }
    struct Details: Decodable {
      let text: String
      let exception: Exception?
    }

    let result: Result
    let exceptionDetails: Details?
  }

  private struct Answer<Value: Decodable>: Decodable {
    struct Problem: Decodable { let message: String }

    let result: Value?
    let error: Problem?
  }

  private struct Head: Decodable { let id: Int? }

  private func tell(_ method: String, _ parameters: [String: Any] = [:]) throws {
    let _: Nothing = try ask(method, parameters)
  }

  private func ask<Value: Decodable>(_ method: String, _ parameters: [String: Any]) throws -> Value {
    count += 1
    var message: [String: Any] = ["id": count, "method": method, "params": parameters]
    if let session { message["sessionId"] = session }
    try input.fileHandleForWriting.write(
      contentsOf: try JSONSerialization.data(withJSONObject: message) + [0])
    while true {
      guard let answer = try receive(), try JSONDecoder().decode(Head.self, from: answer).id == count else {
        continue
      }
      let decoded = try JSONDecoder().decode(Answer<Value>.self, from: answer)
      if let error = decoded.error { throw BrowserError(description: "\(method): \(error.message)") }
      return try #require(decoded.result)
    }
  }

  /// The next message, if it is an answer; events are kept.
  @discardableResult
  private func receive() throws -> Data? {
    while !received.contains(0) {
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else { throw BrowserError(description: "Chromium has ended") }
      received += more
    }
    let message = Data(received.prefix { $0 != 0 })
    received = Data(received.dropFirst(message.count + 1))
    guard let event = try? JSONDecoder().decode(Event.self, from: message) else { return message }
    events.append(event)
    return nil
  }
}

extension Browser.Event {
  /// What went wrong, if this says so.
  fileprivate var problem: String? {
    switch method {
    case "Log.entryAdded": params?.entry?.text
    case "Runtime.exceptionThrown": params?.exceptionDetails?.text
    case "Runtime.consoleAPICalled": "the console has a line: \(params?.type ?? "")"
    default: nil
    }
  }
}

struct BrowserError: Error, CustomStringConvertible {
  let description: String
}

/// A key by its name on the keyboard and its code.
struct Key: ExpressibleByUnicodeScalarLiteral {
  let name: String
  let code: Int
  var text: String?

  init(name: String, code: Int, text: String? = nil) {
    (self.name, self.code, self.text) = (name, code, text)
  }

  init(unicodeScalarLiteral letter: Unicode.Scalar) {
    self.init(name: String(letter), code: 0, text: String(letter))
  }

  static let left = Key(name: "ArrowLeft", code: 37)
  static let right = Key(name: "ArrowRight", code: 39)
  static let tab = Key(name: "Tab", code: 9)
  static let enter = Key(name: "Enter", code: 13, text: "\r")
}
