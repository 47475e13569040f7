/// The one place that prints numbers.
///
/// No locale reaches it.
public enum NumberText {
  /// The shortest text that reads back as the same number: `-4`, `0.1`, `1e-05`, `NaN`, `Infinity`.
  public static func exact(_ number: Double) -> String {
    if let text = special(number) { return text }
    // Where no power of ten is written, Swift writes the same digits, with a zero behind the point of a whole number.
    guard number.magnitude >= 1e-4, number.magnitude < 1e15 else {
      return Digits(number).text(largestPoint: 16)
    }
    let text = number.description
    return text.utf8.suffix(2).elementsEqual(".0".utf8) ? String(text.dropLast(2)) : text
  }

  /// At most `digits` significant digits, without trailing zeros; at most as many as ``exact(_:)`` has.
  ///
  /// From a million on it is a power of ten, `1.23457e+08`: zeros in front of the point would look like digits.
  public static func short(_ number: Double, digits: Int = 6) -> String {
    special(number) ?? Digits(number).rounded(to: digits).text(largestPoint: 6)
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
  /// The digits as one whole number, without zeros at its end; at most 17 of them.
  var significand: UInt64 = 0
  var count = 0
  var point = 0

  init(_ number: Double) {
    isNegative = number < 0
    var zeros = 0
    var (isWhole, isExponent, isDown) = (true, false, false)
    var exponent = 0
    for byte in number.magnitude.description.utf8 {
      switch byte {
      case UInt8(ascii: "."): isWhole = false
      case UInt8(ascii: "e"): isExponent = true
      case UInt8(ascii: "-"): isDown = true
      case UInt8(ascii: "+"): break
      case let byte where isExponent: exponent = 10 * exponent + Int(byte - UInt8(ascii: "0"))
      default:
        if isWhole { point += 1 }
        if byte == UInt8(ascii: "0") {
          // In front of all others a zero is none of the digits; behind them it may be.
          if count == 0 { point -= 1 } else { zeros += 1 }
        } else {
          significand = significand * Self.power(zeros + 1) + UInt64(byte - UInt8(ascii: "0"))
          count += zeros + 1
          zeros = 0
        }
      }
    }
    point = count == 0 ? 0 : point + (isDown ? -exponent : exponent)
    if count == 0 { isNegative = false }
  }

  /// 10 to a power from 0 to 19.
  private static func power(_ exponent: Int) -> UInt64 {
    var power: UInt64 = 1
    for _ in 0..<exponent { power *= 10 }
    return power
  }

  /// Rounds half away from zero, as one does by hand on the digits that are shown.
  func rounded(to places: Int) -> Digits {
    guard count > max(places, 0) else { return self }
    var result = self
    (result.significand, result.count) = (0, 0)
    if places >= 0 {
      let unit = Self.power(count - places)
      let (whole, rest) = significand.quotientAndRemainder(dividingBy: unit)
      result.significand = rest >= unit / 2 ? whole + 1 : whole
      result.count = places
      if result.significand == Self.power(places) {
        // All nines, or no digit at all: one digit more, in front.
        (result.significand, result.count, result.point) = (1, 1, point + 1)
      }
      while result.count > 0, result.significand % 10 == 0 {
        result.significand /= 10
        result.count -= 1
      }
    }
    if result.count == 0 { (result.isNegative, result.point) = (false, 0) }
    return result
  }

  func fixed(_ decimals: Int) -> String {
    let rounded = rounded(to: point + decimals)
    let sign = rounded.isNegative ? "-" : ""
    let (whole, rest) = rounded.parts(decimals)
    return decimals > 0 ? "\(sign)\(whole).\(rest)" : sign + whole
  }

  /// The digits in front of the point and so many behind it, of a number that has no more.
  private func parts(_ decimals: Int) -> (whole: String, rest: String) {
    let shift = max(point, 0) + decimals - count + min(point, 0)
    if max(point, 0) + decimals < 19, count == 0 || shift >= 0 {
      let all = count == 0 ? 0 : significand * Self.power(shift)
      let (whole, rest) = all.quotientAndRemainder(dividingBy: Self.power(decimals))
      let text = String(rest)
      return (String(whole), Self.zeros(decimals - text.utf8.count) + text)
    }
    let digits = Self.zeros(-point) + String(significand)
    let whole = digits.prefix(max(point, 0))
    let rest = digits.dropFirst(max(point, 0)).prefix(decimals)
    return (
      point <= 0 ? "0" : whole + Self.zeros(point - whole.utf8.count),
      rest + Self.zeros(decimals - rest.utf8.count)
    )
  }

  private static func zeros(_ count: Int) -> String { String(repeating: "0", count: max(count, 0)) }

  /// The fewest characters that say it; a power of ten where more digits than that stand in front of the point, or four
  /// zeros behind it.
  func text(largestPoint: Int) -> String {
    guard count > 0 else { return "0" }
    let sign = isNegative ? "-" : ""
    if point > largestPoint || point < -3 {
      let digits = String(significand)
      let exponent = point - 1
      let power = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
      let rest = count > 1 ? "." + digits.dropFirst() : ""
      return "\(sign)\(digits.prefix(1))\(rest)e\(exponent < 0 ? "-" : "+")\(power)"
    }
    return fixed(max(count - point, 0))
  }
}
