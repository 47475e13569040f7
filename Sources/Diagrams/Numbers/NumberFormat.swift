internal import Gradients

/// How the numbers of one picture are printed: all with the same number of decimals.
struct NumberFormat: Sendable, Equatable {
  let decimals: Int

  /// The products that a reader can work out from the picture: what a gate hands down is one factor times the other.
  struct Product {
    let factors: (Double, Double)
    let result: Double
  }

  init(decimals: Int) {
    self.decimals = decimals
  }

  /// Whole numbers have no decimals; numbers that end soon have as many as they need; others have two, or more when
  /// the products of the printed numbers would not be the printed products.
  init(numbers: [Double], products: [Product]) {
    let finite = numbers.filter { $0.isFinite && $0.magnitude < 1e6 }
    func isExact(_ decimals: Int) -> Bool {
      finite.allSatisfy { number in
        (Self.rounded(number, decimals) - number).magnitude <= 1e-12 * max(1, number.magnitude)
      }
    }
    if isExact(0) {
      decimals = 0
    } else if let enough = (1...3).first(where: isExact) {
      decimals = max(2, enough)
    } else {
      decimals =
        (2...4).first { decimals in
          products.allSatisfy { product in
            let shown = Self.rounded(product.factors.0, decimals) * Self.rounded(product.factors.1, decimals)
            return Self.rounded(shown, decimals) == Self.rounded(product.result, decimals)
          }
        } ?? 4
    }
  }

  /// Parts and their sum, joined by a sign that says whether the printed numbers add up.
  func sum(_ parts: [Double], _ total: Double) -> String {
    var text = self.text(parts[0])
    for part in parts.dropFirst().map(self.text) {
      text += part.hasPrefix("-") ? " - \(part.dropFirst())" : " + \(part)"
    }
    let shown = parts.reduce(0) { $0 + Self.rounded($1, decimals) }
    let isExact = Self.rounded(shown, decimals) == Self.rounded(total, decimals)
    return "\(text) \(isExact ? "=" : "\u{2248}") \(self.text(total))"
  }

  /// A number as the picture shows it; very large and very small ones in powers of ten.
  func text(_ number: Double) -> String {
    guard number.magnitude < 1e6 else { return NumberText.short(number, digits: 3) }
    let text = NumberText.fixed(number, decimals: decimals)
    let isTiny = number != 0 && !text.utf8.contains { (UInt8(ascii: "1")...UInt8(ascii: "9")).contains($0) }
    return isTiny ? NumberText.short(number, digits: 3) : text
  }

  private static func rounded(_ number: Double, _ decimals: Int) -> Double {
    Double(NumberText.fixed(number, decimals: decimals)) ?? number
  }
}
