/// How wide text is in Helvetica.
///
/// Graphviz measures with the same table when it has no fonts, so the places it computes can be worked out again.
enum TextWidth {
  /// The advance of each printable ASCII character in thousandths of the font size, from the space on (Adobe's font
  /// metrics for Helvetica).
  private static let ascii: [Int] = [
    278, 278, 355, 556, 556, 889, 667, 221, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778,
    722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278,
    278, 278, 469, 556, 222, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
  ]

  /// The width Graphviz finds, in points; nil for text that it measures byte by byte.
  static func measured(_ text: String, size: Double) -> Double? {
    var thousandths = 0
    for scalar in text.unicodeScalars {
      switch scalar {
      case " "..."~": thousandths += ascii[Int(scalar.value) - 32]
      case "\u{2248}": thousandths += 834
      default: return nil
      }
    }
    return Double(thousandths) * size / 1000
  }

  /// The width of a cell that holds the text in any usual font, in points: some are wider than Helvetica, and what is
  /// not ASCII Graphviz measures byte by byte.
  static func cell(_ text: String, size: Int) -> Int {
    var thousandths = 0
    for scalar in text.unicodeScalars {
      thousandths +=
        scalar.isASCII && scalar.value >= 32
        ? ascii[min(Int(scalar.value) - 32, 94)] : 840 * UTF8.width(scalar)
    }
    return (thousandths * size * 115 + 99_999) / 100_000
  }
}

/// A text short enough to be drawn.
func drawn(_ text: String, limit: Int = 24) -> String {
  text.count <= limit ? text : text.prefix(limit - 3) + "..."
}
