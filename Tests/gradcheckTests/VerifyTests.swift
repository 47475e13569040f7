import Foundation
import Subprocess
import SystemPackage
import Testing

/// A folder with formulas and their diagrams, which goes away in the end.
final class StoredFolder {
  let path: String

  /// Draws each formula as SVG and as DOT text.
  init(_ formulas: [String: String]) async throws {
    path = Tool.temporaryFile("stored")
    for folder in ["formulas", "diagrams"] {
      try FileManager.default.createDirectory(atPath: "\(path)/\(folder)", withIntermediateDirectories: true)
    }
    for (name, text) in formulas {
      write(text, to: "formulas/\(name).grad")
      for ending in ["svg", "dot"] {
        try await draw("formulas/\(name).grad", to: "diagrams/\(name).\(ending)")
      }
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func draw(_ formula: String, _ values: [String] = [], to file: String) async throws {
    let run = try await run(["draw", formula] + values + ["-o", file])
    try #require(run.status == 0, "\(run.error)")
  }

  func run(_ arguments: [String], in folder: String = "") async throws -> (
    status: Int32, output: String, error: String
  ) {
    try await Tool.run(arguments, folder: "\(path)/\(folder)")
  }

  func read(_ file: String) throws -> String {
    try String(contentsOfFile: "\(path)/\(file)", encoding: .utf8)
  }

  func write(_ text: String, to file: String) {
    #expect(FileManager.default.createFile(atPath: "\(path)/\(file)", contents: Data(text.utf8)))
  }

  func edit(_ file: String, _ text: String, _ other: String) throws {
    let old = try read(file)
    try #require(old.contains(text), "\(file) has no '\(text)'")
    write(old.replacing(text, with: other), to: file)
  }

  /// Everything that is in it, byte for byte, and when it was written.
  func state() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: path).sorted().map { name in
      let attributes = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
      return "\(name) \(attributes[.modificationDate] ?? "") \((try? read(name)) ?? "")"
    }
  }
}

private let circuit = "x = -2\ny = 5\nz = -4\nq = x + y\nf = q * z\n"
private let neuron = "x = 1\nf = 1 / (1 + exp(-x))\n"

@Suite struct VerifyTests {
  @Test func `the pictures of the examples are what the examples give`() async throws {
    let run = try await Tool.run(["verify", "examples/*.grad", "output/*.svg", "output/*.dot", "--no-check"])
    #expect(run.status == 0, "\(run.output)")
    #expect(run.output.hasPrefix("agree: ") && run.error.isEmpty)
  }

  @Test func `a formula that has changed differs from its diagrams, and nothing is written`() async throws {
    let folder = try await StoredFolder(["circuit": circuit, "neuron": neuron])
    #expect(try await folder.run(["verify", "formulas", "diagrams"]).output == "agree: 4 diagrams\n")
    try folder.edit("formulas/circuit.grad", "x = -2", "x = -1")
    let before = try folder.state()
    let run = try await folder.run(["verify", "formulas", "diagrams"])
    #expect(run.status == 1)
    #expect(
      run.output == """
        diagrams/circuit.dot: input x changed: -2 → -1 (and 2 values and 1 gradient that follow from it)
        diagrams/circuit.svg: input x changed: -2 → -1 (and 2 values and 1 gradient that follow from it)
        differ: 2 of 4 files

        """)
    #expect(try folder.state() == before)
  }

  @Test func `recording draws again what differs, and touches nothing else`() async throws {
    let folder = try await StoredFolder(["circuit": circuit, "neuron": neuron])
    try folder.edit("formulas/circuit.grad", "x = -2", "x = -1")
    let before = try folder.state()
    let dry = try await folder.run(["record", "formulas", "diagrams", "--dry-run"])
    #expect(dry.status == 1 && dry.output.hasSuffix("would record 2 diagrams\n"))
    #expect(try folder.state() == before)
    let run = try await folder.run(["record", "formulas", "diagrams"])
    #expect(run.status == 0 && run.output.hasSuffix("recorded 2 diagrams\n"))
    #expect(run.output.contains("diagrams/circuit.svg: input x changed: -2 → -1"))
    let after = try folder.state()
    let changed = zip(before, after).filter { $0 != $1 }.map { $0.0.prefix { $0 != " " } }.filter {
      $0 != "diagrams"
    }
    #expect(changed == ["diagrams/circuit.dot", "diagrams/circuit.svg"])
    #expect(try await folder.run(["verify", "formulas", "diagrams"]).status == 0)
    #expect(try await folder.run(["record", "formulas", "diagrams"]).output == "recorded 0 diagrams\n")
    #expect(try folder.state() == after)
  }

  @Test func `a formula without a diagram fails, and a diagram without its formula`() async throws {
    let folder = try await StoredFolder(["circuit": circuit, "neuron": neuron])
    folder.write("x = 1\nf = sin(x)\n", to: "formulas/wave.grad")
    try FileManager.default.removeItem(atPath: "\(folder.path)/formulas/neuron.grad")
    let run = try await folder.run(["verify", "formulas", "diagrams"])
    #expect(run.status == 1)
    #expect(
      run.output == """
        diagrams/neuron.dot: its formula formulas/neuron.grad is gone
        diagrams/neuron.svg: its formula formulas/neuron.grad is gone
        formulas/wave.grad: has no diagram; draw it with 'gradcheck draw formulas/wave.grad -o FILE.svg'
        differ: 3 of 5 files

        """)
    // Without formulas among the paths, the one inside is as good.
    #expect(try await folder.run(["verify", "diagrams"]).output == "agree: 4 diagrams\n")
  }

  @Test func `a formula that has moved is known by its name`() async throws {
    let folder = try await StoredFolder(["circuit": circuit])
    try FileManager.default.moveItem(atPath: "\(folder.path)/formulas", toPath: "\(folder.path)/moved")
    #expect(try await folder.run(["verify", "moved", "diagrams"]).status == 0)
  }

  @Test func `from another folder the formula is found above the diagram`() async throws {
    let folder = try await StoredFolder(["circuit": circuit])
    try folder.edit("formulas/circuit.grad", "x = -2", "x = -1")
    let run = try await folder.run(["verify", "../diagrams/circuit.svg"], in: "formulas")
    #expect(run.status == 1 && run.output.contains("input x changed: -2 → -1"))
  }

  @Test func `values and the seed that were given are given again`() async throws {
    let folder = try await StoredFolder([:])
    folder.write("x = 1\nw = randn(3)\nf = sum(w * x)\n", to: "formulas/f.grad")
    try await folder.draw("formulas/f.grad", ["x=[1, 2,\n 3]", "--seed", "7"], to: "diagrams/f.svg")
    #expect(try await folder.run(["verify", "formulas", "diagrams"]).status == 0)
    try folder.edit("formulas/f.grad", "x = 1", "x = 5")
    #expect(try await folder.run(["verify", "formulas", "diagrams"]).status == 0)
  }

  @Test(arguments: [
    ["--style", "full"], ["--style", "values"], ["--style", "closeup"], ["--theme", "dark", "--captions"],
    ["--decimals", "3", "--fold", "logistic"], ["--depth", "0", "--theme", "auto"],
  ])
  func `a diagram is drawn again as it was drawn`(options: [String]) async throws {
    let folder = try await StoredFolder([:])
    folder.write("def logistic(z):\n    return 1 / (1 + exp(-z))\nx = 1\nf = logistic(2 * x)\n", to: "f.grad")
    try await folder.draw("f.grad", options, to: "f.svg")
    #expect(try await folder.run(["verify", "f.svg", "--bytes"]).output == "agree: 1 diagram\n")
    try folder.edit("f.grad", "x = 1", "x = 3")
    let run = try await folder.run(["record", "f.svg"])
    #expect(run.status == 0 && run.output.contains(" changed: "), "\(run.output)")
    #expect(!run.output.contains("edited"))
    try await folder.draw("f.grad", options, to: "again.svg")
    #expect(try folder.read("f.svg") == folder.read("again.svg"))
  }

  @Test func `a page is verified and drawn again, in the theme that it begins with`() async throws {
    let folder = try await StoredFolder(["circuit": circuit])
    let options = ["--theme", "dark", "--decimals", "2"]
    try await folder.draw("formulas/circuit.grad", options, to: "diagrams/circuit.html")
    let verify = try await folder.run(["verify", "formulas", "diagrams", "--bytes"])
    #expect(verify.output == "agree: 3 diagrams\n")
    try folder.edit("formulas/circuit.grad", "x = -2", "x = -1")
    let run = try await folder.run(["record", "diagrams/circuit.html"])
    #expect(run.output.hasPrefix("diagrams/circuit.html: input x changed: -2 → -1"))
    try await folder.draw("formulas/circuit.grad", options, to: "again.html")
    #expect(try folder.read("diagrams/circuit.html") == folder.read("again.html"))
  }

  @Test func `each frame of the passes is verified as what it is`() async throws {
    let folder = try await StoredFolder(["circuit": circuit])
    let draw = try await folder.run(["draw", "formulas/circuit.grad", "--steps", "frames"])
    try #require(draw.status == 0, "\(draw.error)")
    let frames = try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/frames").count
    #expect(frames > 2)
    #expect(try await folder.run(["verify", "frames", "--bytes"]).output == "agree: \(frames) diagrams\n")
    try folder.edit("formulas/circuit.grad", "z = -4", "z = 4")
    #expect(try await folder.run(["record", "frames"]).output.hasSuffix("recorded \(frames) diagrams\n"))
    #expect(try await folder.run(["verify", "frames", "--bytes"]).status == 0)
  }

  // MARK: Faults

  @Test func `each thing that can be wrong with a file has its word`() async throws {
    let folder = try await StoredFolder(["circuit": circuit])
    let (svg, dot) = (try folder.read("diagrams/circuit.svg"), try folder.read("diagrams/circuit.dot"))
    for (name, text, words) in [
      ("half.dot", String(dot.prefix(dot.count / 2)), "is cut off: its end is missing"),
      ("half.svg", String(svg.prefix(svg.count / 2)), "is cut off: its end is missing"),
      ("tail.svg", String(svg.dropLast(12)), "is cut off: its end is missing"),
      ("empty.svg", "\n", "is empty"),
      (
        "newer.dot", dot.replacing("data_schema=\"1\"", with: "data_schema=\"2\""),
        "was drawn by a newer gradcheck: its data have schema 2, and this version reads up to 1"
      ),
      (
        "cycle.dot", dot.replacing("n3:e -> n3_out", with: "n4_out -> n3 [data_operand=2]; n3:e -> n3_out"),
        "is damaged: n3 is computed from itself"
      ),
      ("syntax.dot", dot.replacing("data_schema=\"1\",", with: "data_schema=\"1\" = ,"), "is damaged: "),
      ("other.dot", "digraph g { a -> b }", "is a graph, but no diagram of gradcheck: it carries no formula"),
      ("note.dot", "hello\n", "is no graph in the DOT language"),
      (
        "optimised.svg", svg.replacing(/<metadata>(.|\n)*<\/metadata>\n/, with: ""),
        "is no diagram of gradcheck, or has lost its data"
      ),
      ("page.html", "<html><body>hello</body></html>", "is no diagram of gradcheck, or has lost its data"),
    ] {
      folder.write(text, to: name)
      let run = try await folder.run(["verify", name])
      #expect(run.status == 65, "\(name): \(run)")
      #expect(run.output.hasPrefix("\(name): \(words)"), "\(name): \(run.output)")
      #expect(run.error.isEmpty)
    }
  }

  @Test func `what never was a diagram is left out of a folder, and what was one is not`() async throws {
    let folder = try await StoredFolder(["circuit": circuit])
    folder.write("<svg></svg>", to: "diagrams/logo.svg")
    folder.write(
      "<svg xmlns=\"http://www.w3.org/2000/svg\"/>\n<!-- drawn elsewhere -->\n", to: "diagrams/blank.svg")
    folder.write("digraph g { a -> b }", to: "diagrams/other.dot")
    let run = try await folder.run(["verify", "diagrams"])
    #expect(run.status == 0 && run.output == "agree: 2 diagrams; 3 without data left out\n")
    #expect(
      try await folder.run(["verify", "diagrams/*.svg"]).output
        == "agree: 1 diagram; 2 without data left out\n")
  }

  @Test func `what was edited by hand is said to be`() async throws {
    let folder = try await StoredFolder(["circuit": circuit])
    try folder.edit("diagrams/circuit.dot", "data_value=\"5\"", "data_value=\"6\"")
    try folder.edit("diagrams/circuit.svg", ">&#45;12</text>", ">&#45;13</text>")
    let run = try await folder.run(["verify", "diagrams"])
    #expect(run.status == 1)
    #expect(
      run.output == """
        diagrams/circuit.dot: was edited by hand: its data are not those that were written
        diagrams/circuit.dot: input y changed: 6 → 5
        diagrams/circuit.svg: was edited by hand: it does not show '-12' any more
        differ: 2 of 2 files

        """)
    #expect(try await folder.run(["record", "diagrams"]).status == 0)
    #expect(try await folder.run(["verify", "diagrams"]).status == 0)
  }

  @Test(arguments: [
    (["verify", "nowhere.svg"], 74), (["verify", "nowhere/*.svg"], 74), (["verify", "Package.swift"], 64),
    (["verify"], 64), (["verify", "output", "--tolerance", "2"], 64),
    (["verify", "output", "--report", "x.txt"], 64),
    (["record", "nowhere"], 74), (["verify", "output", "--report", "/nowhere/x.html"], 74),
  ])
  func `what cannot be read or asked for ends with its status`(arguments: [String], status: Int) async throws
  {
    let run = try await Tool.run(arguments)
    #expect(run.status == Int32(status) && !run.error.isEmpty, "\(run)")
  }

  @Test func `a formula that is wrong is said with its place`() async throws {
    let folder = try await StoredFolder(["circuit": circuit])
    try folder.edit("formulas/circuit.grad", "q * z", "q * zz")
    let run = try await folder.run(["verify", "formulas", "diagrams", "--format", "github"])
    #expect(run.status == 65)
    #expect(
      run.output.hasPrefix(
        "::error file=formulas/circuit.grad,line=5,col=9,title=gradcheck%3A diagrams/circuit.dot::"))
  }

  @Test func `a formula inside a picture starts no program`() async throws {
    let folder = try await StoredFolder(["circuit": circuit])
    try FileManager.default.removeItem(atPath: "\(folder.path)/formulas/circuit.grad")
    try folder.edit(
      "diagrams/circuit.dot", "data_formula=\"x = -2", #"data_formula="use \"touch started\"\nx = -2"#)
    let run = try await folder.run(["verify", "diagrams/circuit.dot"])
    #expect(run.status == 69, "\(run)")
    #expect(run.output.contains("it is not started for a formula inside a diagram"))
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/started"))
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/diagrams/started"))
  }

  @Test func `gradients are checked too, and can be left`() async throws {
    let folder = try await StoredFolder([
      "wrong": "x = 3\nf = x**2\ndf/dx = 3 * x\n", "jump": "x = 0\nf = where(x < 0, 0, 1) + 0*x\n",
    ])
    let run = try await folder.run(["verify", "formulas", "diagrams"])
    #expect(run.status == 1)
    #expect(run.output.contains("formulas/wrong.grad: the gradient check disagrees at the claim df/dx\n"))
    #expect(run.output.contains("formulas/jump.grad: the gradient check could not decide at df/dx"))
    #expect(try await folder.run(["verify", "formulas/jump.grad", "diagrams/jump.svg"]).status == 2)
    #expect(try await folder.run(["verify", "formulas", "diagrams", "--no-check"]).status == 0)
  }

  @Test func `a formula that is wrong on purpose says so, and must be`() async throws {
    func formula(_ expected: String, _ claim: String) -> String {
      "x = 3\n# expect: \(expected)\nf = x**2\ndf/dx = \(claim)\n"
    }
    let folder = try await StoredFolder(["wrong": formula("disagree", "3 * x")])
    #expect(try await folder.run(["verify", "formulas", "diagrams"]).status == 0)
    #expect(try await folder.run(["formulas/wrong.grad"]).status == 1)
    let right = try await StoredFolder(["right": formula("disagree", "2 * x")])
    let run = try await right.run(["verify", "formulas", "diagrams"])
    #expect(run.status == 1)
    #expect(
      run.output.hasPrefix(
        "formulas/right.grad: the gradient check agrees, and the formula expects 'disagree'\n"))
    // A word that is no verdict is a comment like any other.
    let other = try await StoredFolder(["other": formula("a surprise", "3 * x")])
    #expect(try await other.run(["verify", "formulas", "diagrams"]).status == 1)
  }

  // MARK: Another Graphviz

  /// Drawn by Graphviz 12.1.2, and normalised by it: see draw.mjs in that folder.
  private static let otherGraphviz = "Tests/gradcheckTests/Fixtures/other-graphviz"

  @Test func `diagrams of another Graphviz agree, and their bytes do not`() async throws {
    let picture = try String(
      contentsOf: Tool.root.appending(path: "\(Self.otherGraphviz)/neuron.svg"), encoding: .utf8)
    #expect(picture.contains("graphviz version 12.1.2"))
    #expect(try await Tool.run(["verify", Self.otherGraphviz]).output == "agree: 2 diagrams\n")
    let run = try await Tool.run(["verify", Self.otherGraphviz, "--bytes"])
    #expect(run.status == 1 && run.output.contains("neuron.svg: is drawn in other bytes, and its data agree"))
  }

  @Test func `bytes agree where the same Graphviz has drawn`() async throws {
    let folder = try await StoredFolder(["circuit": circuit])
    #expect(try await folder.run(["verify", "formulas", "diagrams", "--bytes"]).status == 0)
    try folder.edit("diagrams/circuit.svg", "<title", "<title ")
    #expect(try await folder.run(["verify", "formulas", "diagrams"]).status == 0)
    #expect(try await folder.run(["verify", "formulas", "diagrams", "--bytes"]).status == 1)
  }

  // MARK: Reports

  @Test func `the present picture is left beside the old one on request, until it is recorded`() async throws
  {
    let folder = try await StoredFolder(["circuit": circuit])
    try folder.edit("formulas/circuit.grad", "x = -2", "x = -1")
    #expect(try await folder.run(["verify", "diagrams/circuit.svg", "--write-new"]).status == 1)
    #expect(try folder.read("diagrams/circuit.new.svg").contains(">&#45;16</text>"))
    #expect(try folder.read("diagrams/circuit.svg").contains(">&#45;12</text>"))
    #expect(try await folder.run(["record", "diagrams"]).output.hasSuffix("recorded 2 diagrams\n"))
    #expect(try folder.read("diagrams/circuit.svg").contains(">&#45;16</text>"))
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/diagrams/circuit.new.svg"))
  }

  @Test func `reports for machines say the same`() async throws {
    let folder = try await StoredFolder(["circuit": circuit, "neuron": neuron])
    try folder.edit("formulas/neuron.grad", "exp(-x)", "tanh(exp(-x))")
    let paths = ["verify", "formulas", "diagrams/circuit.svg", "diagrams/neuron.svg"]
    let words = "gate 'tanh' (n3) is new between n2 and n5 (and 2 values and 4 gradients that follow from it)"
    let github = try await folder.run(paths + ["--format", "github"])
    #expect(
      github.output
        == "::error file=formulas/neuron.grad,line=2,col=14,title=gradcheck%3A diagrams/neuron.svg::\(words)\n"
    )
    let junit = try await folder.run(paths + ["--format", "junit", "-o", "verify.xml"])
    #expect(junit.output.isEmpty)
    let suite = try folder.read("verify.xml")
    #expect(suite.contains("<testsuite name=\"gradcheck verify\" tests=\"2\" failures=\"1\" errors=\"0\">"))
    #expect(suite.contains("<testcase classname=\"formulas/circuit.grad\" name=\"diagrams/circuit.svg\"/>"))
    #expect(suite.contains("<failure type=\"added\" message=\"\(words)\"/>"))
    let json = try await folder.run(paths + ["--format", "json"])
    let validation = try await Subprocess.run(
      .name("python3"),
      arguments: [
        "-c",
        "import json, sys, jsonschema; jsonschema.validate(json.load(sys.stdin), json.load(open(sys.argv[1])))",
        Tool.root.appending(path: "docs/verification.schema.json").path,
      ], input: .string(json.output), output: .string(limit: 1 << 16), error: .string(limit: 1 << 16))
    #expect(validation.terminationStatus == .exited(0), "\(validation.standardError)")
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let files = try #require(report["files"] as? [[String: Any]])
    let finding = try #require((files[1]["findings"] as? [[String: Any]])?.first)
    #expect(
      finding["node"] as? String == "n3" && finding["values"] as? Int == 2
        && finding["place"] as? String == "2:14")
  }

  @Test func `the page shows both pictures, and needs no network`() async throws {
    let folder = try await StoredFolder(["circuit": circuit])
    try folder.edit("formulas/circuit.grad", "x = -2", "x = -1")
    let run = try await folder.run(["verify", "formulas", "diagrams", "--report", "page.html", "--quiet"])
    #expect(run.status == 1 && run.output.isEmpty)
    let page = try folder.read("page.html")
    #expect(page.components(separatedBy: "src=\"data:image/svg+xml,").count == 5)
    #expect(
      page.contains("input x changed: -2 → -1") && !page.contains("href") && !page.contains("src=\"http"))
    // The stored picture and the present one, each with its marks.
    #expect(
      page.contains("%3E%26%2345;12%3C/text%3E") && page.contains("%3E%26%2345;16%3C/text%3E")
        && page.contains("%3Crect%20x="))
  }
}
