/// The multiclass hinge loss with margin one, the mean over a batch (CS231n notes, linear-classify).
struct SvmLoss: BatchLoss, PiecewiseTensorGate {
  static let card = GateCard(
    name: "svm_loss", operands: ["scores", "labels"], labels: [1],
    summary:
      "Takes the mean over rows of the sum of max(0, score - scores[label] + 1) over the other classes.",
    localGradient: "1 / N for each class inside the margin, minus their count / N for the label",
    convention: "0 where a margin is exactly 0")

  func loss<Number: AnalyticNumber>(_ scores: [Number], label: Int) -> Number {
    let right = scores[label]
    return scores.reduce(-1) { $0 + Relu().value($1 - right + 1) }
  }

  func gradient(_ scores: [Double], label: Int) -> [Double] {
    let right = scores[label]
    var gradient = scores.map { $0 - right + 1 > 0 ? 1.0 : 0 }
    gradient[label] = 0
    gradient[label] = -gradient.reduce(0, +)
    return gradient
  }

  /// Which scores are inside the margin of their row's label.
  func branches(_ operands: [Tensor]) -> [Int] {
    let classes = operands[0].shape.extents.last ?? 1
    return operands[0].elements.enumerated().map { position, score in
      let label = operands[1].elements[position / classes]
      guard let label = Int(exactly: label), (0..<classes).contains(label) else { return -1 }
      let margin = score - operands[0].elements[position / classes * classes + label] + 1
      return margin > 0 ? 1 : margin < 0 ? -1 : 0
    }
  }
}

extension Variable {
  /// Takes the mean over rows of the sum of max(0, score - scores[label] + 1) over the other classes.
  public static func svmLoss(
    _ scores: Variable, _ labels: Variable, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(SvmLoss(), to: [scores, labels], file: file, line: line)
  }
}
