internal import Gradients

/// Draws the steps of a picture, each from the same layout: what is not there yet is left out, the gate in focus is
/// framed, and its chain rule stands beside it. So the geometry of all frames is the same.
extension Diagram {
  /// The frames of the forward and backward pass, from the layout of the whole picture.
  ///
  /// There are none in a picture that was made without ``DiagramOptions/step``, or has too many gates.
  public func frames(fromLayout layout: String) -> [String] {
    let layout = straightened(layout)
    return steps.indices.map { frame($0, layout) }
  }

  func frame(_ position: Int, _ layout: SVGLayout) -> String {
    let step = steps[position]
    let theme = Theme(options.theme)
    var own = self
    let first = steps.indices.contains(options.step ?? 0) ? options.step ?? 0 : 0
    own.dotText.replace("data_step=\"\(first)\"", with: "data_step=\"\(position)\"", maxReplacements: 1)
    let obstacles = layout.groups.filter { !$0.classes.hasPrefix("cluster scope") }.flatMap(\.boxes)
    let places = steps.map { layout.place(of: $0, obstacles: obstacles) }
    // Below the picture: a line that says what happens, and room for the rules that find none beside their gate.
    let bottom = layout.height - layout.origin.y
    let extra = 30 + max(0, (places.compactMap { $0?.box.bottom }.max() ?? bottom) + 8 - bottom)

    let dressing = SVGDressing(self)
    var groups = layout.groups.map { dressing.dressed(step.shown(of: $0, theme)) }
    if let gate = step.gate, let group = layout.groups.first(where: { $0.id == gate }), let box = group.box {
      let frame = box.grown(by: 6)
      var lines = [Self.rectangle(frame, theme.focus, "focus")]
      if let rule = step.rule, let place = places[position] {
        if place.isFar {
          let line = layout.leader(from: frame, to: place.box, of: gate)
          lines.append(
            """
            <path class="focus" fill="none" stroke="\(theme.focus.lowercased())" stroke-dasharray="2,4" \
            d="M\(number(line.start.x)),\(number(line.start.y))L\(number(line.end.x)),\(number(line.end.y))"/>
            """)
        }
        lines.append(Self.rectangle(place.box, theme.focus, "rule", fill: theme.paper))
        lines += rule.svg(in: place.box, theme)
      }
      groups.append(.init(onTop: "<g id=\"focus\">\n\(lines.joined(separator: "\n"))\n</g>"))
    }
    let y = bottom + extra - 12
    groups.append(
      .init(
        onTop: """
          <g id="caption"><text class="name" text-anchor="start" x="\(number(10 - layout.origin.x))" \
          y="\(number(y))" font-family="\(Theme.font)" font-size="14.00" \
          fill="\(theme.ink.lowercased())">\(DOTText.escaped(step.caption))</text></g>
          """))
    return own.document(layout, extraHeight: extra, desc: "\(step.caption). \(description)", groups: groups)
  }

  private static func rectangle(_ box: Box, _ color: String, _ name: String, fill: String? = nil) -> String {
    """
    <rect class="\(name)" fill="\(fill?.lowercased() ?? "none")" stroke="\(color.lowercased())" stroke-width="2" \
    rx="8" x="\(number(box.left))" y="\(number(box.top))" width="\(number(box.width))" \
    height="\(number(box.height))"/>
    """
  }
}

private func number(_ value: Double) -> String { NumberText.fixed(value, decimals: 2) }

extension Step {
  /// The group as it is at this step: without numbers that are not known yet, the lines around the focus thick.
  func shown(of group: SVGLayout.Group, _ theme: Theme) -> SVGLayout.Group {
    var group = group
    if group.classes.hasPrefix("node wire") {
      if !values.contains(group.id) { group.lines.removeAll { $0.uses(theme.forward) } }
      if !gradients.contains(group.id) { group.lines.removeAll { $0.uses(theme.gradient) } }
    } else if group.id.hasSuffix("_rule"), !done.contains(String(group.id.dropLast(5))) {
      let kept = [theme.local, theme.gradient, theme.ink]
      group.lines.removeAll { line in kept.contains { line.uses($0) } }
    } else if lines.contains(group.id) {
      group.lines = group.lines.map { line in
        let line = line.replacing("\"\(theme.ink.lowercased())\"", with: "\"\(theme.focus.lowercased())\"")
        return line.hasPrefix("<path") ? "<path stroke-width=\"2\"" + line.dropFirst(5) : line
      }
    }
    return group
  }
}

extension String {
  /// Whether a tag is filled or drawn with a colour.
  fileprivate func uses(_ color: String) -> Bool {
    let color = color.asGraphvizWritesIt
    return contains("fill=\"\(color)\"") || contains("stroke=\"\(color)\"")
  }
}

extension SVGLayout {
  /// Where the rule of a step goes.
  fileprivate func place(of step: Step, obstacles: [Box]) -> (box: Box, isFar: Bool)? {
    guard let rule = step.rule, let gate = groups.first(where: { $0.id == step.gate })?.box else {
      return nil
    }
    return place(
      width: Double(rule.width) + 16, height: Double(rule.frameHeight), beside: gate.grown(by: 6),
      obstacles: obstacles)
  }

  /// A free place for a box near another one: below it, above it, or else below the whole picture.
  fileprivate func place(
    width: Double, height: Double, beside frame: Box, obstacles: [Box]
  ) -> (box: Box, isFar: Bool) {
    let (left, top) = (-origin.x + 4, -origin.y + 4)
    let (right, bottom) = (self.width - origin.x - 4, self.height - origin.y)
    func at(_ x: Double, _ y: Double) -> Box {
      let x = max(left, min(x, right - width))
      return Box(left: x, top: y, right: x + width, bottom: y + height)
    }
    for distance in stride(from: 10.0, through: 60, by: 10) {
      for shift in [0.0, -0.25, 0.25, -0.45, 0.45] {
        let x = frame.center.x - width / 2 + shift * width
        for box in [at(x, frame.bottom + distance), at(x, frame.top - distance - height)] {
          let fits = box.top >= top && box.bottom <= bottom + 40
          let isFree = !obstacles.contains { $0.intersects(box.grown(by: 2)) }
          if fits, isFree { return (box, distance > 10) }
        }
      }
    }
    return (at(frame.center.x - width / 2, bottom + 4), true)
  }
}

extension SVGLayout {
  typealias Point = (x: Double, y: Double)

  /// The shortest straight line between two boxes, one below the other, that runs through no other gate and no text;
  /// where there is none, the one that runs through least.
  fileprivate func leader(from frame: Box, to box: Box, of gate: String) -> (start: Point, end: Point) {
    let obstacles = groups.filter { $0.classes.hasPrefix("node") && $0.id != gate }.flatMap { group in
      group.classes.hasPrefix("node gate") ? group.boxes : group.boxesOfTexts
    }
    let (startY, endY) = box.top > frame.center.y ? (frame.bottom, box.top) : (frame.top, box.bottom)
    func places(_ middle: Double, _ left: Double, _ right: Double) -> [Double] {
      [max(left, min(middle, right))] + stride(from: left, through: right, by: 4)
    }
    var best: (start: Point, end: Point)?
    var least = (count: Int.max, length: Double.infinity)
    for start in places(frame.center.x, frame.left + 8, frame.right - 8) {
      for end in places(frame.center.x, box.left + 12, box.right - 12) {
        let line = (start: (x: start, y: startY), end: (x: end, y: endY))
        let length =
          ((end - start) * (end - start) + (endY - startY) * (endY - startY)).squareRoot() + 0.5
          * (start - frame.center.x).magnitude
        guard length < least.length || least.count > 0 else { continue }
        let parts = Group.boxes(along: [line.start, line.end]).map { $0.grown(by: 3) }
        let count = obstacles.count { obstacle in parts.contains { $0.intersects(obstacle) } }
        if (count, length) < least { (best, least) = (line, (count, length)) }
      }
    }
    return best ?? (frame.center, box.center)
  }
}

extension SVGLayout.Group {
  /// The boxes that its texts fill.
  fileprivate var boxesOfTexts: [Box] {
    var texts = self
    texts.lines.removeAll { !$0.hasPrefix("<text") }
    return texts.boxes
  }
}

extension RuleTable {
  /// The height of the box that it stands in.
  fileprivate var frameHeight: Int { rows.count * Self.rowHeight + 12 }

  /// The texts of the table, centred in a box; matrices have no place here.
  fileprivate func svg(in box: Box, _ theme: Theme) -> [String] {
    let columns = self.columns
    let start = box.center.x - Double(columns.reduce(0, +)) / 2
    var lines: [String] = []
    for (position, row) in rows.enumerated() {
      let y = box.top + 6 + Double((position + 1) * Self.rowHeight) - 4
      func add(_ text: Text, at x: Double) {
        lines.append(
          """
          <text class="rule" text-anchor="middle" x="\(number(x))" y="\(number(y))" \
          font-family="\(Theme.font)" font-size="\(Self.fontSize).00" \
          fill="\(theme.color(text.role).lowercased())">\(DOTText.escaped(text.text))</text>
          """)
      }
      switch row {
      case .product(let texts):
        var x = start
        for (text, column) in zip(texts, columns) {
          add(text, at: x + Double(column) / 2)
          x += Double(column)
        }
      case .line(let text), .matrix(let text, _): add(text, at: box.center.x)
      }
    }
    return lines
  }
}
