internal import Gradients

extension JacobianCheck {
  /// Decides the rows that are open at some elements, all of which are asked at once for what a stage needs.
  func settle(
    _ comparisons: inout [Comparison], _ part: Part, _ open: [(number: Int, element: Int)]
  ) throws {
    var open = open
    let center = probe.value(of: part.node).elements
    var lines = open.map { Line($0.element, of: part.node, at: center[$0.element]) }
    for stage in [StepLadder.Stage.middle, .whole, .farthest] where !open.isEmpty {
      if obstacle == nil, settings.method != .complex, stage < .farthest {
        try Line.ask(&lines, of: part.node, stage, probe)
      }
      var left: [Int] = []
      for (position, (number, element)) in open.enumerated() {
        let own = number * rows.count
        let claims = rows.indices.filter { comparisons[own + $0].verdict != .agree }
          .map { part.claim($0, element) }
        guard let settled = try settle(claims, &lines[position], upTo: stage) else {
          left.append(position)
          continue
        }
        for (claim, comparison) in zip(claims, settled) { comparisons[own + claim.row] = comparison }
      }
      (open, lines) = (left.map { open[$0] }, left.map { lines[$0] })
    }
  }
}
