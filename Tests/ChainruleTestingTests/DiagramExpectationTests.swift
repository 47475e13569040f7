@testable import ChainruleTesting
import Diagrams
import Foundation
import GradientChecking
import Gradients
import Testing

@Suite struct DiagramExpectationTests {
  private func circuit(z: Double = -4) throws -> Diagram {
    try Diagram(of: GradientCheck(of: { v in (v[0] + v[1]) * v[2] }, at: [-2, 5, Tensor(z)]))
  }

  /// A folder for one test, which begins without any diagram.
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
  }

  private func failure(
    _ diagram: Diagram, _ path: String, _ recording: DiagramRecording
  ) throws -> String? {
    try DiagramFinding(diagram, StoredPicture(path, besides: #filePath), tolerance: 1e-9, recording).failure
  }

  @Test func `a missing diagram is told, and written where that is wished`() throws {
    try withFolder { (folder: String) throws in
      let path = folder + "/circuit.svg"
      #expect(
        try failure(circuit(), path, .never)
          == "\(path): there is no such diagram; CHAINRULE_RECORD=missing writes it")
      #expect(!FileManager.default.fileExists(atPath: path))
      #expect(
        try failure(circuit(), path, .missing)
          == "\(path): there was no such diagram; it was written, look at it")
      #expect(try failure(circuit(), path, .never) == nil)
    }
  }

  @Test(arguments: ["circuit.svg", "circuit.dot"])
  func `a difference is told in the words of the graph`(name: String) throws {
    try withFolder { (folder: String) throws in
      let path = "\(folder)/\(name)"
      _ = try failure(circuit(), path, .all)
      let before = try Data(contentsOf: URL(filePath: path))
      let words = try #require(try failure(circuit(z: -3), path, .missing))
      #expect(words.hasPrefix("\(path): input x2 changed: -4 → -3"))
      #expect(try Data(contentsOf: URL(filePath: path)) == before)
      let written = try #require(try failure(circuit(z: -3), path, .failed))
      #expect(written.hasSuffix("\nit was written anew, look at it"))
      #expect(try failure(circuit(z: -3), path, .never) == nil)
    }
  }

  @Test func `a difference is an issue, with the present picture`() throws {
    try withFolder { (folder: String) throws in
      try withKnownIssue {
        expectDiagram(try circuit(), matches: folder + "/circuit.svg", recording: .never)
      } matching: {
        $0.comments.contains { $0.rawValue.contains("there is no such diagram") }
      }
      try withKnownIssue {
        expectDiagram(try circuit(), matches: folder + "/circuit.png")
      } matching: {
        $0.comments.contains { $0.rawValue.contains("ends in .svg or .dot") }
      }
    }
  }

  @Test func `the environment says when diagrams are written`() {
    #expect(DiagramRecording.of([:]) == .missing)
    #expect(DiagramRecording.of(["CI": "true"]) == .never)
    #expect(DiagramRecording.of(["CI": "true", "CHAINRULE_RECORD": "all"]) == .all)
  }
}
