/// Rows of text in columns: the first column and the last are flush left, the numbers between them flush right.
struct TextTable {
  private var rows: [[String]]

  init(_ header: [String]) {
    rows = [header]
  }

  /// The number of rows under the header.
  var count: Int { rows.count - 1 }

  var columnCount: Int { rows[0].count }

  mutating func add(_ row: [String]) {
    rows.append(row)
  }

  /// Adds a line that no column is as wide as.
  mutating func add(heading: String) {
    rows.append([heading])
  }

  /// The lines, each row followed by its note.
  func lines(notes: [Int: String] = [:]) -> [String] {
    let last = rows[0].count - 1
    let cells = rows.filter { $0.count > 1 }
    let widths = rows[0].indices.map { column in cells.map { $0[column].columns }.max() ?? 0 }
    return rows.enumerated().map { position, row in
      guard row.count > 1 else { return row[0] }
      let cells = row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.columns)
        return column == 0 ? cell + padding : column == last ? cell : padding + cell
      }
      let note = notes[position - 1].map { "  " + $0 } ?? ""
      var line = cells.joined(separator: "  ") + note
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}

extension String {
  /// How many columns of a terminal it takes: Chinese, Japanese and Korean letters, and pictures, are two wide.
  var columns: Int { reduce(0) { $0 + ($1.isWide ? 2 : 1) } }
}

extension Character {
  /// East Asian width W or F of Unicode's annex 11, by its blocks.
  private static let wideBlocks: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
    0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
  ]

  fileprivate var isWide: Bool {
    guard let scalar = unicodeScalars.first, scalar.value >= 0x1100 else { return false }
    return Self.wideBlocks.contains { $0.contains(scalar.value) }
  }
}
