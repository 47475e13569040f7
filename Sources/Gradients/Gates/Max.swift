/// The largest element along axes.
struct Max: PiecewiseFoldGate {
  static let card = GateCard(
    name: "max", options: Axes.options, aliases: ["amax"],
    summary: "Takes the largest element along axes.",
    localGradient: "1 for the largest element, 0 for the others", rules: [.local("x == z")],
    convention: "elements that tie share the gradient evenly", pattern: .router)

  let axes: Axes

  static let start = -Double.infinity
  func fold<Number: AnalyticNumber>(_ largest: Number, _ x: Number) -> Number { Maximum().value(largest, x) }
  func slopes(_ x: [Double], _ z: Double) -> [Double] {
    let ties = Double(x.count { $0 == z })
    return x.map { $0 == z ? 1 / ties : 0 }
  }
}

extension Variable {
  /// Takes the largest element along axes.
  public static func max(
    _ x: Variable, axis: [Int]? = nil, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(Max(axes: Axes(axes: axis)), to: [x], file: file, line: line)
  }
}
