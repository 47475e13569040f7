internal import Gradients

/// The comparisons of one input while they come in, element by element.
struct Columns {
  private var elements: [Int] = []
  /// Those of one element stand side by side: one for each row.
  private var comparisons: [Comparison] = []
  private let rowCount: Int

  /// Begins with what a report holds already.
  init(_ known: CheckReport.Input?, rowCount: Int) {
    self.rowCount = rowCount
    guard let known else { return }
    elements = known.elements
    comparisons = elements.indices.flatMap { position in
      (0..<rowCount).map { known.comparisons[$0 * known.elements.count + position] }
    }
  }

  /// Those of `wanted` that have not come in.
  func missing(of wanted: [Int]) -> [Int] {
    guard !elements.isEmpty else { return wanted }
    let known = Set(elements)
    return wanted.filter { !known.contains($0) }
  }

  /// Takes in comparisons, element by element, of elements that were missing.
  mutating func add(_ fresh: ArraySlice<Comparison>, of some: [Int]) {
    if elements.isEmpty { elements = some } else { elements += some }
    comparisons += fresh
  }

  /// What has come in of the wanted elements, in their order.
  func report(_ name: String, _ value: Tensor, _ wanted: [Int]) -> CheckReport.Input {
    guard !elements.elementsEqual(wanted.prefix(elements.count)) else {
      return CheckReport.Input(
        name: name, value: value, elements: elements, comparisons: comparisons.transposed(rowCount))
    }
    let positions = Dictionary(zip(elements, elements.indices), uniquingKeysWith: { first, _ in first })
    let found = wanted.compactMap { element in positions[element].map { (element, $0) } }
    return CheckReport.Input(
      name: name, value: value, elements: found.map(\.0),
      comparisons: found.flatMap { comparisons[($0.1 * rowCount)..<(($0.1 + 1) * rowCount)] }
        .transposed(rowCount))
  }
}

extension [Comparison] {
  /// Row by row what stands here element by element.
  func transposed(_ rowCount: Int) -> [Comparison] {
    rowCount == 1
      ? self : (0..<rowCount).flatMap { row in stride(from: row, to: count, by: rowCount).map { self[$0] } }
  }
}
