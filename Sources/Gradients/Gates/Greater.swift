/// A mask: 1 where one number is greater than another.
struct Greater: PiecewiseBinaryGate, PlainGate {
  static let card = GateCard(
    name: "greater", operands: ["x", "y"], infix: ">",
    summary: "Gives 1 where x is greater than y, and 0 elsewhere.",
    localGradient: "0", rules: [.local("0"), .local("0")],
    convention: "0 everywhere, the jump at x = y included")

  func value<Number: AnalyticNumber>(_ x: Number, _ y: Number) -> Number { x.realPart > y.realPart ? 1 : 0 }
  func slopes(_ x: Double, _ y: Double, _ z: Double) -> (x: Double, y: Double) { (0, 0) }
}
