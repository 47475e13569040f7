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
  mutating func add(_ name: String, _ attributes: [(name: String, value: String)]) {
    digest.add(name, attributes)
    open(name)
    var (isFirst, isFirstDrawn) = (true, true)
    for (attribute, value) in attributes {
      let item = DOTText.attribute(attribute, value)
      if !isFirst { text += ", " }
      text += item
      isFirst = false
      guard !attribute.utf8.starts(with: "data_".utf8) else { continue }
      if !isFirstDrawn { layout += ", " }
      layout += item
      isFirstDrawn = false
    }
    add(line: "];")
  }

  private mutating func open(_ name: String) {
    let start = "  \(name) ["
    text += start
    layout += start
  }

  /// Adds a line as it is.
  mutating func add(line: String) {
    text += line
    text += "\n"
    layout += line
    layout += "\n"
  }
}
