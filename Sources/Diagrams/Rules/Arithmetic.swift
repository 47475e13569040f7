internal import Gradients

/// What a line of numbers gives when a reader works it out: `-1 / 1.37**2`.
///
/// It knows the signs of formulas and the elementwise gates of the catalogue, which is all that a rule with its numbers
/// filled in can hold.
struct Arithmetic {
  private var rest: Substring

  /// The value of a text; nil when it is more than numbers.
  static func value(of text: String) -> Double? {
    var arithmetic = Arithmetic(rest: text[...])
    guard let value = arithmetic.comparison(), arithmetic.peek == nil else { return nil }
    return value
  }

  private var peek: Character? { rest.first { $0 != " " } }

  private mutating func take(_ sign: String) -> Bool {
    let trimmed = rest.drop { $0 == " " }
    guard trimmed.hasPrefix(sign) else { return false }
    rest = trimmed.dropFirst(sign.count)
    return true
  }

  private mutating func comparison() -> Double? {
    guard let left = sum() else { return nil }
    let comparisons: [(String, (Double, Double) -> Bool)] = [
      ("==", { $0 == $1 }), ("!=", { $0 != $1 }), (">=", { $0 >= $1 }), ("<=", { $0 <= $1 }),
      (">", { $0 > $1 }),
      ("<", { $0 < $1 }),
    ]
    for (sign, holds) in comparisons where take(sign) {
      return sum().map { holds(left, $0) ? 1 : 0 }
    }
    return left
  }

  private mutating func sum() -> Double? {
    guard var value = product() else { return nil }
    while true {
      if take("+") {
        guard let term = product() else { return nil }
        value += term
      } else if take("-") {
        guard let term = product() else { return nil }
        value -= term
      } else {
        return value
      }
    }
  }

  private mutating func product() -> Double? {
    guard var value = factor() else { return nil }
    while true {
      if take("*") {
        guard let term = factor() else { return nil }
        value *= term
      } else if take("/") {
        guard let term = factor() else { return nil }
        value /= term
      } else {
        return value
      }
    }
  }

  private mutating func factor() -> Double? {
    if take("-") { return factor().map { -$0 } }
    guard let base = primary() else { return nil }
    guard take("**") else { return base }
    return factor().flatMap { gate("power", [base, $0]) }
  }

  private mutating func primary() -> Double? {
    if take("(") {
      let value = comparison()
      return take(")") ? value : nil
    }
    rest = rest.drop { $0 == " " }
    var length = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }.count
    // A power of ten goes on behind its sign: 1e-05.
    if rest.first?.isNumber == true, rest.prefix(length).last == "e" {
      length += 1 + rest.dropFirst(length + 1).prefix { $0.isNumber }.count
    }
    let word = rest.prefix(length)
    rest = rest.dropFirst(length)
    guard take("(") else { return word == "inf" ? .infinity : Double(word) }
    var arguments: [Double] = []
    repeat {
      guard let argument = comparison() else { return nil }
      arguments.append(argument)
    } while take(",")
    return take(")") ? gate(String(word), arguments) : nil
  }

  private func gate(_ name: String, _ arguments: [Double]) -> Double? {
    guard let type = GateCatalog.standard[name], type.card.operands.count == arguments.count,
      let gate = try? type.init(GateOptions()),
      let output = try? gate.output(at: arguments.map { Tensor($0) })
    else { return nil }
    return output.shape == .scalar ? output.elements[0] : nil
  }
}
