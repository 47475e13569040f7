/// What a check has found so far.
struct Findings {
  /// The inputs, element by element.
  var inputs: [CheckReport.Input] = []
  /// All inputs at once.
  var joints: [CheckReport.Joint] = []
  /// The gradients derived by hand.
  var claims: [CheckReport.Claim] = []
  /// The gates by themselves.
  var gates: [CheckReport.Gate] = []
  /// How many times the function, or a gate, was computed beside the check of the function itself.
  var evaluationCount = 0

  /// Whether nothing is found that a look at the gates could explain.
  var isFine: Bool {
    inputs.allSatisfy { $0.verdict == .agree } && joints.allSatisfy { $0.verdict == .agree }
      && claims.allSatisfy { $0.verdict != .undecided }
  }

  /// Judges anew all numbers of the inputs and of the directions.
  mutating func judge(_ judgement: (Comparison) -> Comparison) {
    for position in inputs.indices {
      inputs[position].comparisons = inputs[position].comparisons.map(judgement)
    }
    for position in joints.indices {
      joints[position].comparisons = joints[position].comparisons.map(judgement)
    }
  }
}
