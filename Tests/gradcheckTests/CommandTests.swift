import Foundation
import Subprocess
import SystemPackage
import Testing

/// The built binary, run as a process.
enum Tool {
  static var root: URL {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
  }

  /// Beside the test bundle.
  static var path: String {
    let folder = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }?
      .deletingLastPathComponent()
    let own = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    return [folder, own].compactMap { $0?.appending(path: "gradcheck").path }
      .first { FileManager.default.isExecutableFile(atPath: $0) } ?? "gradcheck"
  }

  static func run(
    _ arguments: [String], input: String = "", environment: [String: String] = [:], folder: String = root.path
  ) async throws -> (status: Int32, output: String, error: String) {
    let changes = Dictionary(
      uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), Optional($0.value)) })
    let result = try await Subprocess.run(
      .path(.init(path)), arguments: Arguments(arguments), environment: .inherit.updating(changes),
      workingDirectory: .init(folder), input: .string(input), output: .string(limit: 1 << 24),
      error: .string(limit: 1 << 20))
    guard case .exited(let status) = result.terminationStatus else {
      Issue.record("ended by \(result.terminationStatus)")
      return (-1, "", "")
    }
    return (status, result.standardOutput, result.standardError)
  }

  static func temporaryFile(_ name: String) -> String {
    FileManager.default.temporaryDirectory.appending(path: UUID().uuidString + "-" + name).path
  }
}

@Suite struct CommandTests {
  @Test func `a formula on the command line is checked`() async throws {
    let run = try await Tool.run(["f = (x + y) * z", "x=-2", "y=5", "z=-4"])
    #expect(run.status == 0 && run.error.isEmpty)
    let rows = run.output.split(separator: "\n").map { $0.split(separator: " ").prefix(3).map(String.init) }
    #expect(
      rows.contains(["x", "-2", "-4"]) && rows.contains(["y", "5", "-4"]) && rows.contains(["z", "-4", "3"]))
    #expect(run.output.hasSuffix("agree: 3 inputs, 3 elements, 2 gates\n"))
  }

  @Test(arguments: [
    (["x**2"], 65), (["f = x^2", "x=1"], 65), (["nowhere.grad"], 74), (["--no-such-option"], 64),
    (["x", "y"], 64), (["draw", "x", "x=1", "-o", "f.gif"], 64),
    (["draw", "x", "x=1", "-o", "f.html", "--style", "full"], 64),
    (["draw", "2*x", "x=1", "-o", "/nowhere/f.svg"], 74),
    (["x**2\ndf/dx = 3*x", "x=1"], 1), (["f = where(x < 0, 0, 1) + 0*x", "x=0"], 2),
    (["f = where(x > 0, x, 0.01*x)", "x=0"], 0), (["--help"], 0),
    (["--version"], 0),
    (["gates"], 0), (["gates", "relu"], 0), (["gates", "relo"], 64), (["x**2", "x=1", "--wrt", "y"], 64),
    (["x**2", "x=1", "--tolerance", "-1"], 64),
  ])
  func `the exit status says what happened`(arguments: [String], status: Int) async throws {
    let run = try await Tool.run(arguments)
    #expect(run.status == Int32(status), "\(run)")
    #expect(run.error.isEmpty == (status < 64))
  }

  @Test(arguments: [
    (["chekc", "f = x", "x=1"], "there is no command 'chekc'; did you mean 'check'?"),
    (["x * y", "x=1", "y=2", "x=3"], "'x' is given twice, x=1 and x=3"),
    (["external", "true", "f", "x=3", "x=4"], "'x' is given twice, x=3 and x=4"),
    (["x**2", "x=1", "--wrt", "y"], "--wrt: there is no input 'y'; the inputs are x"),
    (["gates", "relo"], "there is no gate 'relo'; did you mean 'relu'?"),
    (["sum(x)", "x=zeros(0)", "--explain", "x"], "--explain: 'x' has no elements: its shape is (0,)"),
    (["f = x[0:0]", "x=[1,2]", "--explain", "x[0]"], "--explain: 'f' has no elements: its shape is (0,)"),
    (
      ["network", "3", "-o", "n.svg"],
      "'3' is no network: write the neurons of each layer, such as 3-4-4-2"
    ),
    (
      ["plot", "sin(x)", "x=-1e308:1e308", "-o", "p.svg"],
      "the range 'x=-1e308:1e308' is too wide for 64-bit numbers"
    ),
  ])
  func `wrong usage is told in a line`(arguments: [String], message: String) async throws {
    let run = try await Tool.run(arguments)
    #expect(run.status == 64 && run.output.isEmpty)
    #expect(run.error == "gradcheck: \(message)\n")
  }

  @Test func `a negative number is told as one, not as an option`() async throws {
    let run = try await Tool.run(["x", "x=1", "--seed", "-1"])
    #expect(run.status == 64 && run.error.hasPrefix("Error: The value '-1' is invalid for '--seed <seed>'\n"))
  }

  @Test func `a report goes through a link, and into a pipe or a device, and replaces none of them`()
    async throws
  {
    let folder = Tool.temporaryFile("links")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try "old".write(toFile: folder + "/target.txt", atomically: true, encoding: .utf8)
    try FileManager.default.createSymbolicLink(
      atPath: folder + "/link.txt", withDestinationPath: folder + "/target.txt")
    let link = try await Tool.run(["x**2", "x=3", "-o", folder + "/link.txt"])
    #expect(link.status == 0)
    #expect(try String(contentsOfFile: folder + "/target.txt", encoding: .utf8).hasPrefix("f = 9\n"))
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/link.txt").hasSuffix("target.txt"))

    let script =
      "mkfifo '\(folder)/pipe' && { \"$0\" x**2 x=3 -o '\(folder)/pipe' & cat '\(folder)/pipe'; test -p '\(folder)/pipe'; }"
    let pipe = try await Subprocess.run(
      .path("/bin/sh"), arguments: ["-c", script, Tool.path], output: .string(limit: 4096), error: .discarded)
    #expect(pipe.terminationStatus == .exited(0))
    #expect(pipe.standardOutput.hasPrefix("f = 9\n"))
  }

  @Test func `a formula comes out of a device or a pipe too`() async throws {
    let nothing = try await Tool.run(["/dev/null"])
    #expect(nothing.status == 65 && nothing.error.hasPrefix("/dev/null:1:1: error: there is no formula "))
    let pipe = try await Tool.run(["/dev/stdin"], input: "x = 3\nf = x**2\n")
    #expect(pipe.status == 0 && pipe.output.hasPrefix("f = 9\n"))
    let endless = try await Tool.run(["/dev/zero"])
    #expect(endless.status == 74 && endless.error.hasPrefix("gradcheck: '/dev/zero' gives more than "))
  }

  @Test(arguments: [
    ("broadcast_to", "broadcast_to"), ("broadcast", "broadcast_to"), ("*", "multiply"), ("T", "transpose"),
  ])
  func `a gate is found by its name, its operator, or what pictures write into it`(
    name: String, gate: String
  ) async throws {
    let run = try await Tool.run(["gates", name])
    #expect(run.status == 0)
    #expect(run.output.split(separator: "\n").filter { !$0.hasPrefix(" ") } == ["\(gate)"])
  }

  @Test func `a function of no numbers that is no number is undecided`() async throws {
    #expect(try await Tool.run(["mean(x)", "x=zeros(0)"]).status == 2)
    #expect(try await Tool.run(["sum(x)", "x=zeros(0)"]).status == 0)
  }

  @Test func `a dash reads standard input`() async throws {
    let run = try await Tool.run(["-"], input: "x = 3\nf = x**2\n")
    #expect(run.status == 0 && run.output.hasPrefix("f = 9\n"))
  }

  @Test func `quiet says nothing`() async throws {
    let run = try await Tool.run(["x**2\ndf/dx = 3*x", "x=1", "--quiet"])
    #expect(run.status == 1 && run.output.isEmpty && run.error.isEmpty)
  }

  @Test func `a report for machines holds every element`() async throws {
    let run = try await Tool.run(["f = sum(x**2) + log(y)", "x=[1, 2]", "y=-1", "--format", "json"])
    let report = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    #expect(report["schema"] as? Int == 1)
    #expect(report["verdict"] as? String == "undecided")
    let inputs = try #require(report["inputs"] as? [[String: Any]])
    #expect(inputs.map { $0["name"] as? String } == ["x", "y"])
    let output = try #require(report["output"] as? [String: Any])
    #expect((output["value"] as? [Any])?.first as? String == "NaN")
    let gates = try #require(report["gates"] as? [[String: Any]])
    #expect(gates.compactMap { $0["gate"] as? String } == ["broadcast_to", "power", "sum", "log", "add"])
    #expect(gates.map { $0["place"] as? String } == ["1:10", "1:10", "1:5", "1:17", "1:15"])
    #expect((report["tool"] as? String)?.hasPrefix("gradcheck ") == true)
  }

  @Test func `a picture is written whole, with its data inside`() async throws {
    let path = Tool.temporaryFile("f.svg")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let run = try await Tool.run(["draw", "examples/sigmoid_neuron.grad", "-o", path])
    #expect(run.status == 0 && run.output.isEmpty && run.error.isEmpty)
    let picture = try String(contentsOfFile: path, encoding: .utf8)
    #expect(picture.contains("<metadata>digraph chainrule {") && picture.hasSuffix("</svg>\n"))
  }

  @Test func `the same bytes come out in any locale, without fonts, and twice in a row`() async throws {
    var pictures: [Data] = []
    for environment in [
      [:], [:], ["LC_ALL": "de_DE.UTF-8"],
      ["FONTCONFIG_FILE": "/dev/null", "FONTCONFIG_PATH": "/nowhere", "HOME": "/nowhere"],
    ] {
      let path = Tool.temporaryFile("f.svg")
      defer { try? FileManager.default.removeItem(atPath: path) }
      let run = try await Tool.run(["draw", "examples/staged.grad", "-o", path], environment: environment)
      #expect(run.status == 0)
      pictures.append(try Data(contentsOf: URL(filePath: path)))
    }
    #expect(pictures.allSatisfy { $0 == pictures[0] })
  }
}
