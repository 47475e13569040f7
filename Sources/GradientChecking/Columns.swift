internal import Gradients

/// The comparisons of one input while they come in, element by element.
struct Columns {
  private var elements: [Int] = []
  private var rows: [[Comparison]]

  /// Begins with what a report holds already.
  init(_ known: CheckReport.Input?, rowCount: Int) {
    rows = Array(repeating: [], count: rowCount)
    guard let known, !known.elements.isEmpty else { return }
    let count = known.elements.count
    add(rows.indices.map { Array(known.comparisons[($0 * count)..<(($0 + 1) * count)]) }, of: known.elements)
  }

  /// Those of `wanted` that have not come in.
  func missing(of wanted: [Int]) -> [Int] {
    guard !elements.isEmpty else { return wanted }
    let known = Set(elements)
    return wanted.filter { !known.contains($0) }
  }

  /// Takes in comparisons, row by row, of elements that were missing.
  mutating func add(_ fresh: [[Comparison]], of some: [Int]) {
    elements += some
    for row in rows.indices { rows[row] += fresh[row] }
  }

  /// What has come in of the wanted elements, in their order.
  func report(_ name: String, _ value: Tensor, _ wanted: [Int]) -> CheckReport.Input {
    if elements.elementsEqual(wanted.prefix(elements.count)) {
      return CheckReport.Input(
        name: name, value: value, elements: elements, comparisons: rows.flatMap(\.self))
    }
    let positions = Dictionary(zip(elements, elements.indices), uniquingKeysWith: { first, _ in first })
    let found = wanted.filter { positions[$0] != nil }
    return CheckReport.Input(
      name: name, value: value, elements: found,
      comparisons: rows.flatMap { row in found.compactMap { positions[$0].map { row[$0] } } })
  }
}
