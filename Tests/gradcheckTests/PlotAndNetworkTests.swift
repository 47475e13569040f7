import Foundation
import Testing

@Suite struct PlotAndNetworkTests {
  @Test(arguments: [
    (["plot", "tanh(x)", "x=-5:5"], 0), (["plot", "a * x", "a=2", "x=0:2*pi"], 0),
    (["plot", "--activations"], 0),
    (["plot", "tanh(x)", "x=-5:5", "--theme", "dark"], 0),
    (["plot"], 64), (["plot", "tanh(x)"], 64), (["plot", "tanh(x)", "x=1"], 64),
    (["plot", "tanh(x)", "x=5:-5"], 64),
    (["plot", "tanh(x)", "x=1:1"], 64), (["plot", "tanh(x)", "x=a:b"], 64),
    (["plot", "tanh(x)", "x=0:inf"], 64),
    (["plot", "x * y", "x=0:1", "y=0:1"], 64), (["plot", "tanh(x)", "--activations", "x=0:1"], 64),
    (["plot", "x = 1; f = 2*x", "y=0:1"], 65), (["plot", "tanh(x", "x=0:1"], 65),
    (["plot", "x * [1, 2]", "x=0:1"], 65),
    (["plot", "tanh(x)", "x=-5:5", "--theme", "mauve"], 64),
    (["network", "3-4-4-2"], 0), (["network", "examples/two_linear_layers.grad"], 0),
    (["network", "3-0-1"], 64),
    (["network", "3-4", "x=1"], 64), (["network", "x + 1", "x=1"], 65), (["network"], 64),
    (["network", "no.grad"], 74),
  ])
  func `the exit status says what happened, and nothing is written but a picture`(
    arguments: [String], status: Int
  ) async throws {
    let path = Tool.temporaryFile("f.svg")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let run = try await Tool.run(arguments + ["-o", path])
    #expect(run.status == Int32(status), "\(run)")
    #expect(run.error.isEmpty == (status == 0))
    #expect(FileManager.default.fileExists(atPath: path) == (status == 0))
  }

  @Test(arguments: [["plot", "tanh(x)", "x=-5:5"], ["network", "3-4-2"]])
  func `an ending that means nothing, or a folder that is not there, is an error`(arguments: [String])
    async throws
  {
    #expect(try await Tool.run(arguments + ["-o", "f.gif"]).status == 64)
    #expect(try await Tool.run(arguments + ["-o", "/nowhere/f.svg"]).status == 74)
  }
}
