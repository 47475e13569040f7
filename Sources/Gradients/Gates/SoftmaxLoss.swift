internal import BLAS
internal import RealModule

/// The cross entropy of softmax, the mean over a batch (CS231n notes, linear-classify).
struct SoftmaxLoss: BatchLoss, BlockGate {
  static let card = GateCard(
    name: "softmax_loss", operands: ["scores", "labels"], labels: [1],
    summary: "Takes the mean over rows of logsumexp(scores) - scores[label].",
    localGradient: "(softmax(scores) - onehot(labels)) / N")

  func loss<Number: AnalyticNumber>(_ scores: [Number], label: Int) -> Number {
    let (largest, excess) = Logsumexp.parts(scores)
    return largest - scores[label] + excess
  }

  func reach(of block: Block, in position: Int, operands: [Shape], output: Shape) -> Block { Block(output) }

  func work(_ operands: [Shape]) -> Int { 16 * operands[0].count }

  func forward(_ values: inout MutableSpan<Double>, at site: Site) throws(GateError) {
    try forward(&values, at: site, change: Change(site))
  }

  /// All lanes go side by side.
  func forward(_ values: inout MutableSpan<Double>, at site: Site, change: Change) throws(GateError) {
    let (scores, labels, lanes) = (site.operands[0], site.operands[1], site.lanes)
    let classCount = scores.shape.extents.last ?? 1
    var sums = ContiguousArray(repeating: 0.0, count: lanes)
    var (largest, excess) = (sums, sums)
    for row in 0..<labels.shape.count {
      let start = scores.start + row * classCount * lanes
      logsumexpLanes(start, in: values.span, count: classCount, largest: &largest, excess: &excess)
      var label = 0
      let (largest, excess) = (largest.span, excess.span)
      var sums = sums.mutableSpan
      for lane in 0..<lanes {
        // Labels that nothing moves are the same in every lane.
        if lane == 0 || change.operands[1] != nil {
          label = try self.label(values[labels.start + row * lanes + lane], row, of: classCount)
        }
        sums[lane] += largest[lane] - values[start + label * lanes + lane] + excess[lane]
      }
    }
    for lane in 0..<lanes { values[site.output.start + lane] = sums[lane] / Double(labels.shape.count) }
  }

  func gradient(_ scores: [Double], label: Int) -> [Double] {
    var probabilities = Softmax(axes: Axes()).value(scores)
    // One less, as the sum of the others: it is not lost where the label is certain.
    probabilities[label] = 0
    probabilities[label] = -probabilities.reduce(0, +)
    return probabilities
  }
}

extension Variable {
  /// Takes the mean over rows of logsumexp(scores) - scores[label].
  public static func softmaxLoss(
    _ scores: Variable, _ labels: Variable, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(SoftmaxLoss(), to: [scores, labels], file: file, line: line)
  }
}
