internal import Gradients

/// The analytic gradients of an output, row by row, put beside numerical ones.
///
/// A *row* is the gradient of one number made of the output: of one element while there are few, of sums with
/// random signs where there are many.
struct JacobianCheck: ~Copyable {
  /// Up to this many elements of the output have a row each.
  static let largestRowCount = 64

  /// The weights of the output's elements in each row.
  let rows: [Tensor]

  private let output: NodeID
  private let tolerance: Double
  private let method = CentralDifference()
  private var analytic: Evaluation
  private var probe: Probe

  /// Computes `graph` at `inputs`.
  ///
  /// - Throws: `GateError` when a gate has no output there.
  init(
    _ graph: Graph, inputs: [String: Tensor], output: NodeID, rows: [Tensor], tolerance: Double
  ) throws {
    var analytic = try Evaluation(graph, inputs: inputs)
    try analytic.forward()
    let probe = try Probe(graph, inputs: inputs)
    self.output = output
    self.tolerance = tolerance
    self.rows = rows
    self.analytic = analytic
    self.probe = probe
  }

  /// How many times the function was computed to find numerical gradients.
  var evaluationCount: Int { probe.evaluationCount }

  /// The value of a node.
  func value(of node: NodeID) -> Tensor { analytic.value(of: node) }

  /// The analytic gradient of each row with respect to each of `nodes`.
  ///
  /// - Throws: `GateError` when a backward pass fails.
  mutating func gradients(of nodes: [NodeID]) throws(GateError) -> [NodeID: [Tensor]] {
    var gradients: [NodeID: [Tensor]] = [:]
    for row in rows {
      try analytic.backward(from: output, upstream: row)
      for node in nodes { gradients[node, default: []].append(analytic.gradient(of: node)) }
    }
    return gradients
  }

  /// Compares `gradients`, one for each row, with the numerical ones, at the given elements of `node`.
  ///
  /// The result holds the elements of the first row, then those of the second, and so on.
  mutating func compare(
    _ gradients: [Tensor], of node: NodeID, elements: some Collection<Int>
  ) throws(GateError) -> [Comparison] {
    var comparisons: [[Comparison]] = Array(repeating: [], count: rows.count)
    let batch = 64
    var rest = elements[...]
    while !rest.isEmpty {
      let some = Array(rest.prefix(batch))
      rest = rest.dropFirst(batch)
      for (element, column) in zip(some, try columns(gradients, of: node, at: some)) {
        var column = column
        if column.contains(where: { $0.verdict != .agree || $0.reason != nil }) {
          column = try columns(gradients, of: node, at: [element], thorough: true)[0]
        }
        for (row, comparison) in column.enumerated() { comparisons[row].append(comparison) }
      }
    }
    return comparisons.flatMap { $0 }
  }

  /// For each element, its comparison in every row.
  private mutating func columns(
    _ gradients: [Tensor], of node: NodeID, at elements: [Int], thorough: Bool = false
  ) throws(GateError) -> [[Comparison]] {
    let center = probe.value(of: node)
    let value = probe.value(of: output)
    let steps = elements.map { method.steps(at: center.elements[$0], thorough: thorough) }
    var moves: [(element: Int, to: Double)] = []
    for (element, steps) in zip(elements, steps) {
      let x = center.elements[element]
      for step in steps { moves += [(element, x - step), (element, x + step)] }
    }
    let outputs = try probe.outputs(output, moving: node, moves)
    var start = 0
    var columns: [[Comparison]] = []
    for (element, steps) in zip(elements, steps) {
      let range = start..<start + 2 * steps.count
      start = range.upperBound
      columns.append(
        rows.indices.map { row in
          let weights = rows[row].elements
          let samples = stride(from: range.lowerBound, to: range.upperBound, by: 2).map { i in
            Sample(
              below: (moves[i].to, weighted(outputs[i], weights)),
              above: (moves[i + 1].to, weighted(outputs[i + 1], weights)))
          }
          let center = (x: center.elements[element], value: weighted(value.elements, weights))
          return Comparison(
            analytic: gradients[row].elements[element], value: center.value,
            estimate: method.estimate(at: center.x, value: center.value, samples: samples),
            tolerance: tolerance)
        })
    }
    return columns
  }

  /// The rows that make up the check of an output of the given shape.
  static func rows(for shape: Shape, seed: UInt64) -> [Tensor] {
    guard shape.count > largestRowCount else {
      return (0..<shape.count).map { element in
        var row = Tensor(repeating: 0, shape: shape)
        row.elements[element] = 1
        return row
      }
    }
    var random = SplitMix64(seed: seed)
    return (0..<4).map { _ in
      Tensor(shape: shape, elements: (0..<shape.count).map { _ in random.next() & 1 == 0 ? 1 : -1 })
    }
  }
}

/// The sum of the elements that a row asks for; what it does not ask for does not count, not even when it is NaN.
private func weighted(_ elements: [Double], _ weights: [Double]) -> Double {
  var sum = 0.0
  for (element, weight) in zip(elements, weights) where weight != 0 { sum += weight * element }
  return sum
}
