internal import RealModule

/// The cross entropy of softmax, the mean over a batch (CS231n notes, linear-classify).
struct SoftmaxLoss: BatchLoss {
  static let card = GateCard(
    name: "softmax_loss", operands: ["scores", "labels"], labels: [1],
    summary: "Takes the mean over rows of logsumexp(scores) - scores[label].",
    localGradient: "(softmax(scores) - onehot(labels)) / N")

  func loss<Number: AnalyticNumber>(_ scores: [Number], label: Int) -> Number {
    Logsumexp(axes: Axes()).reduce(scores) - scores[label]
  }

  func gradient(_ scores: [Double], label: Int) -> [Double] {
    var probabilities = Softmax(axes: Axes()).value(scores)
    probabilities[label] -= 1
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
