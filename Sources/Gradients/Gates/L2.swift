/// The lecture's L2 gate: the sum of the squares of all elements.
struct L2: FoldGate {
  static let card = GateCard(
    name: "L2", summary: "Sums the squares of all elements.", rules: [.local("2 * x")])

  let axes: Axes

  init(axes: Axes) {
    self.axes = Axes()
  }

  static let start = 0.0
  func fold<Number: AnalyticNumber>(_ sum: Number, _ x: Number) -> Number { sum + x * x }
  func slopes(_ x: [Double], _ z: Double) -> [Double] { x.map { 2 * $0 } }
}

extension Variable {
  /// Sums the squares of all elements.
  public static func l2(_ x: Variable) -> Variable {
    .apply(L2(axes: Axes()), to: [x])
  }
}
