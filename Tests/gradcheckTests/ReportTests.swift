import Foundation
import GradientChecking
import Subprocess
import SystemPackage
import Testing

/// A folder that goes away with its contents.
private func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
  let path = Tool.temporaryFile("reports")
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try await body(path)
}

/// Runs a command of the shell, with the tool as `$0`.
private func shell(_ script: String) async throws -> (status: Int32, output: String) {
  let result = try await Subprocess.run(
    .path("/bin/sh"), arguments: ["-c", script, Tool.path], workingDirectory: .init(Tool.root.path),
    output: .string(limit: 1 << 22), error: .string(limit: 1 << 20))
  guard case .exited(let status) = result.terminationStatus else { return (-1, "") }
  return (status, result.standardOutput + result.standardError)
}

/// Whether Python's parser reads a text as XML.
private func isXML(_ text: String) async throws -> Bool {
  let result = try await Subprocess.run(
    .name("python3"),
    arguments: ["-c", "import sys, xml.dom.minidom; xml.dom.minidom.parseString(sys.stdin.buffer.read())"],
    input: .string(text), output: .discarded, error: .discarded)
  return result.terminationStatus == .exited(0)
}

/// Where a JSON text does not fit a schema of the repository, in the words of Python's validator; nothing where it fits.
private func misfit(_ text: String, _ schema: String) async throws -> String {
  let result = try await Subprocess.run(
    .name("python3"),
    arguments: [
      "-c",
      "import json, sys, jsonschema; jsonschema.validate(json.load(sys.stdin), json.load(open(sys.argv[1])))",
      Tool.root.appending(path: schema).path,
    ], input: .string(text), output: .discarded, error: .string(limit: 1 << 16))
  return result.terminationStatus == .exited(0) ? "" : "\(result.terminationStatus) \(result.standardError)"
}

private let wrongNetwork = """
  gate affine(x, w, b):
      forward:
          out = x @ w + b
      backward(dout):
          dx = dout @ w.T
          dw = 2 * x.T @ dout
          db = sum(dout, axis=0)
  gate halve(x):
      forward:
          out = x * x / 2
      backward(dout):
          dx = -dout * x
  x = randn(4, 3)
  w = randn(3, 2)
  b = randn(2)
  q = halve(tanh(affine(x, w, b)))
  f = mean(q)
  """

@Suite struct ReportTests {
  @Test func `an output without elements has a report, and nothing to differentiate`() async throws {
    for formula in ["f = x[0:0]", "f = (2 * x)[0:0]\ndf/dx = 0 * x"] {
      let run = try await Tool.run([formula, "x=[1, 2]"])
      #expect(run.status == 0 && run.error.isEmpty, "\(run)")
      #expect(run.output.hasPrefix("f = []  shape (0,)\n"), "\(run.output)")
      #expect(run.output.contains("no element  agree\n"), "\(run.output)")
      #expect(run.output.contains("\nagree: 1 input, 0 elements"), "\(run.output)")
      let json = try await Tool.run([formula, "x=[1, 2]", "--format", "json"])
      #expect(try await misfit(json.output, "docs/report.schema.json") == "")
      let picture = Tool.temporaryFile("nothing.dot")
      defer { try? FileManager.default.removeItem(atPath: picture) }
      #expect(try await Tool.run(["draw", formula, "x=[1, 2]", "-o", picture]).status == 0)
    }
  }

  @Test(arguments: [
    ["f = (x + y) * z", "x=-2", "y=5", "z=-4"], ["f = log(x) + relu(y)", "x=-1", "y=0"],
    ["f = x * [1, 2, 3]\ndf/dx = [1, 2]", "x=[1, 2, 3]"], ["f = sum(x**2)", "x=zeros(0)"],
    ["f = sin(x)", "x=randn(70)", "--sample", "3", "--shard", "1/2"], [wrongNetwork],
    [wrongNetwork, "x=randn(20, 3)", "--sample", "3"],
  ])
  func `a report for machines fits its schema`(arguments: [String]) async throws {
    let run = try await Tool.run(arguments + ["--format", "json"])
    #expect(run.error.isEmpty)
    #expect(try await misfit(run.output, "docs/report.schema.json") == "")
  }

  @Test func `the schema knows every diagnosis and every reason`() throws {
    let file = Tool.root.appending(path: "docs/report.schema.json")
    let schema = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
    let definitions = try #require(schema?["definitions"] as? [String: [String: Any]])
    #expect(
      definitions["diagnosis"]?["enum"] as? [String] == Diagnosis.Kind.allCases.map(\.rawValue))
    #expect(definitions["reason"]?["enum"] as? [String] == Comparison.Reason.allCases.map(\.rawValue))
    #expect(definitions["verdict"]?["enum"] as? [String] == Verdict.allCases.map(\.rawValue))
  }

  @Test func `two wrong gates are both named, with their lines and what is wrong`() async throws {
    let run = try await Tool.run(["-"], input: wrongNetwork)
    #expect(run.status == 1)
    let lines = run.output.split(separator: "\n").filter { $0.hasPrefix("gate ") }
    #expect(lines.count == 2)
    #expect(
      lines[0].hasPrefix("gate affine at 16:16, affine(x, w, b): disagree; ")
        && lines[0].contains("a factor 2 too much"))
    #expect(lines[1].hasPrefix("gate halve at 16:5, ") && lines[1].hasSuffix("the sign is flipped"))
  }

  @Test func `the report for machines blames both wrong gates, with operand and diagnosis`() async throws {
    let run = try await Tool.run(["-", "--format", "json"], input: wrongNetwork)
    let report = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
    let blame = try #require(report?["blame"] as? [[String: Any]])
    #expect(blame.map { $0["operand"] as? Int } == [1, 0])
    #expect(blame.map { $0["diagnosis"] as? String } == ["factor", "sign"])
    #expect(blame.allSatisfy { ($0["gate"] as? String)?.hasPrefix("n") == true })
    let message = try #require(blame[0]["message"] as? String)
    #expect(message.contains("the backward pass gives 2 × the numerical gradient"))
  }

  @Test func `a gate in a formula is checked at other shapes where the formula leaves them open`()
    async throws
  {
    let gate = """
      gate center(x):
          forward:
              out = x - mean(x, axis=0)
          backward(dout):
              dx = dout - sum(dout, axis=0) / 4

      """
    let open = try await Tool.run(["-"], input: gate + "x = randn(4, 3)\nf = sum(center(x) ** 3)")
    #expect(open.status == 1)
    #expect(open.output.contains("gate center at 7:9, center(x): disagree"))
    #expect(open.output.contains("for operands of shapes (1, 3) the backward pass gives"))
    let data = "[[1, 2, 3], [4, 1, 6], [1, 8, 0], [2, 5, 7]]"
    let closed = try await Tool.run(["-"], input: gate + "x = \(data)\nf = sum(center(x) ** 3)")
    #expect(closed.status == 0, "\(closed.output)")
  }

  @Test func `one job and two give the same report`() async throws {
    let arguments = ["f = sum(tanh(x @ w) ** 2)", "x=randn(40, 30)", "w=randn(30, 20)", "--format", "json"]
    let one = try await Tool.run(arguments + ["--jobs", "1"])
    let two = try await Tool.run(arguments + ["--jobs", "2"])
    #expect(one.status == 0)
    func untimed(_ report: String) -> [Substring] {
      report.split(separator: "\n").filter { !$0.contains("\"seconds\"") }
    }
    #expect(untimed(one.output) == untimed(two.output))
    #expect(try await Tool.run(arguments + ["--jobs", "0"]).status == 64)
  }

  @Test func `the gates that are wrong are marked in the picture`() async throws {
    let path = Tool.temporaryFile("wrong.svg")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let run = try await Tool.run(["-", "--diagram", path, "--quiet"], input: wrongNetwork)
    #expect(run.status == 1)
    let picture = try String(contentsOfFile: path, encoding: .utf8)
    #expect(picture.components(separatedBy: "data_verdict=&quot;disagree&quot;").count == 3)
    #expect(picture.contains("the sign is flipped"))
  }

  @Test func `the values whose claimed gradients are wrong are marked in the picture`() async throws {
    let path = Tool.temporaryFile("claims.svg")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let formula = "x = -2; y = 5\nq = x + y\nf = q * -4\ndf/dx = 4\ndf/dy = -4\ndf/dq = -8"
    let run = try await Tool.run(["-", "--diagram", path, "--quiet"], input: formula)
    #expect(run.status == 1)
    let picture = try String(contentsOfFile: path, encoding: .utf8)
    // The input x, and the wire that leaves the sum q; y is right.
    let marked = picture.matches(of: /\n  (\w+) \[[^\n]*data_verdict=&quot;disagree&quot;/).map {
      String($0.1)
    }
    #expect(marked == ["n0", "n2_out"])
    #expect(picture.components(separatedBy: ">FAIL</text>").count == 3)
    for text in ["claim df/dx at 4:1", "claim df/dq at 6:1", "claimed", "&#45;8"] {
      #expect(picture.contains(">\(text)</text>"), "\(text)")
    }
  }

  @Test func `a gradient of another shape is told once, with its line and both shapes`() async throws {
    let formula = """
      gate linear(x, w):
          forward:
              out = x @ w
          backward(dout):
              dx = dout @ w.T
              dw = dout.T @ x
      x = randn(4, 3)
      w = randn(3, 2)
      f = L2(linear(x, w))
      """
    let run = try await Tool.run(["-"], input: formula)
    let shapes = "the gradient of w has shape (2, 3), and w has shape (3, 2)"
    #expect(run.status == 1)
    #expect(run.output.components(separatedBy: "(2, 3)").count == 2, "\(run.output)")
    #expect(run.output.contains("a gradient of another shape on line 6; transposed: \(shapes)"))
    #expect(run.output.split(separator: "\n").count { $0.hasPrefix("w") } == 1, "\(run.output)")
    try await withFolder { folder in
      let file = folder + "/linear.grad"
      try formula.write(toFile: file, atomically: true, encoding: .utf8)
      let annotations = try await Tool.run([file, "--format", "github"]).output.split(separator: "\n")
      #expect(annotations.count == 1 && annotations[0].contains(shapes))
    }
  }

  /// A gate with a bias, the gradient of which is not summed over the batch.
  private static let unsummedBias = """
    gate affine(x, w, b):
        forward:
            out = x @ w + b
        backward(dout):
            dx = dout @ w.T
            dw = x.T @ dout
            db = dout
    x = randn(3, 4)
    w = randn(4, 2)
    b = randn(2)
    v = randn(3, 2)
    """

  @Test(arguments: ["sum(affine(2 * x, w, 3 * b) * v) + sum(v * v)", "affine(2 * x, w, 3 * b) * v"])
  func `a gradient of another shape leaves open what needs it, and nothing else`(function: String)
    async throws
  {
    let run = try await Tool.run(["-"], input: Self.unsummedBias + "\nf = " + function)
    #expect(run.status == 1 && run.error.isEmpty)
    let lines = run.output.split(separator: "\n")
    let unknown = lines.filter { $0.contains("not known") }
    #expect(unknown.count == 1 && unknown[0].hasPrefix("b "), "\(run.output)")
    #expect(!run.output.contains("NaN") && !run.output.contains("all inputs at once"), "\(run.output)")
    #expect(run.output.contains("disagree: 2 of 28 elements"), "\(run.output)")
    for input in ["x", "w", "v"] {
      #expect(lines.contains { $0.hasPrefix("\(input)[") && $0.contains("agree") }, "\(run.output)")
    }
    let gate = try #require(lines.first { $0.hasPrefix("gate affine ") })
    #expect(gate.contains("the gradient of b has shape (3, 2), and b has shape (2,)"))
  }

  @Test func `elements are counted once and shown once, however many rows the output has`() async throws {
    let right = try await Tool.run(["f = 2 * x", "x=arange(100).reshape(10, 10)"])
    #expect(
      right.output.hasSuffix("agree: 1 input, 100 elements, 12 rows of f, 2 gates, seed 0\n"),
      "\(right.output)")
    let wrong = try await Tool.run(
      ["-"],
      input: Self.oneWrongElement.replacing(
        "f = sum(twice(x))", with: "f = twice(x[:, :4]) + twice(x[:, 5:])"))
    #expect(wrong.output.contains("disagree: 1 of 81 elements in "), "\(wrong.output)")
    let rows = wrong.output.split(separator: "\n").filter { $0.hasPrefix("x[") }
    #expect(rows.count == 6 && Set(rows.map { $0.prefix { $0 != "]" } }).count == 6, "\(wrong.output)")
    #expect(rows.count { $0.contains("disagree") } == 1)
    #expect(wrong.output.contains(/x \.\.\. +75 more/))
  }

  @Test func `a table of claims says how many rows it leaves out`() async throws {
    let run = try await Tool.run(["f = sum(x)\ndf/dx = 2 * ones(10)", "x=randn(10)"])
    let rows = run.output.split(separator: "\n").filter { $0.hasPrefix("df/dx") }
    #expect(rows.count == 7)
    #expect(rows.last?.split(separator: " ") == ["df/dx", "...", "4", "more", "disagree"])
    for format in ["github", "junit"] {
      let run = try await Tool.run(
        ["f = sum(x)\ndf/dx = 2 * ones(10)", "x=randn(10)", "--format", format])
      #expect(
        run.output.contains("claimed 2, numerical 1, disagree, and 9 more; a factor 2"), "\(run.output)")
    }
  }

  @Test func `what is right takes one line beside what is wrong, and a long name a line of its own`()
    async throws
  {
    let formula = """
      gate scale(x, w):
          forward:
              out = x * w
          backward(dout):
              dx = dout * w
              dw = 2 * dout * x
      features_of_the_batch = [1, 2, 3, 4, 5, 6, 7, 8]
      weights_of_the_layer = [[1, 1, 1, 1, 1, 1, 1, 1]]
      f = sum(scale(features_of_the_batch, weights_of_the_layer[0]))
      """
    let run = try await Tool.run(["-"], input: formula)
    let lines = run.output.split(separator: "\n").map(String.init)
    let words = lines.map { $0.split(separator: " ").joined(separator: " ") }
    #expect(words[2] == "features_of_the_batch, shape (8,)")
    #expect(words[4] == "... 7 more agree")
    #expect(words[5] == "weights_of_the_layer, shape (1, 8)")
    #expect(words[6...11].allSatisfy { $0.hasPrefix("[0, ") && $0.hasSuffix(" 0.5 disagree") }, "\(words)")
    #expect(lines[3].hasPrefix("  [") && lines[3].hasSuffix("  agree"))
    #expect(lines[12].hasSuffix("disagree") && lines[12].contains("2 more"))
    #expect(lines.prefix(13).allSatisfy { $0.count <= 80 })
  }

  @Test func `the columns stand below each other where letters are two columns wide`() async throws {
    let run = try await Tool.run(["日本 * x", "日本=2", "x=3"])
    #expect(
      run.output.contains(
        """
        input  value  analytic  numerical  error  verdict
        日本       2         3          3      0  agree
        x          3         2          2      0  agree
        """), "\(run.output)")
  }

  @Test func `annotations name the file and the line`() async throws {
    try await withFolder { folder in
      let file = folder + "/network.grad"
      try wrongNetwork.write(toFile: file, atomically: true, encoding: .utf8)
      let claim = try await Tool.run(["x**2\ndf/dx = 3*x", "x=1", "--format", "github"])
      #expect(claim.output.contains("x: claimed 3, numerical 2, disagree"))
      let run = try await Tool.run([file, "--format", "github"])
      #expect(run.status == 1)
      #expect(run.output.contains("::error file=\(file),line=16,col=16,title=gradcheck%3A gate affine::"))
    }
  }

  @Test func `a report for continuous integration counts what fails`() async throws {
    let run = try await Tool.run([
      "f = x**2 + 0*y\ndf/dx = 3*x\ndf/dy = 0", "x=1", "y=2", "--format", "junit",
    ])
    #expect(run.status == 1)
    #expect(run.output.contains("tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"0\""), "\(run.output)")
    #expect(try await isXML(run.output))
  }

  @Test func `parts are merged into the report of a single run`() async throws {
    try await withFolder { folder in
      var paths: [String] = []
      for number in 1...3 {
        paths.append("\(folder)/\(number).json")
        let run = try await Tool.run(
          ["-", "--shard", "\(number)/3", "--format", "json", "-o", paths[number - 1]], input: wrongNetwork)
        #expect(run.status == 1 && run.output.isEmpty)
      }
      let merged = try await Tool.run(["merge", "--format", "json"] + paths)
      let single = try await Tool.run(["-", "--format", "json"], input: wrongNetwork)
      #expect(merged.status == 1)
      #expect(comparable(merged.output) == comparable(single.output))
      let incomplete = try await Tool.run(["merge", paths[0], paths[2]])
      #expect(incomplete.output.hasSuffix(", parts 1, 3 of 3; 2 is missing\n"))
      let other = try await Tool.run(["f = x", "x=1", "--format", "json"])
      try other.output.write(toFile: folder + "/other.json", atomically: true, encoding: .utf8)
      let refused = try await Tool.run(["merge", paths[0], folder + "/other.json"])
      #expect(refused.status == 65 && refused.error.contains("different functions"))
    }
  }

  @Test(arguments: [
    (["--tolerance", "1e-3"], "different tolerances: 1e-07 and 0.001"),
    (["--method", "central"], "different methods: auto and central"),
    (["--sample", "3"], "samples of different sizes: all and 3 elements of each input"),
    (["--seed", "9"], "different seeds: 0 and 9"), (["--wrt", "x"], "different inputs: 'x', 'w', and 'x'"),
  ])
  func `reports that were made with other settings are not joined, in any order`(
    options: [String], words: String
  ) async throws {
    try await withFolder { folder in
      let formula = ["f = sum(x * w)", "x=[1, 2, 3, 4]", "w=[4, 3, 2, 1]", "--format", "json"]
      let paths = [folder + "/1.json", folder + "/2.json"]
      _ = try await Tool.run(formula + ["--shard", "1/2", "-o", paths[0]])
      _ = try await Tool.run(formula + ["--shard", "2/2", "-o", paths[1]] + options)
      let merged = try await Tool.run(["merge"] + paths)
      #expect(merged.status == 65 && merged.error.contains(words), "\(merged)")
      #expect(try await Tool.run(["merge"] + paths.reversed()).status == 65)
    }
  }

  @Test(arguments: [
    (["--shard", "1/2"], ["--shard", "2/2"], "it holds part 1 of 2, and this run checks part 2 of 2"),
    ([], ["--shard", "2/2"], "it holds all parts, and this run checks part 2 of 2"),
    ([], ["--sample", "3"], "samples of different sizes: 3 and all"),
    ([], ["--tolerance", "1e-3"], "different tolerances: 0.001 and 1e-07"),
    ([], ["--wrt", "x"], "it holds the gradient of 'w', and this run checks 'x' alone"),
  ])
  func `a run that would drop an element of the report that it goes on from is refused`(
    first: [String], next: [String], words: String
  ) async throws {
    try await withFolder { folder in
      let formula = ["f = sum(x * w)", "x=[1, 2, 3, 4]", "w=[4, 3, 2, 1]", "--format", "json"]
      let path = folder + "/first.json"
      _ = try await Tool.run(formula + first + ["-o", path])
      let run = try await Tool.run(formula + next + ["--resume", path])
      #expect(run.status == 65 && run.output.isEmpty && run.error.contains(words), "\(run)")
    }
  }

  @Test func `a run of the whole goes on from a part, and keeps it`() async throws {
    try await withFolder { folder in
      let formula = ["f = sum(x * w)", "x=[1, 2, 3, 4]", "w=[4, 3, 2, 1]", "--format", "json"]
      let path = folder + "/first.json"
      _ = try await Tool.run(formula + ["--shard", "1/2", "-o", path])
      let resumed = try await Tool.run(formula + ["--resume", path])
      #expect(comparable(resumed.output) == comparable(try await Tool.run(formula).output))
    }
  }

  /// One element of 81 has a wrong gradient.
  private static let oneWrongElement = """
    gate twice(x):
        forward:
            out = 2 * x
        backward(dout):
            dx = dout * (2 + (x > 79))
    x = arange(81).reshape(9, 9)
    f = sum(twice(x))
    """

  @Test func `parts are merged into the same report in any order, wherever the wrong element is`()
    async throws
  {
    try await withFolder { folder in
      for number in 1...2 {
        _ = try await Tool.run(
          ["-", "--shard", "\(number)/2", "--format", "json", "-o", "\(folder)/\(number).json"],
          input: Self.oneWrongElement)
      }
      let single = try await Tool.run(["-"], input: Self.oneWrongElement)
      #expect(single.status == 1 && single.output.contains("disagree: 1 of 81 elements"), "\(single)")
      for order in [[1, 2], [2, 1]] {
        let merged = try await Tool.run(["merge"] + order.map { "\(folder)/\($0).json" })
        #expect(merged.output == single.output)
      }
    }
  }

  @Test(arguments: [
    ["SLURM_ARRAY_TASK_ID": "11", "SLURM_ARRAY_TASK_MIN": "10", "SLURM_ARRAY_TASK_COUNT": "4"],
    ["JOB_COMPLETION_INDEX": "1", "JOB_COMPLETIONS": "4"], ["PARALLEL_SEQ": "2", "GRADCHECK_SHARDS": "4"],
  ])
  func `an array job says which part to do`(environment: [String: String]) async throws {
    let run = try await Tool.run(["f = sum(x**2)", "x=randn(8)"], environment: environment)
    #expect(run.status == 0 && run.output.hasSuffix(", part 2 of 4\n"), "\(run)")
  }

  @Test(arguments: [
    ("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS"), ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT"),
  ])
  func `an array job that does not say how many parts there are is told that it checks all`(
    number: String, count: String
  ) async throws {
    let run = try await Tool.run(["f = sum(x**2)", "x=randn(8)"], environment: [number: "1"])
    #expect(run.status == 0 && run.output.contains("8 elements"))
    #expect(
      run.error
        == "gradcheck: \(number) is set, but \(count) is not: this job checks all parts; set \(count), or say --shard I/N\n"
    )
    let told = try await Tool.run(
      ["f = sum(x**2)", "x=randn(8)", "--shard", "1/2"], environment: [number: "1"])
    #expect(told.status == 0 && told.error.isEmpty)
  }

  @Test func `an array job that makes no sense is refused`() async throws {
    let run = try await Tool.run(
      ["x", "x=1"], environment: ["JOB_COMPLETION_INDEX": "4", "JOB_COMPLETIONS": "4"])
    #expect(run.status == 64 && run.error.contains("JOB_COMPLETION_INDEX=4"))
  }

  @Test func `the parts run under GNU parallel`() async throws {
    try await withFolder { folder in
      try wrongNetwork.write(toFile: folder + "/network.grad", atomically: true, encoding: .utf8)
      let run = try await shell(
        """
        cd '\(folder)' && parallel --will-cite --jobs 2 "$0" network.grad --shard {}/4 --format json -o part-{}.json \
        ::: 1 2 3 4; "$0" merge part-*.json --format json
        """)
      let single = try await Tool.run(["-", "--format", "json"], input: wrongNetwork)
      #expect(run.status == 1)
      #expect(comparable(run.output) == comparable(single.output))
    }
  }

  @Test(arguments: ["SIGTERM", "SIGINT"])
  func `a check that is told to end writes a report that says it is partial, and goes on later`(
    signal: String
  )
    async throws
  {
    try await withFolder { folder in
      let arguments = "'f = sum(sin(x))' x='randn(30)' --format json"
      // The signal is there before the tool is: a mask and what waits behind it survive exec.
      let stopped = try await shell(
        """
        cd '\(folder)'; python3 -c 'import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.\(signal)]); \
        os.kill(os.getpid(), signal.\(signal)); os.execv(sys.argv[1], sys.argv[1:])' "$0" \(arguments) -o part.json
        """)
      let partial = try CheckReport(json: Data(contentsOf: URL(filePath: folder + "/part.json")))
      #expect(partial.isPartial && stopped.status == 2, "\(stopped)")
      #expect(
        stopped.output == "gradcheck: stopped before its end; --resume part.json goes on from there\n")
      #expect(partial.inputs.map(\.elements.count).reduce(0, +) < 30)
      let resumed = try await shell("cd '\(folder)'; \"$0\" \(arguments) --resume part.json")
      let whole = try await shell("cd '\(folder)'; \"$0\" \(arguments)")
      #expect(resumed.status == 0)
      #expect(comparable(resumed.output) == comparable(whole.output))
    }
  }

  @Test func `a check that is told to end and cannot write its report is ended by the signal`() async throws {
    try await withFolder { folder in
      // Nobody reads the pipe, so that opening it waits for ever; the signal is there before the tool is.
      let ended = try await shell(
        """
        cd '\(folder)'; mkfifo report; GRADCHECK_GRACE=0.1 timeout 60 python3 -c 'import os, signal, sys; \
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]); os.kill(os.getpid(), signal.SIGTERM); \
        os.execv(sys.argv[1], sys.argv[1:])' "$0" 'f = x**2' x=1 --format json -o report; test $? = 143
        """)
      #expect(ended.status == 0, "\(ended)")
    }
  }

  @Test func `an element is explained step by step, and drawn`() async throws {
    let path = Tool.temporaryFile("evidence.svg")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let run = try await Tool.run(
      ["f = sum(sin(w))", "w=[[1, 2], [3, 4]]", "--explain", "w[1,0]", "--plot-evidence", path])
    #expect(run.status == 0)
    #expect(run.output.hasPrefix("df/dw[1, 0] at w[1, 0] = 3, where f = "))
    #expect(run.output.contains("\nagree: analytic -0.9899924966"))
    #expect(try await isXML(String(contentsOfFile: path, encoding: .utf8)))
    let wrong = try await Tool.run(["f = sum(sin(w))", "w=[[1, 2], [3, 4]]", "--explain", "w[2,0]"])
    #expect(wrong.status == 64 && wrong.error.contains("whose last one is w[1,1]"))
  }

  @Test func `an element is explained with what is claimed for it, as text and for machines`() async throws {
    let formula = "f = sin(x)\ndf/dx = 2 * cos(x)\ndf/dx = [1, 2]"
    let text = try await Tool.run([formula, "x=1", "--explain", "x"])
    #expect(text.status == 1)
    let lines = text.output.split(separator: "\n")
    // cos 1 and twice that.
    #expect(
      lines.dropLast(2).last?.hasPrefix("agree: analytic 0.540302305868, numerical 0.5403023058") == true)
    let claim = lines.dropLast().last ?? ""
    #expect(
      claim.hasPrefix("claim df/dx at 2:1: disagree: claimed 1.08060461174, numerical 0.5403023058"),
      "\(claim)")
    #expect(claim.hasSuffix("; a factor 2 too much: the claim is 2 × the numerical gradient"), "\(claim)")
    #expect(
      lines.last == "claim df/dx at 3:1: disagree: the claim has shape (2,), and 'x' has shape ()")
    try await withFolder { folder in
      let file = folder + "/evidence.json"
      let run = try await Tool.run(
        [formula, "x=1", "--explain", "x", "--format", "json", "-o", file])
      #expect(run.status == 1 && run.output.isEmpty && run.error.isEmpty)
      let json = try String(contentsOfFile: file, encoding: .utf8)
      #expect(try await misfit(json, "docs/evidence.schema.json") == "")
      let evidence = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
      #expect(evidence["verdict"] as? String == "disagree")
      #expect(
        (evidence["claims"] as? [[String: Any]])?.compactMap { $0["place"] as? String } == ["2:1", "3:1"])
    }
    for formula in ["f = relu(x)", "f = 1 / x", "f = sqrt(x)", "f = x * [1, 2]"] {
      let run = try await Tool.run([formula, "x=0", "--explain", "x", "--format", "json"])
      #expect(try await misfit(run.output, "docs/evidence.schema.json") == "", "\(formula)")
    }
    let refused = try await Tool.run([formula, "x=1", "--explain", "x", "--format", "junit"])
    #expect(refused.status == 64 && refused.error.contains("--explain gives text or json"))
  }

  @Test func `the error of a quotient is that of the derivative, and the wrong value has a line of its own`()
    async throws
  {
    let path = Tool.temporaryFile("evidence.svg")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let gate = """
      gate wave(x):
          forward:
              out = sin(x)
          backward(dout):
              dx = dout * cos(x) * 1.001
      x = 1
      f = wave(x)
      df/dx = 0.5
      """
    let run = try await Tool.run(["-", "--explain", "x", "--plot-evidence", path], input: gate)
    #expect(run.status == 1)
    // The best steps have an error of 1e-11, though the analytic value is off by 1e-3.
    let errors = run.output.split(separator: "\n").compactMap { line in
      line.split(separator: " ").dropFirst(4).first.flatMap { Double($0) }
    }
    #expect(errors.count > 10 && errors.min() ?? 1 < 1e-9 && errors.max() ?? 0 > 0.5)
    let picture = try String(contentsOfFile: path, encoding: .utf8)
    #expect(picture.contains(">the analytic value, 0.540843</text>"))
    #expect(picture.contains(">the claim at 8:1, 0.5</text>"))
    #expect(picture.components(separatedBy: "stroke-dasharray=\"8 4\"").count == 5)
    // What is right has no distance.
    let right = try await Tool.run(["f = sin(x)", "x=1", "--explain", "x", "--plot-evidence", path])
    #expect(right.status == 0)
    #expect(try !String(contentsOfFile: path, encoding: .utf8).contains("the analytic value"))
  }

  @Test func `a sample of many elements is checked, and said to be one`() async throws {
    // Without optimization a million take minutes.
    let count = ProcessInfo.processInfo.environment["SOAK"] == nil ? 20_000 : 1_000_000
    let run = try await Tool.run(["f = mean(x**2)", "x=randn(\(count))", "--sample", "20"])
    #expect(run.status == 0)
    #expect(run.output.contains("20 of \(count) checked"))
  }

  @Test func `a sample holds for the gates of a formula too, and the report says so`() async throws {
    let formula = """
      gate twice(x):
          forward:
              out = 2 * x
          backward(dout):
              dx = 2 * dout
      x = randn(100)
      f = sum(twice(x))
      """
    let sampled = try await Tool.run(["-", "--sample", "5"], input: formula)
    #expect(sampled.status == 0 && sampled.output.contains("2 gates (1 sampled)"), "\(sampled)")
    let whole = try await Tool.run(["-"], input: formula)
    #expect(whole.status == 0 && whole.output.contains("2 gates\n"), "\(whole)")
    let json = try await Tool.run(["-", "--sample", "5", "--format", "json"], input: formula)
    #expect(json.output.components(separatedBy: "\"sampled\" : true").count == 2)
  }

  /// A report without what differs from run to run.
  private func comparable(_ report: String) -> [String] {
    report.split(separator: "\n").map(String.init).filter {
      !$0.contains("\"seconds\"") && !$0.contains("\"evaluations\"") && !$0.contains("\"seed\" :")
    }
  }
}
