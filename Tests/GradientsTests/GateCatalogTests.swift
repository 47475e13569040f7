import Foundation
import Gradients
import Testing

@Suite struct GateCatalogTests {
  private var root: URL { URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..") }

  @Test func `every file in Gates is listed, and every listed gate has a file`() throws {
    let files = try FileManager.default.contentsOfDirectory(
      atPath: root.appending(path: "Sources/Gradients/Gates").path)
    let names = files.map { String($0.dropLast(".swift".count)) }.sorted()
    #expect(names == GateCatalog.standard.gates.map { "\($0)" })
  }

  @Test func `the gate reference is current`() throws {
    let reference = try String(
      contentsOf: root.appending(path: "Documentation/GateReference.md"), encoding: .utf8)
    #expect(reference == GateReference.markdown(.standard), "run 'make docs'")
  }

  @Test(arguments: [
    ("pow", "power"), ("absolute", "abs"), ("dot", "matmul"), ("amax", "max"),
  ])
  func `an alias finds its gate`(alias: String, name: String) {
    #expect(GateCatalog.standard[alias]?.card.name == name)
  }
}
