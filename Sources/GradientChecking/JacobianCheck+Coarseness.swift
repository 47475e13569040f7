internal import Gradients

extension JacobianCheck {
  /// Whether the function rounds to single precision somewhere inside, seen as it answers moves far below that.
  ///
  /// There what was cast stands still and the rest moves, so the fine steps alone look smooth, and have another slope. Who
  /// is asked are programs: the gates of this one do no such thing.
  func looksCoarse(_ nodes: [NodeID]) -> Bool {
    let values = nodes.map { probe.value(of: $0) }
    let directions = nodes.indices.map { moved in
      Direction(
        weights: nodes.indices.map { position in
          let value = values[position]
          return (
            nodes[position],
            Tensor(shape: value.shape, elements: value.elements.map { position == moved ? $0 : 0 })
          )
        })
    }
    // In multiples of the numbers themselves; where the larger two are not in proportion, the function bends.
    let distances = [0x1p-34, 0x1p-12, 0x1p-11]
    guard let moved = try? probe.values(of: rows, along: directions, at: distances) else { return false }
    return directions.indices.contains { number in
      rows.indices.contains { row in
        let target = target(row)
        let changes = distances.indices.map {
          moved[(number * distances.count + $0) * rows.count + row] - target.value
        }
        guard changes.allSatisfy(\.isFinite), changes[1] != 0,
          (changes[2] - 2 * changes[1]).magnitude <= 0.125 * changes[1].magnitude
        else { return false }
        let expected = changes[1] * (distances[0] / distances[1])
        return (changes[0] - expected).magnitude > 0.125 * expected.magnitude + 4 * target.rounding
      }
    }
  }
}
