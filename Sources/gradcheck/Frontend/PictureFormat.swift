internal import ArgumentParser
internal import Diagrams
internal import Dispatch

/// What a picture is written as; the ending of its file says it.
enum PictureFormat: String, CaseIterable {
  case svg, dot, png, pdf

  /// The format that a file's ending asks for.
  init?(path: String) {
    guard let format = Self.allCases.first(where: { path.lowercased().hasSuffix(".\($0)") }) else {
      return nil
    }
    self = format
  }

  /// The endings there are, in words.
  static var endings: String {
    let all = allCases.map { ".\($0)" }
    return all.dropLast().joined(separator: ", ") + " or " + (all.last ?? "")
  }

  /// Writes the picture, as the last thing that the tool does.
  func write(_ diagram: Diagram, to path: String, timeLimit: Double) throws {
    switch self {
    case .dot: try Files.write(diagram.dotText, to: path)
    case .svg: try Files.write(diagram.svgText(timeLimit: timeLimit), to: path)
    case .png, .pdf:
      let svg = try diagram.svgText(timeLimit: timeLimit)
      end { try Files.write(try await Converter.converted(svg, to: rawValue), to: path) }
    }
  }
}

/// Ends the tool with work that waits for another program.
private func end(with work: @escaping @Sendable () async throws -> Void) -> Never {
  Task {
    do {
      try await work()
      Gradcheck.exit()
    } catch {
      Gradcheck.exit(withError: error)
    }
  }
  dispatchMain()
}
