internal import RealModule

/// The logarithm of softmax, stable where its probabilities vanish.
struct LogSoftmax: AxisGate {
  static let card = GateCard(
    name: "log_softmax", options: [.init("axis", "the axis; the last one without it")],
    summary: "Computes log(softmax(x)) along an axis without overflow.",
    localGradient: "dz_i/dx_j = (i = j) - softmax(x)_j",
    rules: [.whole("dz - exp(z) * sum(dz, axis=axis, keepdims=True)")])

  static let reduces = false

  let axes: Axes

  init(axes: Axes) {
    self.axes = axes.axes == nil ? Axes(axes: [-1]) : axes
  }

  func value<Number: AnalyticNumber>(_ x: [Number]) -> [Number] {
    let largest = Number(x.largestRealPart)
    let logarithm = Number.log(x.reduce(0) { $0 + .exp($1 - largest) })
    return x.map { $0 - largest - logarithm }
  }

  func gradient(_ upstream: [Double], _ x: [Double], _ z: [Double]) -> [Double] {
    let sum = upstream.reduce(0, +)
    return zip(upstream, z).map { $0 - sum * .exp($1) }
  }
}

extension Variable {
  /// Computes log(softmax(x)) along an axis without overflow.
  public static func logSoftmax(
    _ x: Variable, axis: [Int]? = nil, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(LogSoftmax(axes: Axes(axes: axis)), to: [x], file: file, line: line)
  }
}
