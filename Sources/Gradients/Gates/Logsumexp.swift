internal import RealModule

/// The logarithm of the sum of exponentials along axes.
struct Logsumexp: ReductionGate {
  static let card = GateCard(
    name: "logsumexp", options: Axes.options,
    summary: "Computes log(sum(exp(x))) along axes without overflow.",
    localGradient: "dz/dx = softmax(x)", rules: [.local("exp(x - z)")])

  let axes: Axes

  func reduce<Number: AnalyticNumber>(_ x: [Number]) -> Number {
    let (largest, excess) = Self.parts(x)
    return largest + excess
  }

  /// The largest number, and by how much the result exceeds it, which is not lost where the largest one rules.
  static func parts<Number: AnalyticNumber>(_ x: [Number]) -> (largest: Number, excess: Number) {
    let largest = x.largestRealPart
    guard largest.isFinite, let position = x.firstIndex(where: { $0.realPart == largest }) else {
      return (Number(x.contains { $0.realPart.isNaN } ? .nan : largest), 0)
    }
    var others: Number = 0
    for i in x.indices where i != position { others += .exp(x[i] - x[position]) }
    return (x[position], .log(onePlus: others))
  }

  func slopes(_ x: [Double], _ z: Double) -> [Double] { Softmax(axes: axes).value(x) }
}

extension Variable {
  /// Computes log(sum(exp(x))) along axes without overflow.
  public static func logsumexp(
    _ x: Variable, axis: [Int]? = nil, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(Logsumexp(axes: Axes(axes: axis)), to: [x], file: file, line: line)
  }
}
