internal import RealModule

/// The mean of the elements along axes.
struct Mean: FoldGate {
  static let card = GateCard(
    name: "mean", options: Axes.options,
    summary: "Takes the mean of the elements along axes.",
    rules: [.local("1 / n")], pattern: .distributor)

  let axes: Axes

  static let start = 0.0
  func fold<Number: AnalyticNumber>(_ sum: Number, _ x: Number) -> Number { sum + x }
  func finish<Number: AnalyticNumber>(_ sum: Number, count: Int) -> Number { sum / Number(Double(count)) }
  func slopes(_ x: [Double], _ z: Double) -> [Double] { x.map { _ in 1 / Double(x.count) } }
}

extension Variable {
  /// Takes the mean of the elements along axes.
  public static func mean(
    _ x: Variable, axis: [Int]? = nil, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(Mean(axes: Axes(axes: axis)), to: [x], file: file, line: line)
  }
}
