/// The sum of the elements along axes.
struct Sum: FoldGate {
  static let card = GateCard(
    name: "sum", options: Axes.options,
    summary: "Adds the elements along axes.",
    rules: [.local("1")], pattern: .distributor)

  let axes: Axes

  static let start = 0.0
  func fold<Number: AnalyticNumber>(_ sum: Number, _ x: Number) -> Number { sum + x }
  func slopes(_ x: [Double], _ z: Double) -> [Double] { x.map { _ in 1 } }
}

extension Variable {
  /// Adds the elements along axes.
  public static func sum(
    _ x: Variable, axis: [Int]? = nil, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(Sum(axes: Axes(axes: axis)), to: [x], file: file, line: line)
  }
}
