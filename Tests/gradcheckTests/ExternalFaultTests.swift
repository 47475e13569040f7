import Foundation
import Subprocess
import SystemPackage
import Testing

/// Programs that serve gates and go wrong, each a real process.
@Suite struct ExternalFaultTests {
  /// A fault of `Python/faulty_gates.py`, and words that its message has.
  struct Fault: Sendable, CustomTestStringConvertible {
    let name: String
    let words: [String]
    var testDescription: String { name }

    init(_ name: String, _ words: String...) {
      (self.name, self.words) = (name, words)
    }
  }

  /// Faults that only a limit of time finds.
  static let silent = [
    "hangs", "hangs-and-ignores-sigterm", "half-a-line", "half-a-block", "closes-its-output",
  ]

  static let script = Tool.root.appending(path: "Tests/gradcheckTests/Python/faulty_gates.py").path

  /// Runs the script with a fault; its last argument tells its processes from all others.
  private func run(_ fault: String, mark: String) async throws -> (
    status: Int32, output: String, error: String
  ) {
    try await Tool.run([
      "external", "python3 '\(Self.script)' \(fault) \(mark)", "double", "x=[1.5, 2.5, -3]", "--timeout",
      Self.silent.contains { fault.split(separator: "@")[0] == $0 } ? "2" : "120",
    ])
  }

  /// How many processes have `mark` in their command line.
  private func processes(_ mark: String) async throws -> Int {
    let list = try await Subprocess.run(
      .name("ps"), arguments: ["-A", "-o", "args="], output: .string(limit: 1 << 22))
    return list.standardOutput.split(separator: "\n").count { $0.contains(mark) }
  }

  @Test(arguments: [
    Fault("exits-at-once", "exit status 3", "no such module"),
    Fault("exits", "gate 'double'", "exit status 7", "  | first line\n  | about to leave"),
    Fault("crashes", "gate 'double'", "signal 11"),
    Fault("hangs", "gate 'double'", "no answer within 2 seconds", "--timeout", "  | thinking"),
    Fault("hangs-and-ignores-sigterm", "gate 'double'", "no answer within 2 seconds", "  | thinking"),
    Fault("half-a-line", "gate 'double'", "no answer within 2 seconds"),
    Fault("half-a-line-and-exits", "gate 'double'", "exit status 0 instead of an answer"),
    Fault("garbage", "gate 'double'", "answered 'Segmentation fault (not really)'"),
    Fault("another-answer", "gate 'double'", "answered request"),
    Fault("two-answers", "gate 'double'", "answered request"),
    Fault("wrong-shape", "gate 'double'", "an output of shape (1,)"),
    Fault("shape-without-data", "gate 'double'", "(100000, 100000)"),
    Fault("float32", "gate 'double'", "float64 numbers"),
    Fault("another-array", "gate 'double'", "at number 1 of 1"),
    Fault("too-many-numbers", "gate 'double'", "an answer of more than 268435456 bytes"),
    Fault("half-a-block", "gate 'double'", "no answer within 2 seconds"),
    Fault("half-a-block-and-exits", "gate 'double'", "exit status 0 instead of an answer"),
    Fault("text", "gate 'double'", "something that is not a number"),
    Fault("a-gigabyte", "gate 'double'", "an answer of more than 268435456 bytes"),
    Fault("floods-standard-error", "gate 'double'", "exit status 1", "  | the last line"),
    Fault("leaves-a-child", "gate 'double'", "exit status 3"),
    Fault("closes-its-output", "gate 'double'", "no answer within 2 seconds"),
    Fault("negative-count", "gate 'double'", "says that -4 numbers follow its answer"),
    Fault("change-outside", "gate 'double'", "changes a number that is not in its "),
    Fault("exits@open", "gate 'double'", "exit status 7", "  | about to leave"),
    Fault("hangs@open", "gate 'double'", "no answer within 2 seconds", "  | thinking"),
    Fault("half-a-line-and-exits@open", "gate 'double'", "exit status 0 instead of an answer"),
    Fault("garbage@open", "gate 'double'", "answered 'Segmentation fault (not really)'"),
    Fault("exits@backward", "gate 'double'", "exit status 7", "  | about to leave"),
    Fault("hangs@backward", "gate 'double'", "no answer within 2 seconds", "  | thinking"),
    Fault("half-a-line-and-exits@backward", "gate 'double'", "exit status 0 instead of an answer"),
    Fault("garbage@backward", "gate 'double'", "answered 'Segmentation fault (not really)'"),
    Fault("another-version", "version 99 of the protocol, not 1"),
    Fault("endless-lines", "answered 'y'"),
  ])
  func `a program that fails ends the check, and is named with its last words`(fault: Fault) async throws {
    let mark = "mark-\(UUID().uuidString)"
    let run = try await run(fault.name, mark: mark)
    #expect(run.status == 69, "\(run)")
    #expect(run.output.isEmpty, "no verdict")
    for words in fault.words { #expect(run.error.contains(words), "\(run.error)") }
    #expect(run.error.count < 4000)
    #expect(try await processes(mark) == 0, "a process is left behind")
  }

  @Test func `a program that cannot be started is named`() async throws {
    for command in ["no-such-program-anywhere", "/nowhere/layers"] {
      let run = try await Tool.run(["external", command, "double", "x=1"])
      #expect(run.status == 69 && run.output.isEmpty)
      #expect(
        run.error.contains("'\(command)' could not be started: there is no such program"), "\(run.error)")
    }
  }

  @Test func `a program that talks on standard error but answers well agrees`() async throws {
    let mark = "mark-\(UUID().uuidString)"
    for kind in ["none", "talkative"] {
      let run = try await run(kind, mark: mark)
      #expect(run.status == 0, "\(run)")
      #expect(run.output.hasSuffix("agree: 1 input, 3 elements, 3 rows of f, 1 gate\n"), "\(run.output)")
    }
    #expect(try await processes(mark) == 0)
  }

  @Test func `values that are not numbers are undecided, and gradients that are not are wrong`() async throws
  {
    let mark = "mark-\(UUID().uuidString)"
    let (values, gradients) = (try await run("nan", mark: mark), try await run("nan-gradient", mark: mark))
    #expect(values.status == 2 && values.output.contains("undecided (value not finite)"), "\(values)")
    #expect(
      gradients.status == 1 && gradients.output.contains("disagree (gradient not finite)"), "\(gradients)")
    #expect(gradients.output.contains("division by zero or log of zero in the backward pass"))
  }

  @Test func `a fault in a formula has the place of its use, or its gate's name`() async throws {
    let formula = "use \"python3 '\(Self.script)' exits-at-once\"\nf = double(x)"
    let early = try await Tool.run([formula, "x=1"])
    #expect(early.status == 69 && early.error.hasPrefix("<formula>:1:1: error: "), "\(early)")
    let late = try await Tool.run([formula.replacing("exits-at-once", with: "exits"), "x=1"])
    #expect(late.status == 69 && late.output.isEmpty)
    #expect(late.error.hasPrefix("<formula>:2:5: error: gate 'double' of 'python3 "), "\(late)")
  }
}
