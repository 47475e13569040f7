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

  /// The lines, each row followed by its note.
  func lines(notes: [Int: String] = [:]) -> [String] {
    let last = rows[0].count - 1
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.enumerated().map { position, row in
      let cells = row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : column == last ? cell : padding + cell
      }
      let note = notes[position - 1].map { "  " + $0 } ?? ""
      var line = cells.joined(separator: "  ") + note
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
