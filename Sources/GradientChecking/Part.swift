internal import Gradients

extension JacobianCheck {
  /// Some elements of a node, and its gradients that are compared there: one for each row.
  struct Part {
    let node: NodeID
    let gradients: [Tensor]
    /// The largest magnitude in each gradient.
    let largest: [Double]
    let elements: [Int]

    init(node: NodeID, gradients: [Tensor], elements: [Int]) {
      self.init(
        node: node, gradients: gradients, largest: gradients.map(\.largestMagnitude), elements: elements)
    }

    private init(node: NodeID, gradients: [Tensor], largest: [Double], elements: [Int]) {
      (self.node, self.gradients, self.largest, self.elements) = (node, gradients, largest, elements)
    }

    /// What is claimed of an element in one row.
    func claim(_ row: Int, _ element: Int) -> Claim {
      Claim(row: row, analytic: gradients[row].elements[element], largest: largest[row])
    }

    /// The comparisons while nothing is known: those of one element side by side.
    var open: [Comparison] {
      elements.flatMap { element in gradients.map { .undecided($0.elements[element], .resolution) } }
    }

    /// The part that holds the elements at the given positions.
    fileprivate func part(_ positions: Range<Int>) -> Part {
      positions == elements.indices
        ? self
        : Part(node: node, gradients: gradients, largest: largest, elements: Array(elements[positions]))
    }
  }
}

extension JacobianCheck {
  /// Compares as ``compare(_:)`` does, the comparisons of each part by themselves, row by row.
  ///
  /// - Throws: `StoppedCheck` between two batches, where one asks to stop.
  func compare(each parts: [Part]) throws -> [[[Comparison]]] {
    var columns: [[Comparison]] = parts.map { _ in [] }
    var batch = BatchSize(hasBlackBoxes: hasBlackBoxes)
    let count = parts.elementCount
    var done = 0
    while done < count {
      try settings.requireGoingOn()
      let end = min(done + batch.count, count)
      let some = parts.parts(done..<end)
      let compared = try batch.measure { try compare(some) }
      for (position, own) in compared.split(among: some, rowCount: rows.count).enumerated() {
        columns[position] += own
      }
      done = end
    }
    return zip(parts, columns).map { part, column in
      let own = column.transposed(rows.count)
      return rows.indices.map { Array(own[($0 * part.elements.count)..<(($0 + 1) * part.elements.count)]) }
    }
  }
}

extension [Comparison] {
  /// Those of each part, where the ones of one element stand side by side.
  func split(among parts: [JacobianCheck.Part], rowCount: Int) -> [ArraySlice<Comparison>] {
    var rest = self[...]
    return parts.map { part in
      let own = rest.prefix(part.elements.count * rowCount)
      rest = rest.dropFirst(own.count)
      return own
    }
  }
}

extension [JacobianCheck.Part] {
  /// How many elements there are in all.
  var elementCount: Int { reduce(0) { $0 + $1.elements.count } }

  /// As many parts that hold those elements alone whose positions, counted through all parts, lie in `range`.
  func parts(_ range: Range<Int>) -> [JacobianCheck.Part] {
    var start = 0
    return map { part in
      defer { start += part.elements.count }
      let positions = range.clamped(to: start..<start + part.elements.count)
      return part.part(positions.lowerBound - start..<positions.upperBound - start)
    }
  }
}
