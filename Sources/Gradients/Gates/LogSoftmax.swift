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
    let (largest, excess) = Logsumexp.parts(x)
    return x.map { $0 - largest - excess }
  }

  func gradient(_ upstream: [Double], _ x: [Double], _ z: [Double]) -> [Double] {
    // Each upstream gradient apart from the others: neither is lost beside the other where z is nearly 0.
    zip(zip(upstream, upstream.sumsOfOthers), z).map { -$0.0 * .expMinusOne($1) - $0.1 * .exp($1) }
  }
}

extension [Double] {
  /// For each number the sum of the others, which is not the difference from the sum of all where that cancels.
  fileprivate var sumsOfOthers: [Double] {
    var sums = Array(repeating: 0.0, count: count)
    var sum = 0.0
    for i in indices {
      sums[i] = sum
      sum += self[i]
    }
    sum = 0
    for i in indices.reversed() {
      sums[i] += sum
      sum += self[i]
    }
    return sums
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
