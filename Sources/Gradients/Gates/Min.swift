/// The smallest element along axes.
struct Min: PiecewiseFoldGate {
  static let card = GateCard(
    name: "min", options: Axes.options, aliases: ["amin"],
    summary: "Takes the smallest element along axes.",
    localGradient: "1 for the smallest element, 0 for the others", rules: [.local("x == z")],
    convention: "elements that tie share the gradient evenly", pattern: .router)

  let axes: Axes

  static let start = Double.infinity
  func fold<Number: AnalyticNumber>(_ smallest: Number, _ x: Number) -> Number {
    Minimum().value(smallest, x)
  }
  func slopes(_ x: [Double], _ z: Double) -> [Double] {
    let ties = Double(x.count { $0 == z })
    return x.map { $0 == z ? 1 / ties : 0 }
  }
}

extension Variable {
  /// Takes the smallest element along axes.
  public static func min(
    _ x: Variable, axis: [Int]? = nil, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(Min(axes: Axes(axes: axis)), to: [x], file: file, line: line)
  }
}
