internal import Diagrams

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

internal import GraphvizRendering

/// A diagram beside the stored one, as a test tells of it.
struct DiagramFinding {
  /// What to say, unless both are alike and nothing was written.
  let failure: String?
  /// The file of the present diagram.
  let present: String
  let name: String

  init(
    _ diagram: Diagram, _ stored: StoredPicture, tolerance: Double, _ recording: DiagramRecording
  ) throws {
    present = try stored.isDOT ? diagram.dotText : diagram.rendered()
    name = stored.name
    let text = try stored.text
    let differences = try text.map { try stored.differences($0, diagram, tolerance: tolerance) }
    let words = differences?.map { "\(stored.path): \($0)" }.joined(separator: "\n")
    let isWritten =
      switch recording {
      case .never: false
      case .missing: differences == nil
      case .failed: differences?.isEmpty != true
      case .all: text != present
      }
    if isWritten { try stored.write(present) }
    switch (words, isWritten) {
    case (nil, false):
      failure = "\(stored.path): there is no such diagram; CHAINRULE_RECORD=missing writes it"
    case (nil, true): failure = "\(stored.path): there was no such diagram; it was written, look at it"
    case (let words?, true): failure = words.isEmpty ? nil : words + "\nit was written anew, look at it"
    case (let words?, false): failure = words.isEmpty ? nil : words
    }
  }
}

/// The file of a stored diagram.
struct StoredPicture {
  /// As it was given.
  let path: String
  private let url: URL

  /// - Throws: `DiagramPathError` when the ending is none of a diagram.
  init(_ path: String, besides file: String) throws(DiagramPathError) {
    guard path.hasSuffix(".svg") || path.hasSuffix(".dot") else {
      throw DiagramPathError(description: "a stored diagram ends in .svg or .dot")
    }
    self.path = path
    url = URL(filePath: path, relativeTo: URL(filePath: file).deletingLastPathComponent())
  }

  var name: String { url.lastPathComponent }
  var isDOT: Bool { path.hasSuffix(".dot") }

  /// What the file holds; nil where there is none.
  var text: String? {
    get throws {
      guard FileManager.default.fileExists(atPath: url.path) else { return nil }
      return String(decoding: try Data(contentsOf: url), as: UTF8.self)
    }
  }

  /// What differs between the diagram in a file and the present one, in the words of the graph.
  func differences(_ text: String, _ present: Diagram, tolerance: Double) throws -> [String] {
    let dot = try StoredDiagram.dotText(in: text, isDOT: isDOT)
    guard dot != present.dotText else { return [] }
    let stored = try StoredDiagram(dot: dot)
    let words = DiagramComparison(
      stored: stored, present: try StoredDiagram(dot: present.dotText), tolerance: tolerance
    ).differences.map(\.description)
    return stored.isUnedited
      ? words : ["was edited by hand: its data are not those that were written"] + words
  }

  func write(_ text: String) throws {
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url, options: .atomic)
  }
}

/// A path that names no diagram.
struct DiagramPathError: Error, CustomStringConvertible {
  let description: String
}

extension StoredDiagram {
  fileprivate init(dot: String) throws {
    let tables = try GraphvizReader.tables(dot: dot, attributes: StoredDiagram.reads)
    try self.init(attributes: tables.attributes, nodes: tables.nodes, edges: tables.edges)
  }
}

extension Diagram {
  /// The picture, laid out by Graphviz.
  func rendered() throws -> String {
    svg(fromLayout: try GraphvizRenderer.svg(dot: layoutText))
  }
}
