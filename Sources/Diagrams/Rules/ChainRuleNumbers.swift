internal import Gradients

extension ChainRule {
  /// The numbers of the rule as they are printed.
  public struct Numbers: Sendable, Equatable, CustomStringConvertible {
    /// The three gradients.
    public let downstream, upstream, local: String
    /// `=` when the printed factors give the printed product, `≈` when they do only before rounding, `≠` when the gate
    /// hands down something else.
    public let sign: String
    /// How the local gradient comes out of the numbers, `exp(-1.00) = 0.37`; nil where the rule is a number itself, or
    /// has no formula.
    public let localSteps: String?
    /// How many decimals they are printed with.
    public let decimals: Int

    /// `-0.20 = -0.53 * 0.37`.
    public var description: String { "\(downstream) \(sign) \(upstream) * \(factor(local))" }

    private func factor(_ text: String) -> String { text.hasPrefix("-") ? "(\(text))" : text }
  }

  /// The numbers of the rule: with `decimals` decimals, or more, up to `most`, when the printed factors would not give
  /// the printed product; nil for tensors.
  public func numbers(decimals: Int = 2, most: Int = 5) -> Numbers? {
    guard let scalars else { return nil }
    let format = (decimals...max(decimals, most)).lazy.compactMap(scalars.fits).first
    return scalars.numbers(format ?? NumberFormat(decimals: decimals), isExact: format != nil)
  }
}

extension ChainRule.Scalars {
  /// The format, if the printed factors give the printed product.
  fileprivate func fits(decimals: Int) -> NumberFormat? {
    let format = NumberFormat(decimals: decimals)
    let product = format.shown(upstream) * format.shown(shownLocal(format))
    return format.text(product.withoutRounding) == format.text(downstream) ? format : nil
  }

  fileprivate func numbers(_ format: NumberFormat, isExact: Bool) -> ChainRule.Numbers {
    let isProduct =
      (upstream * local - downstream).magnitude <= 1e-9 * downstream.magnitude || !(upstream * local).isFinite
    return ChainRule.Numbers(
      downstream: format.text(downstream), upstream: format.text(upstream), local: localText(format),
      sign: !isProduct ? "\u{2260}" : isExact ? "=" : "\u{2248}", localSteps: localSteps(format),
      decimals: format.decimals)
  }

  /// The rule with its numbers put in.
  private func filled(_ format: NumberFormat) -> String? {
    fills(zip(operands, constants).map { $1 ?? format.text($0) }, format.text(output))
  }

  /// A number that stands in the rule, such as `-1`, is printed as it stands there.
  private func localText(_ format: NumberFormat) -> String {
    if let rule = filled(format), Double(rule) == local { return rule }
    return format.text(local)
  }

  private func shownLocal(_ format: NumberFormat) -> Double { Double(localText(format)) ?? local }

  /// The rule with its numbers put in, and what a reader who works it out gets.
  private func localSteps(_ format: NumberFormat) -> String? {
    guard let rule = filled(format), Double(rule) == nil else { return nil }
    let local = format.text(local)
    let isExact = Arithmetic.value(of: rule).map { format.text($0.withoutRounding) == local } ?? false
    return "\(rule) \(isExact ? "=" : "\u{2248}") \(local)"
  }
}

extension BranchSum {
  /// The sum in numbers, `4 + 2 = 6`, or with `≈` where the printed numbers do not add up; nil for tensors.
  public func numbers(decimals: Int = 2, most: Int = 5) -> String? {
    let values = parts.compactMap { $0.scalars?.downstream }
    guard let total, values.count == parts.count else { return nil }
    let texts = (decimals...max(decimals, most)).map { NumberFormat(decimals: $0).sum(values, total) }
    return texts.first { !$0.contains("\u{2248}") } ?? texts[0]
  }
}

extension ChainRules {
  /// How the numbers of a whole text or picture are printed: whole ones without decimals, others with two, or with more,
  /// up to four, where a printed product or sum would not be that of the printed numbers.
  func format(for numbers: [Double]) -> NumberFormat {
    let format = NumberFormat(
      numbers: numbers,
      products: rules.compactMap { rule in
        rule.scalars.map { NumberFormat.Product(factors: ($0.upstream, $0.local), result: $0.downstream) }
      })
    guard format.decimals > 0 else { return format }
    let decimals = (format.decimals...max(format.decimals, 4)).first { decimals in
      sums.allSatisfy { $0.numbers(decimals: decimals, most: decimals)?.contains("\u{2248}") != true }
    }
    return NumberFormat(decimals: decimals ?? format.decimals)
  }
}

extension NumberFormat {
  /// What a reader takes a printed number for.
  func shown(_ number: Double) -> Double { Double(text(number)) ?? number }
}

extension Double {
  /// The number without the rounding that the product of two short decimals picks up.
  var withoutRounding: Double { Double(NumberText.short(self, digits: 12)) ?? self }
}
