public import Diagrams
public import GradientChecking
internal import Gradients
public import Testing
internal import XCTest

/// Expects that a diagram is what it was when it was stored: the same gates on the same operands, and the same numbers.
///
/// What differs is said as `gradcheck verify` says it, and the present picture is attached.
///
/// The present one is `try Diagram(of: GradientCheck(of: f, at: [x]))`, or one made of a graph of yours; the stored one
/// is an `.svg` or a `.dot`, whose path begins in the folder of the test's file. Numbers may be as far apart as
/// `tolerance`, relative to the larger one; `recording` says when the diagram is written.
public func expectDiagram(
  _ diagram: @autoclosure () throws -> Diagram, matches path: String, tolerance: Double = 1e-9,
  recording: DiagramRecording = .standard, filePath: StaticString = #filePath,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  do {
    let finding = try DiagramFinding(
      diagram(), StoredPicture(path, besides: "\(filePath)"), tolerance: tolerance, recording)
    guard let failure = finding.failure else { return }
    Issue.record(Comment(rawValue: failure), sourceLocation: sourceLocation)
    Attachment.record(finding.present, named: finding.name, sourceLocation: sourceLocation)
  } catch {
    Issue.record("\(path): \(error)", sourceLocation: sourceLocation)
  }
}

/// Asserts, in XCTest, that a diagram is what it was when it was stored; see `expectDiagram`.
public func XCTAssertDiagram(
  _ diagram: @autoclosure () throws -> Diagram, matches path: String, tolerance: Double = 1e-9,
  recording: DiagramRecording = .standard, file: StaticString = #filePath, line: UInt = #line
) {
  do {
    let finding = try DiagramFinding(
      diagram(), StoredPicture(path, besides: "\(file)"), tolerance: tolerance, recording)
    if let failure = finding.failure { XCTFail(failure, file: file, line: line) }
  } catch {
    XCTFail("\(path): \(error)", file: file, line: line)
  }
}

extension Diagram {
  /// The diagram of a function as it is checked, with its values and gradients.
  ///
  /// - Throws: what evaluating it throws, `DiagramError` when it cannot be drawn.
  public init(of check: GradientCheck, options: DiagramOptions = DiagramOptions()) throws {
    try self.init(of: check, options: options, marks: Marks())
  }

  init(of check: GradientCheck, options: DiagramOptions, marks: Marks) throws {
    var evaluation = try Evaluation(
      check.graph, inputs: Dictionary(check.inputs.map { ($0.name, $0.value) }) { first, _ in first })
    try evaluation.forward()
    try evaluation.backward(from: check.output.node)
    try self.init(
      check.graph, evaluation, output: check.output.node, title: check.output.name, source: check.function,
      options: options, marks: marks)
  }
}
