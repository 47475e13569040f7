/// What a check says of a gradient; the worse of two is the greater.
public enum Verdict: String, Sendable, Codable, Comparable, CaseIterable {
  /// The analytic and the numerical gradient are the same as far as can be told.
  case agree
  /// The evidence does not settle it.
  case undecided
  /// They differ by more than the evidence can explain.
  case disagree

  private var severity: Int {
    switch self {
    case .agree: 0
    case .undecided: 1
    case .disagree: 2
    }
  }

  /// Whether `a` is the better one.
  public static func < (a: Verdict, b: Verdict) -> Bool { a.severity < b.severity }
}

extension Sequence<Verdict> {
  /// The worst of them; agreement where there is none.
  public var worst: Verdict { self.max() ?? .agree }
}
