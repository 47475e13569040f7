/// What is known of a gate without running it: the language, the diagrams, the checker and the gate reference read it.
public struct GateCard: Sendable {
  /// What a gate does to the gradient that passes back through it, in the lecture's words.
  public enum Pattern: String, Sendable {
    /// Hands the upstream gradient to every operand (add).
    case distributor
    /// Hands the upstream gradient to the operand that was chosen (max).
    case router
    /// Scales the upstream gradient by the other operand (multiply).
    case switcher
  }

  /// The name in formulas and reports.
  public let name: String
  /// The text inside the gate in a diagram.
  public let symbol: String
  /// The names of the operands, in order; the last one repeats when the gate is variadic.
  public let operands: [String]
  /// Whether the gate takes one operand or more, all alike.
  public let isVariadic: Bool
  /// Positions of the operands that hold labels, indices or masks, and so have no gradient; in a variadic gate the
  /// last one stands for all that follow.
  public let labels: [Int]
  /// What can be chosen beside the operands, such as an axis.
  public let options: [Option]
  /// The operator between two operands.
  public let infix: String?
  /// The operator before one operand.
  public let prefix: String?
  /// Other names that formulas may use.
  public let aliases: [String]
  /// What the gate computes, in one sentence.
  public let summary: String
  /// The local gradient as a textbook writes it.
  public let localGradient: String
  /// How the gradient of each operand is worked out, in the syntax of formulas.
  ///
  /// There is none where formulas cannot say it; the last one repeats when the gate is variadic.
  public let rules: [LocalRule]
  /// Where tests draw each operand from.
  public let domain: ClosedRange<Double>
  /// Where the local gradient jumps; empty for a smooth gate.
  public let kinks: [Double]
  /// Which gradient is given where there is more than one, or none.
  public let convention: String?
  /// What the gate does to gradients, where the lecture has a word for it.
  public let pattern: Pattern?

  /// One thing that can be chosen beside the operands.
  public struct Option: Sendable {
    /// The name in formulas.
    public let name: String
    /// What it chooses, and its default.
    public let summary: String

    /// Makes the option `name`.
    public init(_ name: String, _ summary: String) {
      self.name = name
      self.summary = summary
    }
  }

  /// Makes a card; what a gate does not have is left out.
  ///
  /// The local gradient is written from the rules, where no other words are given.
  public init(
    name: String, symbol: String? = nil, operands: [String] = ["x"], isVariadic: Bool = false,
    labels: [Int] = [], options: [Option] = [], infix: String? = nil, prefix: String? = nil,
    aliases: [String] = [], summary: String, localGradient: String? = nil, rules: [LocalRule] = [],
    domain: ClosedRange<Double> = -2...2, kinks: [Double] = [], convention: String? = nil,
    pattern: Pattern? = nil
  ) {
    self.name = name
    self.symbol = symbol ?? infix ?? name
    self.operands = operands
    self.isVariadic = isVariadic
    self.labels = labels
    self.options = options
    self.infix = infix
    self.prefix = prefix
    self.aliases = aliases
    self.summary = summary
    self.localGradient = localGradient ?? Self.text(rules, operands)
    self.rules = rules
    self.domain = domain
    self.kinks = kinks
    self.convention = convention
    self.pattern = pattern
  }
}

extension GateCard {
  /// Whether the operand at `position` holds labels, indices or masks, and so has no gradient.
  public func isLabel(_ position: Int) -> Bool {
    labels.contains(position) || (isVariadic && labels.contains { $0 < position })
  }
}

extension GateCard {
  /// The rules in one line: `dz/dx = y, dz/dy = x`.
  private static func text(_ rules: [LocalRule], _ operands: [String]) -> String {
    zip(operands, rules).map { operand, rule in
      switch rule {
      case .local(let text): "dz/d\(operand) = \(text)"
      case .whole: "dL/d\(operand) = \(rule.filled { $0 == "dz" ? "dL/dz" : nil })"
      }
    }.joined(separator: ", ")
  }
}
