internal import Gradients

extension JacobianCheck {
  /// What one or two pairs of values show of each element in each row: those of one element stand side by side.
  ///
  /// Where they do not show an agreement, the verdict is open: undecided.
  func lookQuickly(_ parts: [Part]) throws(GateError) -> [Comparison] {
    let targets = rows.indices.map(target)
    func look(_ row: Int, _ part: Part) -> QuickLook {
      QuickLook(targets[row], tolerance: settings.tolerance, largest: part.largest[row])
    }
    var slots: [Int] = []
    slots.reserveCapacity(parts.elementCount)
    for part in parts {
      let first = probe.slot(of: part.node)
      for element in part.elements { slots.append(first + element) }
    }
    let first = try Pairs(rows, probe, at: slots, step: QuickLook.fine)
    var comparisons: [Comparison] = []
    comparisons.reserveCapacity(parts.elementCount * rows.count)
    // Those that are open, and those of them where nothing moves.
    var (open, still): ([(number: Int, part: Part)], [(number: Int, part: Part)]) = ([], [])
    for part in parts {
      for element in part.elements {
        let number = comparisons.count / rows.count
        var isOpen = false
        var isStill = true
        for row in rows.indices {
          let claimed = part.gradients[row].elements[element]
          let pair = first[number, row]
          if let comparison = look(row, part).agreement(claimed, pair) {
            comparisons.append(comparison)
          } else {
            comparisons.append(.undecided(claimed, .resolution))
            isOpen = true
            if claimed != 0 || !pair.isFlat(at: targets[row].value, within: targets[row].rounding) {
              isStill = false
            }
          }
        }
        if isOpen { if isStill { still.append((number, part)) } else { open.append((number, part)) } }
      }
    }
    func settle(_ number: Int, _ comparison: (_ row: Int) -> Comparison?) {
      for row in rows.indices where comparisons[number * rows.count + row].verdict != .agree {
        if let comparison = comparison(row) { comparisons[number * rows.count + row] = comparison }
      }
    }
    func agreement(
      _ number: Int, _ part: Part, _ row: Int, _ coarse: Sample, _ fine: Sample,
      sharpness: Double = QuickLook.sharpness
    ) -> Comparison? {
      look(row, part).agreement(
        comparisons[number * rows.count + row].analytic, coarse, fine, sharpness: sharpness)
    }
    let second = try Pairs(rows, probe, at: open.map { slots[$0.number] }, step: QuickLook.coarse)
    var blurred: [(number: Int, part: Part)] = []
    for (position, (number, part)) in open.enumerated() {
      settle(number) { row in agreement(number, part, row, second[position, row], first[number, row]) }
      let isBlurred = rows.indices.allSatisfy { row in
        agreement(number, part, row, second[position, row], first[number, row], sharpness: QuickLook.blur)
          != nil
      }
      let left = rows.indices.filter { comparisons[number * rows.count + $0].verdict != .agree }
      let isStill = left.allSatisfy { row in
        comparisons[number * rows.count + row].analytic == 0
          && first[number, row].isFlat(at: targets[row].value, within: targets[row].rounding)
      }
      if left.isEmpty { continue }
      if isStill { still.append((number, part)) } else if isBlurred { blurred.append((number, part)) }
    }
    // A gradient of zero, and a function that does not move: it must not move far out either.
    let far = try Pairs(rows, probe, at: still.map { slots[$0.number] }, step: QuickLook.far)
    for (position, (number, part)) in still.enumerated() {
      settle(number) { row in look(row, part).stillness(far[position, row]) }
    }
    // Nothing speaks against these but the rounding, which matters less to wider steps.
    let blurredSlots = blurred.map { slots[$0.number] }
    let wide = try Pairs(rows, probe, at: blurredSlots, step: QuickLook.widest)
    let middle = try Pairs(rows, probe, at: blurredSlots, step: QuickLook.wide)
    for (position, (number, part)) in blurred.enumerated() {
      settle(number) { row in agreement(number, part, row, wide[position, row], middle[position, row]) }
    }
    return comparisons
  }

  /// The agreement of all rows along each direction, where two pairs of values show it.
  func glance(_ claims: [[Claim]], _ directions: [Direction]) throws(GateError) -> [[Comparison]?] {
    let (coarse, fine) = (QuickLook.coarse, QuickLook.fine)
    let points = [coarse, -coarse, fine, -fine]
    let moved = try probe.values(of: rows, along: directions, at: points)
    return directions.indices.map { number in
      var comparisons: [Comparison] = []
      for claim in claims[number] {
        func pair(_ first: Int, _ step: Double) -> Sample {
          func side(_ point: Int) -> (x: Double, value: Double) {
            (points[point], moved[(number * points.count + point) * rows.count + claim.row])
          }
          return Sample(step: step, above: side(first), below: side(first + 1))
        }
        let look = QuickLook(target(claim.row), tolerance: settings.tolerance, largest: claim.largest)
        guard let comparison = look.agreement(claim.analytic, pair(0, coarse), pair(2, fine)) else {
          return nil
        }
        comparisons.append(comparison)
      }
      return comparisons
    }
  }
}
