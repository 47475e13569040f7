public import Gradients

/// What a check found, element by element.
public struct CheckReport: Sendable {
  /// The output of the function.
  public struct Output: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// Its value.
    public let value: Tensor
  }

  /// The gradient with respect to one input.
  public struct Input: Sendable {
    /// The input's name.
    public let name: String
    /// Where it was checked.
    public let value: Tensor
    /// The elements that were checked, in order.
    public let elements: [Int]
    /// For each of ``CheckReport/rows``, a comparison for each of ``elements``, one row after the other.
    public internal(set) var comparisons: [Comparison]

    /// The worst verdict of its elements.
    public var verdict: Verdict { comparisons.lazy.map(\.verdict).worst }
    /// Whether some elements were left out.
    public var isSampled: Bool { elements.count < value.shape.count }
  }

  /// The derivative along a direction that moves all inputs at once.
  public struct Joint: Sendable {
    /// Which direction: `ones`, `random 1` ….
    public let name: String
    /// One for each of ``CheckReport/rows``.
    public internal(set) var comparisons: [Comparison]

    /// The worst verdict of its rows.
    public var verdict: Verdict { comparisons.lazy.map(\.verdict).worst }
  }

  /// One gate, its backward pass against its own forward pass.
  public struct Gate: Sendable, Equatable {
    /// Its place in the graph.
    public let node: NodeID
    /// Its name.
    public let name: String
    /// The text it stems from.
    public let label: String
    /// Where that text stands.
    public let place: Graph.Place?
    /// The worst verdict of its operands.
    public let verdict: Verdict
    /// The position of the operand with that verdict, unless all agree.
    public let operand: Int?
    /// What is wrong, unless all agree.
    public let message: String?
    /// What explains it.
    public let diagnosis: Diagnosis?
    /// The worst number of the backward pass, where a number is what disagrees.
    public let analytic: Double?
    /// The finite difference beside it.
    public let numerical: Double?
    /// Whether a sample was asked for, and some elements of an operand stand for the rest of it.
    public let isSampled: Bool
  }

  /// A gradient derived by hand.
  public struct Claim: Sendable {
    /// The value that is differentiated.
    public let of: String
    /// With respect to this one.
    public let withRespectTo: String
    /// Where the claim stands.
    public let place: Graph.Place?
    /// One for each element of the value that it is differentiated to; empty when the shapes differ.
    public internal(set) var comparisons: [Comparison] {
      didSet { verdict = comparisons.map(\.verdict).worst }
    }
    /// The shape of the value that it is differentiated to.
    public let shape: Shape
    /// The worst verdict of its elements; disagree when the shapes differ.
    public private(set) var verdict: Verdict
    /// What is wrong, where the numbers do not say it.
    public internal(set) var message: String?
    /// What explains it.
    public internal(set) var diagnosis: Diagnosis?
  }

  /// What must be the same in reports that belong together.
  public struct Settings: Sendable, Equatable {
    /// How far apart the two gradients may be, relative to the larger one, beyond what the evidence is off.
    public let tolerance: Double
    /// How numerical gradients were found.
    public let method: CheckMethod
    /// The seed of everything that was drawn.
    public let seed: UInt64
    /// How many elements of each input were to be checked; all without it.
    public let sample: Int?
  }

  /// One of several runs that check a part of the elements each.
  public struct Shard: Sendable, Equatable {
    /// Its number, counted from 1.
    public let number: Int
    /// How many there are.
    public let count: Int

    /// Makes the shard `number` of `count`; nil unless the number is one of 1 to `count`.
    public init?(_ number: Int, of count: Int) {
      guard count > 0, (1...count).contains(number) else { return nil }
      (self.number, self.count) = (number, count)
    }
  }

  /// The text of the function.
  public let function: String
  /// Its output.
  public let output: Output
  /// The numbers made of the output whose gradients were checked.
  public let rows: [OutputRow]
  /// The gradient with respect to each input.
  public var inputs: [Input]
  /// The derivatives along directions that move all inputs at once, whatever was found of each element.
  let directions: [Joint]
  /// Each gate on its own.
  public let gates: [Gate]
  /// The gradients derived by hand.
  public let claims: [Claim]
  /// The settings that decided.
  public let settings: Settings
  /// The seed of everything that was drawn.
  public var seed: UInt64 { settings.seed }
  /// Which part of the elements was checked, if not all.
  public var shards: [Shard]
  /// Whether the check was stopped before its end.
  public var isPartial: Bool
  /// How many times the function, or one of its gates by itself, was computed.
  public var evaluationCount: Int
  /// How long it took.
  public var seconds: Double

  /// The derivatives along directions that move all inputs at once.
  ///
  /// They add nothing where an element alone is wrong, or where nothing can be said of the function.
  public var joints: [Joint] {
    let isSilent = inputs.contains { input in
      input.comparisons.contains { $0.verdict == .disagree || $0.isOfNoFunction }
    }
    return isSilent || !output.value.elements.contains(where: \.isFinite) ? [] : directions
  }

  /// The worst verdict of all inputs, directions, gates and claims; undecided where nothing disagrees and the check
  /// was stopped before its end, or parts that were to be merged are missing.
  public var verdict: Verdict {
    let verdicts = [
      inputs.lazy.map(\.verdict).worst, joints.lazy.map(\.verdict).worst, gates.lazy.map(\.verdict).worst,
      claims.lazy.map(\.verdict).worst,
    ]
    // A function of no numbers is right, unless it is no number itself.
    let isNowhere = inputs.allSatisfy(\.comparisons.isEmpty) && !output.value.elements.allSatisfy(\.isFinite)
    return max(verdicts.worst, isPartial || shards.count > 1 || isNowhere ? .undecided : .agree)
  }

  /// The gates that are wrong.
  public var blame: [Gate] { gates.filter { $0.verdict == .disagree } }

  /// What it can mean that the gradients of the whole are wrong though every gate agrees on its own; nil otherwise.
  public var discord: String? {
    let isWrong = inputs.contains { $0.verdict == .disagree } || joints.contains { $0.verdict == .disagree }
    guard isWrong, !gates.isEmpty, gates.allSatisfy({ $0.verdict == .agree }) else { return nil }
    return """
      every gate agrees on its own, so the fault lies between them: a value that is used several times may be given \
      one of its gradients and not their sum (= where += belongs), a gate may be wired to another operand than its \
      backward pass takes, or claim another gradient in this function than alone
      """
  }
}

extension Shape {
  /// The position along each axis of the element at `offset` in row-major order.
  func index(of offset: Int) -> [Int] {
    zip(extents, strides).map { extent, stride in offset / stride % extent }
  }

  /// The offset in row-major order of the element at an index.
  func offset(of index: [Int]) -> Int { zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 } }
}

extension [Int] {
  /// An index as it is written behind a name; nothing for a scalar.
  var bracketed: String { isEmpty ? "" : "[\(map(String.init).joined(separator: ", "))]" }
}

extension CheckReport.Input {
  /// The positions in ``comparisons``, the worst first: by verdict, then by relative error.
  public var worstFirst: [Int] { comparisons.worstFirst }

  /// For each element the position of its worst comparison, the worst element first.
  var worstOfEachElement: [Int] {
    var seen: Set<Int> = []
    return worstFirst.filter { seen.insert(position(of: $0).element).inserted }
  }

  /// Which element a comparison is of: its row, and the element of the input.
  func position(of comparison: Int) -> (row: Int, element: Int) {
    (comparison / elements.count, elements[comparison % elements.count])
  }
}

extension Comparison {
  /// Whether what was asked is no function, so that it has no derivative either.
  fileprivate var isOfNoFunction: Bool { reason == .nondeterministic || reason == .changesOperands }
}

extension [Comparison] {
  /// The positions, the worst first: by verdict, then by relative error; equals stay in order.
  var worstFirst: [Int] {
    func rank(_ error: Double) -> Double { error.isNaN ? .infinity : error }
    let errors = map { rank($0.relativeError) }
    return indices.sorted { a, b in
      let (x, y) = (self[a], self[b])
      if x.verdict != y.verdict { return x.verdict > y.verdict }
      return errors[a] != errors[b] ? errors[a] > errors[b] : a < b
    }
  }
}
