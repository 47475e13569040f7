/// The sum of the elements along axes.
struct Sum: ReductionGate {
  static let card = GateCard(
    name: "sum", options: Axes.options,
    summary: "Adds the elements along axes.",
    rules: [.local("1")], pattern: .distributor)

  let axes: Axes

  func reduce(_ x: [Double]) -> Double { x.reduce(0, +) }
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
