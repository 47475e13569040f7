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
    let dressing = SVGDressing(self)
    return document(layout, desc: description, groups: layout.groups.map(dressing.dressed))
  }

  func straightened(_ text: String) -> SVGLayout {
    var layout = SVGLayout(text)
    if gateCount <= DrawnGraph.largestReadableCount, options.style != .closeup { layout.straightenWires() }
    return layout
  }

  /// The whole document around groups that are ready.
  func document(_ layout: SVGLayout, extraHeight: Double = 0, desc: String, groups: [SVGDressing.Group])
    -> String
  {
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
    lines += (groups.map(\.text) + groups.map(\.onTop)).filter { !$0.isEmpty }
    lines += ["</g>", "</svg>", ""]
    return lines.joined(separator: "\n")
  }

  var description: String {
    let explanation =
      options.style == .values
      ? "Values stand above the wires." : "Values stand above the wires, gradients below them."
    // In a large picture each element says its sentence itself, and nobody hears out all of them.
    guard tiles.isEmpty else {
      return "\(explanation) \(gateCount) gates and \(tiles.count - gateCount) inputs and constants."
    }
    return "\(explanation) \(sentences.map(\.text).joined(separator: ". "))."
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
