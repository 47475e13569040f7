import Foundation
import Subprocess
import SystemPackage
import Testing

/// docs/lecture.md, its commands and its pictures.
@Suite struct LectureTests {
  private static let docs = Tool.root.appending(path: "docs")

  private func files(in folder: URL) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.contains(".") }.sorted()
  }

  @Test func `every command of the lecture succeeds, and draws what is stored`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let run = try await Subprocess.run(
      .path(FilePath(Tool.root.appending(path: "Scripts/lecture").path)),
      arguments: [Tool.path, folder.path],
      workingDirectory: FilePath(Tool.root.path), output: .string(limit: 1 << 16),
      error: .string(limit: 1 << 16))
    #expect(run.terminationStatus.isSuccess && run.standardError.isEmpty, "\(run.standardError)")
    let stored = Self.docs.appending(path: "pictures")
    #expect(try files(in: folder) == files(in: stored), "run make demo")
    for file in try files(in: folder) {
      let (new, old) = try (content(folder.appending(path: file)), content(stored.appending(path: file)))
      #expect(new == old, "\(file) is not current; run make demo, and look at what changed")
    }
  }

  @Test func `every picture that the lecture shows is there`() throws {
    let text = try String(contentsOf: Self.docs.appending(path: "lecture.md"), encoding: .utf8)
    let links = text.components(separatedBy: "](").dropFirst().compactMap { $0.split(separator: ")").first }
    #expect(links.count > 25)
    for link in links {
      #expect(FileManager.default.fileExists(atPath: Self.docs.appending(path: String(link)).path), "\(link)")
    }
  }

  /// What a picture says: the data that a drawn graph carries, which is the same whatever Graphviz laid it out; all of
  /// any other file.
  private func content(_ file: URL) throws -> String {
    let text = try String(contentsOf: file, encoding: .utf8)
    guard let start = text.firstRange(of: "<metadata>"), let end = text.firstRange(of: "</metadata>") else {
      return text
    }
    return String(text[start.upperBound..<end.lowerBound])
  }
}
