/// The one place that prints numbers.
///
/// No locale reaches it.
public enum NumberText {
  /// The shortest text that reads back as the same number: `-4`, `0.1`, `1e-05`, `NaN`, `Infinity`.
  public static func exact(_ number: Double) -> String {
    special(number) ?? Digits(number).text
  }

  /// At most `digits` significant digits, without trailing zeros; at most as many as ``exact(_:)`` has.
  public static func short(_ number: Double, digits: Int = 6) -> String {
    special(number) ?? Digits(number).rounded(to: digits).text
  }

  /// As many decimals as asked for; a zero has no sign.
  public static func fixed(_ number: Double, decimals: Int) -> String {
    special(number) ?? Digits(number).fixed(decimals)
  }

  private static func special(_ number: Double) -> String? {
    if number.isNaN { return "NaN" }
    return number.isInfinite ? (number < 0 ? "-Infinity" : "Infinity") : nil
  }
}

/// A number in decimal: ± 0.d₁d₂d₃… × 10^`point`, the fewest digits that identify it.
private struct Digits {
  var isNegative: Bool
  var digits: [UInt8]
  var point: Int

  init(_ number: Double) {
    isNegative = number < 0
    digits = []
    point = 0
    var exponent = 0
    var seenPoint = false
    let parts = "\(number.magnitude)".split(separator: "e", maxSplits: 1)
    if parts.count == 2 { exponent = Int(parts[1]) ?? 0 }
    for character in parts[0].utf8 {
      if character == UInt8(ascii: ".") {
        seenPoint = true
      } else {
        digits.append(character - UInt8(ascii: "0"))
        if !seenPoint { point += 1 }
      }
    }
    point += exponent
    while digits.last == 0 { digits.removeLast() }
    let zeros = digits.prefix { $0 == 0 }.count
    digits.removeFirst(zeros)
    point -= zeros
    if digits.isEmpty { (isNegative, point) = (false, 0) }
  }

  /// Rounds half away from zero, as one does by hand on the digits that are shown.
  func rounded(to count: Int) -> Digits {
    guard digits.count > max(count, 0) else { return self }
    var result = self
    result.digits = Array(digits.prefix(max(count, 0)))
    if count >= 0, digits[count] >= 5 {
      var position = count - 1
      while position >= 0, result.digits[position] == 9 { position -= 1 }
      result.digits = Array(result.digits.prefix(position + 1))
      if position >= 0 {
        result.digits[position] += 1
      } else {
        result.digits = [1]
        result.point += 1
      }
    }
    while result.digits.last == 0 { result.digits.removeLast() }
    if result.digits.isEmpty { (result.isNegative, result.point) = (false, 0) }
    return result
  }

  func fixed(_ decimals: Int) -> String {
    let rounded = rounded(to: point + decimals)
    let whole = rounded.whole
    var text = rounded.isNegative ? "-" + whole : whole
    guard decimals > 0 else { return text }
    text += "."
    for place in 0..<decimals { text += "\(rounded.digit(at: rounded.point + place))" }
    return text
  }

  var text: String {
    let sign = isNegative ? "-" : ""
    if digits.isEmpty { return "0" }
    if point > 16 || point < -3 {
      let exponent = point - 1
      let rest = digits.dropFirst().map { "\($0)" }.joined()
      let power = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
      return "\(sign)\(digits[0])\(rest.isEmpty ? "" : "." + rest)e\(exponent < 0 ? "-" : "+")\(power)"
    }
    let decimals = (point..<max(point, digits.count)).map { "\(digit(at: $0))" }.joined()
    return sign + whole + (decimals.isEmpty ? "" : "." + decimals)
  }

  private var whole: String {
    point <= 0 ? "0" : (0..<point).map { "\(digit(at: $0))" }.joined()
  }

  private func digit(at position: Int) -> UInt8 {
    digits.indices.contains(position) ? digits[position] : 0
  }
}
