internal import Gradients

extension JacobianCheck {
  /// Decides the rows that are open at some elements, all of which are asked at once for what a stage needs.
  func settle(
    _ comparisons: inout [[Comparison?]], _ gradients: [Tensor], _ largest: [Double], _ node: NodeID,
    _ open: [(position: Int, element: Int)]
  ) throws {
    var open = open
    let center = probe.value(of: node).elements
    var lines = open.map { Line($0.element, of: node, at: center[$0.element]) }
    for stage in [StepLadder.Stage.middle, .whole, .farthest] where !open.isEmpty {
      if obstacle == nil, settings.method != .complex, stage < .farthest {
        try Line.ask(&lines, of: node, stage, probe)
      }
      var left: [Int] = []
      for (number, (position, element)) in open.enumerated() {
        let claims = rows.indices.filter { comparisons[$0][position] == nil }.map {
          Claim(row: $0, analytic: gradients[$0].elements[element], largest: largest[$0])
        }
        guard let settled = try settle(claims, &lines[number], upTo: stage) else {
          left.append(number)
          continue
        }
        for (claim, comparison) in zip(claims, settled) { comparisons[claim.row][position] = comparison }
      }
      (open, lines) = (left.map { open[$0] }, left.map { lines[$0] })
    }
  }
}
