import Diagrams
import FormulaLanguage
import Gradients

/// The picture of a formula.
func picture(
  of text: String, options: DiagramOptions = DiagramOptions(), marks: [NodeID: Diagram.Mark] = [:],
  backward: Bool = true
) throws -> Diagram {
  let formula = try Formula(parsing: Source(name: "test", text: text))
  var evaluation = try Evaluation(
    formula.graph, inputs: Dictionary(uniqueKeysWithValues: formula.inputs.map { ($0.name, $0.value) }))
  try evaluation.forward()
  if backward { try evaluation.backward(from: formula.output) }
  return try Diagram(
    formula.graph, evaluation, output: formula.output, title: formula.outputName, source: text,
    options: options, marks: Diagram.Marks(gates: marks))
}

extension String {
  /// How often a text stands in this one.
  func count(of part: String) -> Int { ranges(of: part).count }

  /// The lines of DOT text that begin with `start`.
  func lines(from start: String) -> [String] {
    split(separator: "\n").map { String($0.drop { $0 == " " }) }.filter { $0.hasPrefix(start) }
  }
}
