internal import Gradients

/// A stored diagram beside the present one: what differs, causes first, consequences counted.
public struct DiagramComparison: Sendable {
  /// What differs; empty when the two agree.
  public private(set) var differences: [DiagramDifference] = []
  /// The nodes of the stored diagram that differ or are gone, with whether each is a cause.
  public private(set) var markedInStored: [(node: String, isCause: Bool)] = []
  /// The nodes of the present diagram that differ or are new, with whether each is a cause.
  public private(set) var markedInPresent: [(node: String, isCause: Bool)] = []

  /// Compares two diagrams.
  ///
  /// - Parameters:
  ///   - stored: the diagram in the file.
  ///   - present: the diagram that the formula gives now.
  ///   - tolerance: how far apart two numbers may be, relative to the larger one; what rounding makes of the numbers
  ///     that they are computed from is let pass as well, unless it is 0.
  public init(stored: StoredDiagram, present: StoredDiagram, tolerance: Double = 1e-9) {
    var tracing = DifferenceTracing(stored.nodes, present.nodes, tolerance: tolerance)
    tracing.run()
    let order = DiagramDifference.Kind.allCases
    func rank(_ difference: DiagramDifference) -> Int { order.firstIndex(of: difference.kind) ?? 0 }
    differences = tracing.causes.enumerated().sorted { a, b in
      let (x, y) = (rank(a.element), rank(b.element))
      return x != y ? x < y : a.offset < b.offset
    }.map(\.element)
    differences += Self.style(stored.header.style, present.header.style)
    let (oldCauses, newCauses) = (Set(differences.map(\.storedNode)), Set(differences.map(\.node)))
    markedInStored = tracing.differingInStored.map { ($0, oldCauses.contains($0)) }
    markedInPresent = tracing.differingInPresent.map { ($0, newCauses.contains($0)) }
  }

  private static func style(_ stored: [String: String], _ present: [String: String]) -> [DiagramDifference] {
    StoredHeader.styleAttributes.filter { stored[$0] != present[$0] }.map { name in
      let (now, before) = (present[name] ?? "as usual", stored[name] ?? "as usual")
      return DiagramDifference(.style, "\(name.dropFirst("data_".count)): \(now), stored \(before)")
    }
  }
}
