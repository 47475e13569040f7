/// What a diagram says of itself as a whole: all that it takes to draw it again.
public struct StoredHeader: Sendable {
  /// The text of the formula.
  public let formula: String
  /// Where the formula and its values come from.
  public let origin: Diagram.Origin
  /// What two runs share when a picture carries the same of both, to the last bit; where it differs, the numbers may
  /// still agree.
  public let fingerprint: String?
  /// How it is drawn.
  public var options: DiagramOptions { DiagramOptions { style[$0] } }
  /// What it says of its style, by the name of the attribute.
  let style: [String: String]

  /// Reads the attributes of a graph.
  ///
  /// - Throws: `StoredDiagramError` when it is no diagram of this program, or of a newer version of it.
  public init(attributes: [String: String]) throws(StoredDiagramError) {
    guard let schema = attributes["data_schema"].flatMap({ Int($0) }) else {
      guard attributes["data_formula"] != nil else {
        throw StoredDiagramError(
          "is a graph, but no diagram of gradcheck: it carries no formula", isForeign: true)
      }
      throw StoredDiagramError("was drawn by a gradcheck that did not number its data yet; draw it again")
    }
    guard schema <= StoredDiagram.schema else {
      throw StoredDiagramError(
        """
        was drawn by a newer gradcheck: its data have schema \(schema), and this version reads up to \
        \(StoredDiagram.schema)
        """)
    }
    fingerprint = attributes["data_run"]
    func text(_ name: String) -> String? { attributes[name].map(DOTText.unquoted) }
    formula = text("data_formula") ?? ""
    origin = Diagram.Origin(attribute: text)
    style = Dictionary(
      Self.styleAttributes.compactMap { name in text(name).map { (name, $0) } }
    ) { first, _ in first }
  }

  /// What a diagram can say of its style, in the order in which people are told.
  static let styleAttributes = [
    "data_style", "data_closeup", "data_theme", "data_decimals", "data_captions", "data_heatmap",
    "data_unfold",
    "data_fold", "data_depth", "data_step",
  ]

  /// The beginning of a diagram's DOT text as a graph of its own, which is quick to read and has the attributes that
  /// make a header; nil for a text that another tool has written.
  public static func dotText(from text: String) -> String? {
    var lines = text.utf8.split(separator: UInt8(ascii: "\n"), maxSplits: 2)
    guard lines.count == 3, String(lines[0]) == DOTStatements.firstLine,
      lines[1].starts(with: "  graph [".utf8)
    else { return nil }
    lines[2] = "}".utf8[...]
    return lines.map { String($0) ?? "" }.joined(separator: "\n")
  }

  /// Whether a diagram's DOT text is, byte for byte, as it was written.
  public static func isSealed(_ dot: String) -> Bool { DiagramSeal.holds(dot) }
}
