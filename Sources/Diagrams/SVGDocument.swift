internal import Gradients

/// Turns what Graphviz gives into the picture that is stored.
extension Diagram {
  /// The picture, from its layout as Graphviz writes it: with a title, a sentence for each node, a class for each text
  /// that says what it is, and the DOT text inside as metadata; without what changes between versions of Graphviz.
  ///
  /// Gates and wires have the IDs of their nodes in the DOT text; texts have the class `value`, `gradient`, `local`,
  /// `name` or `note`.
  public func svg(fromLayout layout: String) -> String {
    let layout = straightened(layout)
    if let step = options.step, steps.indices.contains(step) { return frame(step, layout) }
    return document(layout, desc: description, groups: layout.groups.map(dressed))
  }

  func straightened(_ text: String) -> SVGLayout {
    var layout = SVGLayout(text)
    if gateCount <= DrawnGraph.largestReadableCount, options.style != .closeup { layout.straightenWires() }
    return layout
  }

  /// The whole document around groups that are ready.
  func document(_ layout: SVGLayout, extraHeight: Double = 0, desc: String, groups: [String]) -> String {
    let width = NumberText.fixed(layout.width, decimals: 2)
    let height = NumberText.fixed(layout.height + extraHeight, decimals: 2)
    var lines = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>",
      """
      <svg width="\(width)pt" height="\(height)pt" viewBox="0.00 0.00 \(width) \(height)" class="chainrule" \
      role="graphics-document document" aria-labelledby="title desc" xmlns="http://www.w3.org/2000/svg" \
      xmlns:xlink="http://www.w3.org/1999/xlink">
      """,
      "<title id=\"title\">\(DOTText.escaped(drawn(title, limit: 200))) as a computational graph</title>",
      "<desc id=\"desc\">\(DOTText.escaped(desc))</desc>",
      "<metadata>\(DOTText.escaped(dotText))</metadata>",
    ]
    if options.theme == .auto { lines.append("<style>\(Theme.styleSheet)</style>") }
    lines += layout.opening.prefix(1)
    // The paper is as large as the canvas, whatever is added below the picture.
    let top = NumberText.fixed(-(layout.origin.y), decimals: 2)
    let left = NumberText.fixed(-(layout.origin.x), decimals: 2)
    lines.append(
      """
      <rect class="paper" fill="\(Theme(options.theme).paper.lowercased())" x="\(left)" y="\(top)" \
      width="\(width)" height="\(height)"/>
      """)
    lines +=
      groups.filter { !$0.contains(Self.captionStart) } + groups.filter { $0.contains(Self.captionStart) }
    lines += ["</g>", "</svg>", ""]
    return lines.joined(separator: "\n")
  }

  /// Captions stand on top, each with a rim of paper, so that no wire runs through them.
  private static let captionStart = "class=\"cluster caption\""

  var description: String {
    let explanation =
      options.style == .values
      ? "Values stand above the wires." : "Values stand above the wires, gradients below them."
    return "\(explanation) \(sentences.map(\.text).joined(separator: ". "))."
  }

  /// A group with its sentence, and its texts with their classes.
  func dressed(_ group: SVGLayout.Group) -> String {
    let isGate = group.classes.hasPrefix("node gate")
    let role = isGate ? " role=\"graphics-symbol img\" tabindex=\"0\"" : ""
    var lines = ["<g id=\"\(group.id)\" class=\"\(group.classes)\"\(role)>"]
    if let text = words[group.id] { lines.append("<title>\(DOTText.escaped(text))</title>") }
    lines += group.lines.map { $0.hasPrefix("<text") ? dressed(text: $0, isGate: isGate) : $0 }
    if group.classes == "cluster caption" {
      let rim =
        "<text paint-order=\"stroke\" stroke=\"\(Theme(options.theme).paper.lowercased())\" stroke-width=\"3\""
      lines = lines.map { $0.hasPrefix("<text") ? rim + $0.dropFirst(5) : $0 }
    }
    lines.append("</g>")
    return lines.joined(separator: "\n")
  }

  private var words: [String: String] {
    Dictionary(sentences.map { ($0.name, $0.text) }) { first, _ in first }
  }

  /// A text with the class of its colour. In a cell it is centred by its middle, not by its start, so that it stands
  /// in the middle whatever font it is shown in.
  private func dressed(text line: String, isGate: Bool) -> String {
    let role = isGate ? "symbol" : Theme(options.theme).textClass(SVGLayout.attribute("fill", of: line))
    var line = line
    if SVGLayout.attribute("text-anchor", of: line) == "start", let start = line.firstIndex(of: ">"),
      let end = line.lastIndex(of: "<"), start < end, let x = Double(SVGLayout.attribute("x", of: line)),
      let size = Double(SVGLayout.attribute("font-size", of: line)),
      let width = TextWidth.measured(DOTText.unescaped(line[line.index(after: start)..<end]), size: size)
    {
      line = SVGLayout.setting("text-anchor", to: "middle", in: line)
      line = SVGLayout.setting("x", to: NumberText.fixed(x + width / 2, decimals: 2), in: line)
    }
    return "<text class=\"\(role)\"" + line.dropFirst(5)
  }
}

extension SVGLayout {
  /// Where the coordinates of the groups have their origin on the canvas.
  var origin: (x: Double, y: Double) {
    let transform = opening.first.map { Self.attribute("transform", of: $0) } ?? ""
    guard let start = transform.firstRange(of: "translate(") else { return (0, 0) }
    let numbers = transform[start.upperBound...].dropLast().split(separator: " ").compactMap { Double($0) }
    return numbers.count == 2 ? (numbers[0], numbers[1]) : (0, 0)
  }
}

extension Theme {
  /// What a text of this colour is.
  func textClass(_ fill: String) -> String {
    let color = fill == "black" ? "#000000" : fill.uppercased()
    return switch roles.first(where: { $0.color == color })?.name {
    case "forward": "value"
    case "gradient": "gradient"
    case "local": "local"
    case "ink": "name"
    default: "note"
    }
  }

  /// Gives each colour of the lecture's theme a custom property of its own, which the page around the picture can
  /// set; where it sets none, the reader's preference decides between light and dark.
  static let styleSheet: String = {
    let (light, dark) = (Theme(.lecture).roles, Theme(.dark).roles)
    func properties(_ roles: [(name: String, color: String)]) -> String {
      roles.map { "--chainrule-own-\($0.name):\($0.color.lowercased())" }.joined(separator: ";")
    }
    let rules = light.map { name, color in
      let value = "var(--chainrule-\(name),var(--chainrule-own-\(name)))"
      let color = color.lowercased()
      return """
        .chainrule [fill="\(color)"]{fill:\(value)}.chainrule [stroke="\(color)"]{stroke:\(value)}
        """
    }
    return """
      .chainrule{\(properties(light))}
      @media (prefers-color-scheme:dark){.chainrule{\(properties(dark))}}
      \(rules.joined(separator: "\n"))
      """
  }()
}
