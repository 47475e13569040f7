internal import Gradients

/// Numbers in rows, with commas, semicolons or blanks between them; `#` begins a comment.
enum CSVFile {
  /// A matrix; a vector when there is one row or one column, as numpy's `loadtxt` gives.
  static func tensor(_ bytes: [UInt8]) throws(DataError) -> Tensor {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw DataError("the file is not UTF-8 text")
    }
    var rows: [[Double]] = []
    var first: (line: Int, count: Int)?
    for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let content = line.prefix { $0 != "#" }
      guard content.contains(where: { !$0.isWhitespace && $0 != "\u{FEFF}" }) else { continue }
      var row: [Double] = []
      for (column, cell) in cells(content).enumerated() {
        guard let value = Double(cell) else {
          throw DataError(
            "line \(number + 1), column \(column + 1): '\(shortened(String(cell)))' is not a number")
        }
        row.append(value)
      }
      if let first, first.count != row.count {
        throw DataError(
          "line \(number + 1) has \(row.count) numbers, line \(first.line) has \(first.count)")
      }
      if first == nil { first = (number + 1, row.count) }
      rows.append(row)
    }
    guard let width = first?.count else { throw DataError("the file holds no numbers") }
    let elements = rows.flatMap { $0 }
    return rows.count == 1 || width == 1
      ? Tensor(elements) : Tensor(shape: Shape(rows.count, width), elements: elements)
  }

  private static func cells(_ line: Substring) -> [Substring] {
    let separator: Character? = line.contains(",") ? "," : line.contains(";") ? ";" : nil
    guard let separator else { return line.split(whereSeparator: \.isWhitespace) }
    return line.split(separator: separator, omittingEmptySubsequences: false).map { cell in
      let start = cell.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
      return start[
        ..<(start.lastIndex { !$0.isWhitespace }.map { start.index(after: $0) } ?? start.startIndex)]
    }
  }
}
