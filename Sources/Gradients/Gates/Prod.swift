/// The product of the elements along axes.
struct Prod: FoldGate {
  static let card = GateCard(
    name: "prod", options: Axes.options,
    summary: "Multiplies the elements along axes.",
    localGradient: "dz/dx = the product of the other elements", rules: [.local("z / x")])

  let axes: Axes

  static let start = 1.0
  func fold<Number: AnalyticNumber>(_ product: Number, _ x: Number) -> Number { product * x }

  /// By products from both ends: dividing z by x would fail at a zero.
  func slopes(_ x: [Double], _ z: Double) -> [Double] {
    var slopes = Array(repeating: 1.0, count: x.count)
    var product = 1.0
    for i in x.indices {
      slopes[i] = product
      product *= x[i]
    }
    product = 1
    for i in x.indices.reversed() {
      slopes[i] *= product
      product *= x[i]
    }
    return slopes
  }
}

extension Variable {
  /// Multiplies the elements along axes.
  public static func prod(
    _ x: Variable, axis: [Int]? = nil, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(Prod(axes: Axes(axes: axis)), to: [x], file: file, line: line)
  }
}
