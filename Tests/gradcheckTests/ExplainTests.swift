import Foundation
import Subprocess
import SystemPackage
import Testing

@Suite struct ExplainTests {
  @Test func `every gate has a paragraph, from the output to the inputs`() async throws {
    let run = try await Tool.run(["explain", "examples/circuit.grad"])
    #expect(run.status == 0 && run.error.isEmpty)
    let words = run.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let sentences = [
      "q = x + y = -2 + 5 = 3", "1. Begin at the output",
      "2. The multiply gate f = q * z receives the upstream gradient df/df = 1.",
      "For q, its local gradient is df/dq = z = -4, so df/dq = df/df * z = 1 * (-4) = -4.",
      "It is a gradient switcher.",
      "3. The add gate q = x + y receives the upstream gradient df/dq = -4.",
      "For y, its local gradient is dq/dy = 1, so df/dy = df/dq * dq/dy = -4 * 1 = -4.",
      "The gradients: df/dx = -4 df/dy = -4 df/dz = 3",
    ]
    var rest = words[...]
    for sentence in sentences {
      let place = try #require(rest.firstRange(of: sentence), "\(sentence) in \(rest)")
      rest = rest[place.upperBound...]
    }
  }

  @Test func `gradients that meet are added up`() async throws {
    // CS231n 2025, "copy gate: gradient adder".
    let run = try await Tool.run(["explain", "examples/pattern_copy.grad", "--format", "markdown"])
    #expect(
      run.output.contains("is used twice, so its gradients add up:") && run.output.contains("= 4 + 2 = 6`"))
  }

  @Test func `a formula and its names cannot break out of Markdown`() async throws {
    let run = try await Tool.run([
      "explain", "a_b = 2 # ``` and `code`\nf = a_b * 3", "--format", "markdown",
    ])
    #expect(run.output.contains("````\na_b = 2 # ``` and `code`\n"))
  }

  /// Python runs the lines of the sigmoid neuron and of the staged expression, and gets the gradients.
  @Test(arguments: ["sigmoid_neuron", "staged", "toy_model", "micrograd_neuron", "apples_and_oranges"])
  func `the code of both passes runs in Python and gives the gradients`(example: String) async throws {
    let markdown = try await Tool.run(["explain", "examples/\(example).grad", "--format", "markdown"]).output
    let block = try #require(
      markdown.components(separatedBy: "```python\n").last?.components(separatedBy: "```").first)
    let report = try await Tool.run(["examples/\(example).grad", "--format", "json"]).output
    let json = try #require(try JSONSerialization.jsonObject(with: Data(report.utf8)) as? [String: Any])
    let inputs = try #require(json["inputs"] as? [[String: Any]]).map { input in
      (
        input["name"] as? String ?? "", (input["value"] as? [Double])?.first ?? .nan,
        (input["analytic"] as? [Double])?.first ?? .nan
      )
    }
    let constants = example == "toy_model" ? "x = 2.3\ny = 2\n" : ""
    let program =
      "from math import *\nsigmoid = lambda x: 1 / (1 + exp(-x))\n" + constants
      + inputs.map { "\($0.0) = \($0.1)\n" }.joined() + block
      + inputs.map { "print(d\($0.0))\n" }.joined()
    let run = try await Subprocess.run(
      .name("python3"), arguments: ["-c", program], output: .string(limit: 1 << 16),
      error: .string(limit: 1 << 16))
    let numbers = run.standardOutput.split(separator: "\n").compactMap { Double($0) }
    #expect(numbers.count == inputs.count, "\(run.standardError)\(program)")
    for (number, input) in zip(numbers, inputs) {
      #expect((number - input.2).magnitude <= 1e-12 * max(1, input.2.magnitude), "d\(input.0)")
    }
  }

  @Test(arguments: ["squared_norm", "matrix_multiply", "relu_vector", "two_linear_layers"])
  func `the code of tensors runs in numpy and gives the gradients`(example: String) async throws {
    let markdown = try await Tool.run(["explain", "examples/\(example).grad", "--format", "markdown"]).output
    let block = try #require(
      markdown.components(separatedBy: "```python\n").last?.components(separatedBy: "```").first)
    let report = try await Tool.run(["examples/\(example).grad", "--format", "json"]).output
    let program = """
      import json, sys
      from numpy import *
      L2 = lambda q: sum(q * q)
      relu = lambda x: maximum(x, 0)
      upstream = array({"relu_vector": [4, -1, 5, 9]}.get(sys.argv[2], [[2, 3, -3, 9], [-8, 1, 4, 6]]))
      inputs = json.loads(sys.argv[1])["inputs"]
      for i in inputs: globals()[i["name"]] = array(i["value"]).reshape(i["shape"])
      \(block)
      for i in inputs:
          gradient = globals()["d" + i["name"]]
          assert gradient.shape == tuple(i["shape"]), i["name"]
          assert allclose(gradient.ravel(), i["analytic"], rtol=1e-12), i["name"]
      """
    let run = try await Subprocess.run(
      .name("python3"), arguments: ["-c", program, report, example], output: .discarded,
      error: .string(limit: 1 << 16))
    #expect(run.terminationStatus.isSuccess, "\(run.standardError)")
  }

  static let hasLaTeX = ["/usr/bin/pdflatex", "/usr/local/bin/pdflatex", "/Library/TeX/texbin/pdflatex"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  @Test(
    .enabled(if: hasLaTeX != nil, "pdflatex is not installed (Debian: texlive-latex-base)"),
    arguments: [
      "examples/sigmoid_gate.grad", "examples/matrix_multiply.grad", "examples/staged.grad",
      // Names that LaTeX would take for commands, letters it has no font for, exponents of every kind.
      "def h_t(β):\n    return β**2 + β ** (0.5)\nα_1 = 0.3\nx__y = [[1, 2], [3, 1e-9]]\nd_x = x__y ** -2\nΣ = sum(h_t(d_x * α_1))",
      "日本 = 2\nf_ = 日本 ** 日本",
    ])
  func `the LaTeX compiles`(formula: String) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "f.tex").path
    let explained = try await Tool.run(["explain", formula, "--format", "latex", "-o", file])
    #expect(explained.status == 0, "\(explained.error)")
    let run = try await Subprocess.run(
      .path(FilePath(Self.hasLaTeX ?? "")),
      arguments: ["-halt-on-error", "-interaction=nonstopmode", "f.tex"],
      workingDirectory: FilePath(folder.path), output: .string(limit: 1 << 20), error: .discarded)
    #expect(run.terminationStatus.isSuccess, "\(run.standardOutput)")
  }
}
