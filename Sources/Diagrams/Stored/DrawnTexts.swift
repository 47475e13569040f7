extension StoredDiagram {
  /// What the diagram's labels say and a picture of it does not show: somebody has edited the picture.
  ///
  /// - Parameter picture: the text of an SVG picture, laid out by whatever version of Graphviz.
  /// - Returns: the texts that are missing, in the order of the graph.
  public func textsMissing(in picture: String) -> [String] {
    var shown: [String: Int] = [:]
    for text in Self.contents(of: "text", in: Array(picture.utf8)) { shown[text, default: 0] += 1 }
    return labels.flatMap(Self.texts).filter { text in
      guard let count = shown[text], count > 0 else { return true }
      shown[text] = count - 1
      return false
    }
  }

  /// The runs of text in a label.
  private static func texts(of label: String) -> [String] {
    guard label.hasPrefix("<<") else {
      return DOTText.unquoted(label).split(separator: "\n").map { trimmed(unescaped(Array($0.utf8)[...])) }
        .filter { !$0.isEmpty }
    }
    return label.utf8.split(separator: UInt8(ascii: ">")).compactMap { part in
      let text = trimmed(unescaped(Array(part.prefix { $0 != UInt8(ascii: "<") })[...]))
      return text.isEmpty ? nil : text
    }
  }

  /// What stands between the tags of each element `name`.
  private static func contents(of name: String, in bytes: [UInt8]) -> [String] {
    let start = Array("<\(name) ".utf8)
    var contents: [String] = []
    var position = 0
    while let tag = bytes.firstPosition(of: start, from: position),
      let first = bytes[tag...].firstIndex(of: UInt8(ascii: ">")),
      let end = bytes[first...].firstIndex(of: UInt8(ascii: "<"))
    {
      contents.append(trimmed(unescaped(bytes[(first + 1)..<end])))
      position = end
    }
    return contents
  }

  /// Without spaces at its ends, and with no-break spaces, which Graphviz puts for some spaces, as spaces.
  private static func trimmed(_ text: some StringProtocol) -> String {
    let plain = String(text).replacing("\u{A0}", with: " ")
    return String(plain.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
