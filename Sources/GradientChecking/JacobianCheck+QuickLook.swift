internal import Gradients

extension JacobianCheck {
  /// Settles, in place, the elements that one or two pairs of values settle.
  func lookQuickly(
    _ comparisons: inout [[Comparison?]], _ gradients: [Tensor], _ largest: [Double], _ node: NodeID,
    _ elements: [Int]
  ) throws(GateError) {
    let center = probe.value(of: node).elements
    let values = rows.map { $0.value(probe.value.elements) }
    let roundings = rows.map { 2 * .ulpOfOne * $0.magnitude(probe.value.elements) }
    let looks = largest.map { QuickLook(tolerance: settings.tolerance, largest: $0) }
    func pairs(_ positions: [Int], _ step: Double) throws(GateError) -> Pairs {
      try Pairs(rows, probe, of: node, elements: positions.map { elements[$0] }, center, step: step)
    }

    let first = try pairs(Array(elements.indices), QuickLook.fine)
    var open: [Int] = []
    var still: [Int] = []
    for (position, element) in elements.enumerated() {
      var isOpen = false
      var isStill = true
      for row in rows.indices {
        let claimed = gradients[row].elements[element]
        let comparison = looks[row].agreement(claimed, value: values[row], first[position, row])
        comparisons[row][position] = comparison
        if comparison == nil {
          isOpen = true
          if claimed != 0 || !first[position, row].isFlat(at: values[row], within: roundings[row]) {
            isStill = false
          }
        }
      }
      if isOpen { if isStill { still.append(position) } else { open.append(position) } }
    }
    // A gradient of zero, and a function that does not move: it must not move far out either.
    let far = try pairs(still, QuickLook.far)
    for (number, position) in still.enumerated() {
      for row in rows.indices where comparisons[row][position] == nil {
        comparisons[row][position] = looks[row].stillness(
          far[number, row], at: values[row], rounding: roundings[row])
      }
    }
    let second = try pairs(open, QuickLook.coarse)
    for (number, position) in open.enumerated() {
      for row in rows.indices where comparisons[row][position] == nil {
        comparisons[row][position] = looks[row].agreement(
          gradients[row].elements[elements[position]], value: values[row], second[number, row],
          first[position, row])
      }
    }
  }

  /// The agreement of all rows along a line, if two pairs of values show it.
  func glance(_ claims: [Claim], _ line: Line) throws(GateError) -> [Comparison]? {
    let (coarse, fine) = (QuickLook.coarse, QuickLook.fine)
    let points = [line.x + coarse, line.x - coarse, line.x + fine, line.x - fine]
    let answers = try probe.answers(along: line.path, at: points)
    var comparisons: [Comparison] = []
    for claim in claims {
      let row = rows[claim.row]
      let beside = RowsBeside([row], probe.value)
      func pair(_ first: Int, _ step: Double) -> Sample {
        Sample(
          step: step, above: (points[first], beside.values(of: answers[first].outputs)[0]),
          below: (points[first + 1], beside.values(of: answers[first + 1].outputs)[0]))
      }
      let look = QuickLook(tolerance: settings.tolerance, largest: claim.largest)
      guard
        let comparison = look.agreement(
          claim.analytic, value: row.value(probe.value.elements), pair(0, coarse), pair(2, fine))
      else { return nil }
      comparisons.append(comparison)
    }
    return comparisons
  }
}
