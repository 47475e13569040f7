public import Gradients

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A picture in a page of its own: one file that steps through the passes, runs again with other inputs, and asks.
///
/// The page loads nothing and sends nothing: its content security policy allows its own script and style by their
/// digests, and nothing else. What comes from a formula stands in the page as text only.
public struct Page: Sendable {
  /// The picture in it, in the style and the colours of the lecture, which the page changes as its reader wants.
  public let picture: Diagram
  /// The same with each function as one gate, for the reader who folds it; nil when there is nothing to fold.
  public let foldedPicture: Diagram?

  private let title: String
  private let theme: DiagramTheme
  let tape: Tape
  private let foldedTape: Tape?

  /// Makes the page of what `output` is computed from.
  ///
  /// - Parameters:
  ///   - graph: the structure.
  ///   - evaluation: a run of it, forward and backward.
  ///   - output: the node that the picture ends in.
  ///   - title: the name of the function.
  ///   - source: its text.
  ///   - origin: where the text and its values come from.
  ///   - options: how the picture is drawn, the style left out; the theme and the decimals are those that the page
  ///     begins with.
  /// - Throws: what ``Diagram`` throws.
  public init(
    _ graph: Graph, _ evaluation: borrowing Evaluation, output: NodeID, title: String, source: String,
    origin: Diagram.Origin = Diagram.Origin(), options: DiagramOptions = DiagramOptions()
  ) throws {
    self.title = title
    theme = options.theme
    var drawing = options
    (drawing.style, drawing.theme, drawing.step) = (.lecture, .lecture, nil)
    picture = try Diagram(
      graph, evaluation, output: output, title: title, source: source, origin: origin, options: drawing)
    tape = try Tape(
      graph, evaluation, output: output, title: title, source: source, options: drawing)
    let isWhole = picture.gateCount == DrawnGraph(graph, output: output).gateCount
    guard options.folding == .automatic, isWhole, !graph.scopes.isEmpty else {
      (foldedPicture, foldedTape) = (nil, nil)
      return
    }
    drawing.folding = .depth(0)
    foldedPicture = try Diagram(
      graph, evaluation, output: output, title: title, source: source, options: drawing)
    foldedTape = try Tape(
      graph, evaluation, output: output, title: title, source: source, options: drawing)
  }

  /// The file's text, around the pictures as they were laid out.
  ///
  /// - Parameters:
  ///   - svg: what ``picture`` gives for its layout.
  ///   - foldedSVG: what ``foldedPicture`` gives, if there is one.
  /// - Returns: HTML.
  /// - Throws: nothing in practice; the encoder's error if it has one.
  public func html(svg: String, foldedSVG: String?) throws -> String {
    let script = Self.scripts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
    let style = PageColors.styleSheet + String(decoding: PackageResources.page_css, as: UTF8.self)
    let (tape, foldedTape) = (try tape.json(), try foldedTape?.json())
    return Self.filled(String(decoding: PackageResources.page_html, as: UTF8.self)) { name in
      switch name {
      case "attributes": PageColors.attribute(for: theme)
      case "title": DOTText.escaped(title)
      case "policy": Self.policy(script: script, style: style)
      case "style": style
      case "themes": PageColors.menu
      case "picture": Self.element(of: svg, keepsData: true)
      case "foldedPicture": foldedSVG.map { Self.element(of: $0, keepsData: false) } ?? ""
      case "tape": tape
      case "foldedTape": foldedTape ?? "null"
      case "script": script
      default: preconditionFailure("the page has no part named '\(name)'")
      }
    }
  }

  /// In the order in which they build on one another.
  private static let scripts = [
    PackageResources.gates_js, PackageResources.tensors_js, PackageResources.tape_js,
    PackageResources.numbers_js,
    PackageResources.state_js,
    PackageResources.picture_js, PackageResources.panels_js, PackageResources.exercise_js,
    PackageResources.page_js,
  ]

  private static func policy(script: String, style: String) -> String {
    func source(_ text: String) -> String {
      "'sha256-\(Data(SHA256.digest(text.utf8)).base64EncodedString())'"
    }
    return """
      default-src 'none'; script-src \(source(script)); style-src \(source(style)); base-uri 'none'; form-action 'none'
      """
  }

  /// The picture without the prologue that only a file of its own needs; the data inside one picture of a page are
  /// enough to verify it.
  private static func element(of svg: String, keepsData: Bool) -> String {
    let start = svg.firstRange(of: "<svg ")?.lowerBound ?? svg.startIndex
    guard !keepsData, let open = svg.firstRange(of: "<metadata>"),
      let close = svg.firstRange(of: "</metadata>")
    else { return String(svg[start...]) }
    return String(svg[start..<open.lowerBound] + svg[close.upperBound...])
  }

  /// A text with something in place of each `{{name}}` in it.
  private static func filled(_ template: String, _ part: (Substring) -> String) -> String {
    var pieces = template.split(separator: "{{", omittingEmptySubsequences: false)[...]
    var text = String(pieces.removeFirst())
    for piece in pieces {
      let parts = piece.split(separator: "}}", maxSplits: 1, omittingEmptySubsequences: false)
      text += part(parts[0]) + parts[1]
    }
    return text
  }
}
