/// The statements of a picture's DOT text: with the data that the picture carries, and without.
struct DOTStatements {
  private var text = firstLine + "\n"
  private var layout = firstLine + "\n"
  private var digest = DiagramDigest()

  /// An unnamed graph would be named by a counter, which differs from one picture to the next.
  static let firstLine = "digraph chainrule {"

  /// The whole text, with its seal.
  var sealedText: String { DiagramSeal.sealed(text, digest) }

  /// What Graphviz needs to lay the picture out: all but the data, which are most of a large picture.
  var layoutText: String { layout + "}\n" }

  /// Adds a node, an edge, or what holds for all of a kind.
  ///
  /// - Parameters:
  ///   - name: what stands before the brackets.
  ///   - attributes: what stands in them.
  ///   - needed: tells by its name whether the layout needs an attribute.
  mutating func add(
    _ name: String, _ attributes: [(name: String, value: String)],
    layout needed: (String) -> Bool = { !$0.utf8.starts(with: "data_".utf8) }
  ) {
    digest.add(name, attributes)
    text += "  "
    text += name
    layout += "  "
    layout += name
    var (isFirst, isFirstNeeded) = (true, true)
    for (attribute, value) in attributes {
      let item = DOTText.attribute(attribute, value)
      text += isFirst ? " [" : ", "
      text += item
      isFirst = false
      guard needed(attribute) else { continue }
      layout += isFirstNeeded ? " [" : ", "
      layout += item
      isFirstNeeded = false
    }
    text += isFirst ? ";\n" : "];\n"
    layout += isFirstNeeded ? ";\n" : "];\n"
  }

  /// Adds a line that holds for the layout alone.
  mutating func add(layoutLine line: String) {
    layout += line
    layout += "\n"
  }

  /// Adds a line as it is.
  mutating func add(line: String) {
    text += line
    text += "\n"
    add(layoutLine: line)
  }
}
