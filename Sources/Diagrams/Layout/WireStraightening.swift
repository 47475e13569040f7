internal import Gradients

/// Draws a wire that Graphviz bends as one straight line, where nothing stands in its way.
extension SVGLayout {
  mutating func straightenWires() {
    let bent = groups.indices.filter { position in
      groups[position].classes.hasPrefix("edge line")
        && groups[position].lines.first.map { Group.points(ofPath: $0).count > 2 } == true
    }
    guard !bent.isEmpty else { return }
    let obstacles = groups.filter { $0.classes.hasPrefix("node") }.compactMap { $0.box?.grown(by: 1) }
    for position in bent {
      let points = Group.points(ofPath: groups[position].lines[0])
      guard let start = points.first, let tip = groups[position].tip ?? points.last else { continue }
      // The ends of the wire touch what it connects.
      let line = Group.boxes(along: [start, tip]).dropFirst(3).dropLast(3)
      guard let around = Box(around: [start, tip]) else { continue }
      let isFree = !obstacles.contains { obstacle in
        obstacle.intersects(around) && line.contains { $0.intersects(obstacle) }
      }
      if isFree { groups[position].straighten(from: start, to: tip) }
    }
  }
}

extension SVGLayout.Group {
  /// The point of the arrow at the end of a line.
  fileprivate var tip: (x: Double, y: Double)? {
    guard lines.count > 1, lines[1].hasPrefix("<polygon") else { return nil }
    // Graphviz writes one corner of the base, the tip, the other corner.
    let points = Self.points(SVGLayout.attribute("points", of: lines[1]))
    return points.count > 2 ? points[1] : nil
  }

  fileprivate mutating func straighten(from start: (x: Double, y: Double), to tip: (x: Double, y: Double)) {
    let (dx, dy) = (tip.x - start.x, tip.y - start.y)
    let length = (dx * dx + dy * dy).squareRoot()
    guard length > 0 else { return }
    func text(_ x: Double, _ y: Double) -> String {
      "\(NumberText.fixed(x, decimals: 2)),\(NumberText.fixed(y, decimals: 2))"
    }
    var end = tip
    if self.tip != nil {
      // An arrow of the same size as the others, turned.
      let (ux, uy) = (dx / length, dy / length)
      let (size, half) = (6.0, 2.1)
      end = (tip.x - size * ux, tip.y - size * uy)
      let corners = [
        text(end.x - half * uy, end.y + half * ux), text(tip.x, tip.y),
        text(end.x + half * uy, end.y - half * ux),
      ]
      lines[1] = SVGLayout.setting(
        "points", to: (corners + [corners[0]]).joined(separator: " "), in: lines[1])
    }
    let path = "M\(text(start.x, start.y))L\(text(end.x, end.y))"
    lines[0] = SVGLayout.setting("d", to: path, in: lines[0])
  }
}
