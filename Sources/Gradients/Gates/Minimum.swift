/// The smaller of two numbers.
struct Minimum: PiecewiseBinaryGate, PlainGate {
  static let card = GateCard(
    name: "minimum", symbol: "min", operands: ["x", "y"],
    summary: "Takes the smaller of x and y, element by element.",
    localGradient: "1 for the smaller operand, 0 for the other", rules: [.local("x < y"), .local("y < x")],
    convention: "at a tie each operand gets half", pattern: .router)

  func value<Number: AnalyticNumber>(_ x: Number, _ y: Number) -> Number {
    x.realPart.isNaN || x.realPart < y.realPart ? x : y
  }
  func slopes(_ x: Double, _ y: Double, _ z: Double) -> (x: Double, y: Double) {
    x == y ? (0.5, 0.5) : x < y ? (1, 0) : (0, 1)
  }
}

extension Variable {
  /// Takes the smaller of x and y, element by element.
  public static func minimum(
    _ x: Variable, _ y: Variable, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(Minimum(), to: [x, y], file: file, line: line)
  }
}
