internal import Gradients

/// The label of a wire: the value above, the gradient below.
///
/// The wire itself is the border of a table's cells, between the two. Every cell has a fixed size, so no font moves
/// anything.
struct WireLabel {
  var name: String?
  var shape: Shape = .scalar
  var value: Content?
  var gradient: Content?
  /// Whether the gradient stands out, for a claim about it that is wrong.
  var isMarked = false
  /// Whether a wire comes in from the left.
  var hasSource = true

  /// What stands above or below a wire.
  enum Content {
    case line(String)
    /// Rows in brackets.
    case matrix([[String]])
    /// What is said of a tensor too large to be written out.
    case summary([String])

    /// A map of colours, row by row, and what is said of it.
    case heatMap([[String]], [String])

    /// What a tensor is written as, or drawn as when it is too large for that and two colours are given for its least
    /// and its greatest number.
    init(_ tensor: Tensor, _ format: NumberFormat, heatMap colors: (String, String)? = nil) {
      let extents = tensor.shape.extents
      if tensor.shape.rank == 0 {
        self = .line(format.text(tensor.elements[0]))
      } else if tensor.shape.rank <= 2, tensor.shape.count > 0, extents.allSatisfy({ $0 <= 6 }) {
        let width = tensor.shape.rank == 1 ? 1 : extents[1]
        let texts = tensor.elements.map(format.text)
        self = .matrix((0..<extents[0]).map { row in Array(texts[row * width..<(row + 1) * width]) })
      } else if tensor.shape.count == 0 {
        self = .summary(["no elements"])
      } else {
        let summary = TensorText.Summary(tensor)
        let lines = [
          "\(NumberText.short(summary.least, digits: 3)) to \(NumberText.short(summary.greatest, digits: 3))",
          "norm \(NumberText.short(summary.norm, digits: 4))",
        ]
        self = colors.map { .heatMap(HeatMap(tensor).colors(from: $0.0, to: $0.1), lines) } ?? .summary(lines)
      }
    }

    var height: Int {
      switch self {
      case .line: 19
      case .matrix(let rows): 18 * rows.count + 4
      case .summary(let lines): 15 * lines.count + 4
      case .heatMap(let rows, let lines): HeatMap.cellSize * rows.count + 15 * lines.count + 8
      }
    }

    var width: Int {
      switch self {
      case .line(let text): max(50, TextWidth.cell(text, size: 14) + 8)
      case .matrix(let rows): rows[0].indices.map { columnWidth($0, rows) }.reduce(0, +) + 22
      case .summary(let lines), .heatMap(_, let lines):
        max((lines.map { TextWidth.cell($0, size: 12) }.max() ?? 0) + 10, mapWidth)
      }
    }

    private var mapWidth: Int {
      guard case .heatMap(let rows, _) = self else { return 0 }
      return (rows.first?.count ?? 0) * HeatMap.cellSize + 8
    }

    private func columnWidth(_ column: Int, _ rows: [[String]]) -> Int {
      max(24, (rows.map { TextWidth.cell($0[column], size: 14) }.max() ?? 0) + 10)
    }

    /// The HTML-like text; in italics where the theme tells gradients apart by them.
    func html(_ color: String, slants: Bool = false) -> String {
      func styled(_ text: String, size: Int? = nil) -> String {
        font(text, color, size: size, isItalic: slants)
      }
      func rows(_ lines: [String]) -> [String] {
        lines.map { "<TR>\(cell(width - 4, 15, text: styled($0, size: 12)))</TR>" }
      }
      switch self {
      case .line(let text): return styled(text)
      case .summary(let lines): return table(rows(lines))
      case .heatMap(let colors, let lines):
        let map = colors.map { row in
          let cells = row.map { cell(HeatMap.cellSize, HeatMap.cellSize, "BGCOLOR=\"\($0)\"") }
          return "<TR>\(cells.joined())</TR>"
        }
        let height = colors.count * HeatMap.cellSize
        let picture = cell(width - 4, height + 4, text: table(map, fixedSize(mapWidth - 8, height)))
        return table(["<TR>\(picture)</TR>"] + rows(lines))
      case .matrix(let rows):
        let inner = rows.count * 18
        // Of a fixed size, or it would spread in a wider cell.
        return table(
          rows.enumerated().map { position, row in
            let cells = row.enumerated().map { column, text in
              cell(columnWidth(column, rows), 18, text: styled(text))
            }
            guard position == 0 else { return "<TR>\(cells.joined())</TR>" }
            let bracket = "ROWSPAN=\"\(rows.count)\" BORDER=\"1\" COLOR=\"\(color)\""
            let left = cell(5, inner, "\(bracket) SIDES=\"LTB\"")
            let right = cell(5, inner, "\(bracket) SIDES=\"RTB\"")
            return "<TR>\(left)\(cells.joined())\(right)</TR>"
          }, fixedSize(width - 12, inner))
      }
    }
  }

  /// The HTML-like label.
  func html(_ theme: Theme) -> String {
    let width = [value?.width, gradient?.width].compactMap { $0 }.max() ?? 50
    let above = max(value?.height ?? 19, name != nil && shape.rank > 0 ? 34 : 19)
    let below = gradient?.height ?? 19
    let wire = "BORDER=\"1\" SIDES=\"B\" COLOR=\"\(theme.ink)\""
    // Where no wire comes in, the name stands before the wire; else the wire runs under it.
    var columns = [(cell(4, above, wire + " PORT=\"i\""), cell(4, below))]
    if let name {
      let nameWidth =
        max(TextWidth.cell(drawn(name), size: 14), shape.rank > 0 ? TextWidth.cell(shapeText, size: 10) : 0)
        + 8
      let border = hasSource ? wire : "BORDER=\"0\""
      let text = cell(
        nameWidth, above, border + " VALIGN=\"BOTTOM\"", text: nameHTML(name, nameWidth, above, theme))
      columns.insert((text, cell(nameWidth, below)), at: hasSource ? 1 : 0)
    }
    let aboveText = value?.html(theme.forward) ?? ""
    let belowText = gradient?.html(theme.gradient, slants: theme.slantsGradients) ?? ""
    let frame =
      isMarked
      ? " BORDER=\"1\" STYLE=\"DASHED\" COLOR=\"\(theme.failure)\" BGCOLOR=\"\(theme.failurePaper)\"" : ""
    columns.append(
      (
        cell(width, above, wire + " VALIGN=\"BOTTOM\"", text: aboveText),
        cell(width, below, "VALIGN=\"TOP\"" + frame, text: belowText)
      ))
    columns.append((cell(4, above, wire + " PORT=\"o\""), cell(4, below)))
    let rows = [columns.map(\.0), columns.map(\.1)].map { "<TR>\($0.joined())</TR>" }
    return "<\(table(rows))>"
  }

  private var shapeText: String { "[\(TensorText.shape(shape))]" }

  private func nameHTML(_ name: String, _ width: Int, _ height: Int, _ theme: Theme) -> String {
    let text = name.isEmpty ? "" : font(drawn(name), theme.ink)
    guard shape.rank > 0 else { return text }
    let note = font(shapeText, theme.secondary, size: 10)
    // A table that fills its cell must leave room for the cell's border, or Graphviz stops the program; what is left
    // stands above the name, so that Graphviz does not spread the rows.
    let rows = [
      cell(width - 4, height - 34), cell(width - 4, 18, text: text), cell(width - 4, 13, text: note),
    ]
    return table((height > 36 ? rows : Array(rows.dropFirst())).map { "<TR>\($0)</TR>" })
  }
}
