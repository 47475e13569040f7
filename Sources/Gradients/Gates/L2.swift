/// The lecture's L2 gate: the sum of the squares of all elements.
struct L2: ReductionGate {
  static let card = GateCard(
    name: "L2", summary: "Sums the squares of all elements.", rules: [.local("2 * x")])

  let axes: Axes

  init(axes: Axes) {
    self.axes = Axes()
  }

  func reduce(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 } }
  func slopes(_ x: [Double], _ z: Double) -> [Double] { x.map { 2 * $0 } }
}

extension Variable {
  /// Sums the squares of all elements.
  public static func l2(_ x: Variable) -> Variable {
    .apply(L2(axes: Axes()), to: [x])
  }
}
