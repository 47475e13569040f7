import Foundation
import Testing

/// What `gradcheck draw` writes, and says.
@Suite struct DrawTests {
  private func draw(_ arguments: [String], to name: String) async throws -> (
    status: Int32, error: String, bytes: Data?
  ) {
    let path = Tool.temporaryFile(name)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let run = try await Tool.run(["draw"] + arguments + ["-o", path])
    return (run.status, run.error, try? Data(contentsOf: URL(filePath: path)))
  }

  @Test func `a PNG and a PDF are what they are called, and the same each time`() async throws {
    for (name, start) in [("f.png", Data([0x89, 0x50, 0x4E, 0x47])), ("f.pdf", Data("%PDF".utf8))] {
      let first = try await draw(["f = exp(x)", "x=1"], to: name)
      #expect(first.status == 0 && first.error.isEmpty)
      #expect(first.bytes?.starts(with: start) == true)
      #expect(try await draw(["f = exp(x)", "x=1"], to: name).bytes == first.bytes)
    }
  }

  @Test func `without the converter the error says how to install it`() async throws {
    let path = Tool.temporaryFile("f.png")
    let run = try await Tool.run(
      ["draw", "f = exp(x)", "x=1", "-o", path], environment: ["PATH": "/nowhere"])
    #expect(run.status == 69 && run.error.contains("librsvg2-bin"))
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func `an ending that is none is answered with those there are`() async throws {
    let run = try await Tool.run(["draw", "f = exp(x)", "x=1", "-o", "f.gif"])
    #expect(run.status == 64 && run.error.contains(".svg") && run.error.contains(".pdf"))
  }

  @Test func `steps are written one file each`() async throws {
    let folder = Tool.temporaryFile("steps")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let run = try await Tool.run(["draw", "examples/circuit.grad", "--steps", folder])
    #expect(run.status == 0)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(files == (0..<6).map { "step-0\($0).svg" })
  }

  @Test(arguments: [
    (["--fold", "a", "--depth", "1"], 64), (["--depth", "-1"], 64), (["--decimals", "99"], 64),
    (["--time-limit", "0"], 64), (["--style", "full", "--closeup", "f"], 64), (["--style", "cubist"], 64),
    (["--closeup", "nothing"], 65), (["--fold", "nothing"], 65), (["--theme", "dark", "--captions"], 0),
  ])
  func `options that make no sense are refused`(options: [String], status: Int) async throws {
    let result = try await draw(["f = exp(x)", "x=1"] + options, to: "f.svg")
    #expect(result.status == Int32(status), "\(result.error)")
    #expect((result.bytes != nil) == (status == 0))
  }

  @Test func `a large graph unfolded has the same bytes in every process`() async throws {
    var lines = ["a0 = 0.5"]
    for i in 1...150 { lines.append("a\(i) = sin(a\(i - 1)) * a\(i / 2)") }
    let formula = lines.joined(separator: "\n")
    var pictures: [Data?] = []
    for environment in [
      [:], ["MALLOC_PERTURB_": "85", "MALLOC_ARENA_TEST": "1"],
      ["GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=64"],
    ] {
      let path = Tool.temporaryFile("f.svg")
      defer { try? FileManager.default.removeItem(atPath: path) }
      let run = try await Tool.run(
        ["draw", "-", "--unfold", "-o", path], input: formula, environment: environment)
      #expect(run.status == 0 && run.error.isEmpty)
      pictures.append(try? Data(contentsOf: URL(filePath: path)))
    }
    #expect(pictures[0] != nil && pictures.allSatisfy { $0 == pictures[0] })
  }

  @Test func `a picture that is folded says how to see all of it`() async throws {
    let formula = "a0 = 0.5\n" + (1...300).map { "a\($0) = sin(a\($0 - 1))\n" }.joined()
    for (arguments, isFolded) in [([], true), (["--unfold"], false), (["--depth", "0"], false)] {
      let path = Tool.temporaryFile("f.dot")
      defer { try? FileManager.default.removeItem(atPath: path) }
      let run = try await Tool.run(["draw", "-", "-o", path] + arguments, input: formula)
      #expect(run.status == 0 && run.error.contains("--unfold") == isFolded, "\(run.error)")
    }
  }

  @Test func `a hand-written gate is drawn as one, and on request with what is inside`() async throws {
    let formula =
      "gate double(a):\n  forward:\n    b = a + a\n  backward(db):\n    da = 2 * db\nx = 3\nf = double(x)"
    for (arguments, gate) in [([], "data_gate=\"double\""), (["--unfold"], "data_gate=\"add\"")] {
      let path = Tool.temporaryFile("f.dot")
      defer { try? FileManager.default.removeItem(atPath: path) }
      let run = try await Tool.run(["draw", "-", "-o", path] + arguments, input: formula)
      #expect(run.status == 0, "\(run.error)")
      #expect(try String(contentsOfFile: path, encoding: .utf8).contains(gate))
      let verified = try await Tool.run(["verify", path])
      #expect(verified.status == 0, "\(verified.output)")
    }
  }

  @Test func `a layout that takes too long is stopped, and says what helps`() async throws {
    let formula = "a0 = 0.5\n" + (1...3000).map { "a\($0) = sin(a\($0 - 1))\n" }.joined()
    let path = Tool.temporaryFile("f.svg")
    let run = try await Tool.run(
      ["draw", "-", "--unfold", "--time-limit", "0.01", "-o", path], input: formula)
    #expect(run.status == 69 && run.error.contains("--time-limit") && run.error.contains("--fold"))
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}
