internal import ArgumentParser
internal import Diagrams
internal import Dispatch
internal import FormulaLanguage

/// What a picture is written as; the ending of its file says it.
enum PictureFormat: String, CaseIterable {
  case svg, dot, png, pdf, html

  /// The format that a file's ending asks for.
  init?(path: String) {
    guard let format = Self.allCases.first(where: { path.lowercased().hasSuffix(".\($0)") }) else {
      return nil
    }
    self = format
  }

  /// What a picture without a graph can be written as.
  static let plain = [svg, png, pdf]

  /// The endings there are, in words.
  static var endings: String { endings(of: allCases) }

  /// The endings of some formats, in words.
  static func endings(of formats: [PictureFormat]) -> String {
    let all = formats.map { ".\($0)" }
    return all.dropLast().joined(separator: ", ") + " or " + (all.last ?? "")
  }

  /// Draws the formula, as the last thing that the tool does.
  func write(_ formula: Formula, _ origin: Diagram.Origin, _ drawing: DrawingOptions, to path: String) throws
  {
    if self == .html {
      let page = try formula.page(origin: origin, options: drawing.diagram)
      return try Files.write(page.htmlText(timeLimit: drawing.timeLimit), to: path)
    }
    let picture = try formula.picture(origin: origin, options: drawing.diagram)
    picture.reportFolding()
    if self == .dot { return try Files.write(picture.dotText, to: path) }
    try write(svg: picture.svgText(timeLimit: drawing.timeLimit), to: path)
  }

  /// Writes a picture that is there as SVG, as the last thing that the tool does.
  func write(svg: String, to path: String) throws {
    guard self != .svg else { return try Files.write(svg, to: path) }
    end { try Files.write(try await Converter.converted(svg, to: rawValue), to: path) }
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
