internal import RealModule

/// The length of a vector.
struct Norm: ReductionGate {
  static let card = GateCard(
    name: "norm", options: Axes.options,
    summary: "Takes the square root of the sum of squares along axes.",
    rules: [.local("x / z")], convention: "0 where all elements are 0")

  let axes: Axes

  /// The largest element is factored out, so that no square overflows.
  func reduce<Number: AnalyticNumber>(_ x: [Number]) -> Number {
    let largest = x.lazy.map(\.realPart.magnitude).max() ?? 0
    guard largest > 0, largest.isFinite else {
      return x.reduce(Number(largest)) { $1.realPart.isNaN ? $1 : $0 }
    }
    let scale = Number(largest)
    return scale * .sqrt(x.reduce(0) { $0 + ($1 / scale) * ($1 / scale) })
  }

  func slopes(_ x: [Double], _ z: Double) -> [Double] { x.map { z == 0 ? 0 : $0 / z } }
}

extension Variable {
  /// Takes the square root of the sum of squares along axes.
  public static func norm(
    _ x: Variable, axis: [Int]? = nil, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(Norm(axes: Axes(axes: axis)), to: [x], file: file, line: line)
  }
}
