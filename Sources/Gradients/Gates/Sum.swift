/// The sum of the elements along axes.
struct Sum: ReductionGate {
  static let card = GateCard(
    name: "sum", options: Axes.options,
    summary: "Adds the elements along axes.",
    localGradient: "dz/dx = 1", pattern: .distributor)

  let axes: Axes

  func reduce(_ x: [Double]) -> Double { x.reduce(0, +) }
  func slopes(_ x: [Double], _ z: Double) -> [Double] { x.map { _ in 1 } }
}
