internal import RealModule

/// The exponentials along an axis, scaled to the sum one.
struct Softmax: AxisGate {
  static let card = GateCard(
    name: "softmax", options: [.init("axis", "the axis; the last one without it")],
    summary: "Turns scores along an axis into probabilities.",
    localGradient: "dz_i/dx_j = z_i ((i = j) - z_j)",
    rules: [.whole("z * (dz - sum(z * dz, axis=axis, keepdims=True))")])

  static let reduces = false

  let axes: Axes

  init(axes: Axes) {
    self.axes = axes.axes == nil ? Axes(axes: [-1]) : axes
  }

  func value<Number: AnalyticNumber>(_ x: [Number]) -> [Number] {
    let largest = Number(x.largestRealPart)
    let exponentials = x.map { Number.exp($0 - largest) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
  }

  func gradient(_ upstream: [Double], _ x: [Double], _ z: [Double]) -> [Double] {
    let mean = zip(upstream, z).reduce(0) { $0 + $1.0 * $1.1 }
    return zip(upstream, z).map { $1 * ($0 - mean) }
  }
}

extension Variable {
  /// Turns scores along an axis into probabilities.
  public static func softmax(
    _ x: Variable, axis: [Int]? = nil, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(Softmax(axes: Axes(axes: axis)), to: [x], file: file, line: line)
  }
}
