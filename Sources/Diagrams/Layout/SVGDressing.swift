internal import Gradients

/// Gives the groups of a layout their sentences, and their texts classes that say what they are.
struct SVGDressing {
  /// A group as it stands in the picture.
  struct Group {
    /// What is drawn in its turn.
    var text = ""
    /// What is drawn after all others, so that no wire runs through it: a caption, or the title of a function's box.
    var onTop = ""
  }

  private let words: [String: String]
  private let classes: [String: String]
  private let paper: String
  private let tiles: [String: Tile]
  private let theme: Theme

  init(_ diagram: Diagram) {
    words = Dictionary(diagram.sentences.map { ($0.name, $0.text) }) { first, _ in first }
    let theme = Theme(diagram.options.theme)
    self.theme = theme.asGraphvizWritesIt
    tiles = diagram.tiles
    classes = [
      theme.forward: "value", theme.gradient: "gradient", theme.local: "local", theme.ink: "name",
    ].reduce(into: [:]) { $0[$1.key.asGraphvizWritesIt] = $1.value }
    paper = theme.paper.asGraphvizWritesIt
  }

  func dressed(_ group: SVGLayout.Group) -> Group {
    var group = group
    let tile = tiles[group.id]
    if let tile {
      group.classes = "node \(tile.classes)"
    } else if !tiles.isEmpty {
      group.classes = "edge line"
    }
    let isGate = group.classes.hasPrefix("node gate")
    let isCaption = group.classes == "cluster caption"
    let isTitled = group.classes == "cluster scope"
    var title = ""
    let role = isGate ? " role=\"graphics-symbol img\" tabindex=\"0\"" : ""
    var text = "<g id=\"\(group.id)\" class=\"\(group.classes)\"\(role)>\n"
    if let words = words[group.id] { text += "<title>\(DOTText.escaped(words))</title>\n" }
    if let tile, let box = group.polygon {
      tile.draw(in: box, theme, into: &text)
      return Group(text: text + "</g>")
    }
    for line in group.lines {
      if line.hasPrefix("<text"), isTitled {
        title += dressed(text: line, isGate: false, isOnTop: true) + "\n"
        continue
      } else if line.hasPrefix("<text") {
        text += dressed(text: line, isGate: isGate, isOnTop: isCaption)
      } else if isCaption {
        // Graphviz fills a cluster, even one without a rim.
        continue
      } else {
        text += line
      }
      text += "\n"
    }
    text += "</g>"
    if isCaption { return Group(onTop: text) }
    return Group(text: text, onTop: title.isEmpty ? "" : "<g class=\"\(group.classes) title\">\n\(title)</g>")
  }

  /// A text with the class of its colour.
  ///
  /// In a cell it is centred by its middle, not by its start, so that it stands in the middle whatever font it is shown
  /// in.
  private func dressed(text line: String, isGate: Bool, isOnTop: Bool) -> String {
    let role = isGate ? "symbol" : classes[SVGLayout.attribute("fill", of: line)] ?? "note"
    // A rim of paper keeps it clear of a wire behind it.
    let rim = isOnTop ? " paint-order=\"stroke\" stroke=\"\(paper)\" stroke-width=\"3\"" : ""
    var line = line
    if SVGLayout.attribute("text-anchor", of: line) == "start", let content = SVGLayout.content(of: line),
      let x = Double(SVGLayout.attribute("x", of: line)),
      let size = Double(SVGLayout.attribute("font-size", of: line)),
      let width = TextWidth.measured(content, size: size)
    {
      line = SVGLayout.setting("text-anchor", to: "middle", in: line)
      line = SVGLayout.setting("x", to: NumberText.fixed(x + width / 2, decimals: 2), in: line)
    }
    return "<text class=\"\(role)\"\(rim)" + line.dropFirst(5)
  }
}

extension Theme {
  /// The same, with the colours of tiles as they stand in what Graphviz writes.
  fileprivate var asGraphvizWritesIt: Theme {
    var theme = self
    (theme.ink, theme.gate) = (ink.asGraphvizWritesIt, gate.asGraphvizWritesIt)
    (theme.forward, theme.gradient) = (forward.asGraphvizWritesIt, gradient.asGraphvizWritesIt)
    return theme
  }
}

extension String {
  /// A colour as it stands in what Graphviz writes.
  var asGraphvizWritesIt: String { self == "#000000" ? "black" : lowercased() }
}
