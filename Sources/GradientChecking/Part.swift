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
