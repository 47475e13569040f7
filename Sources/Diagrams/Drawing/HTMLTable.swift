/// A table of Graphviz' HTML-like labels, without lines or spaces of its own.
func table(_ rows: [String], _ attributes: String = "BORDER=\"0\"") -> String {
  "<TABLE \(attributes) CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"0\">\(rows.joined())</TABLE>"
}

/// The attributes of a table that does not spread in a wider cell.
func fixedSize(_ width: Int, _ height: Int) -> String {
  "BORDER=\"0\" FIXEDSIZE=\"TRUE\" WIDTH=\"\(width)\" HEIGHT=\"\(height)\""
}

/// A cell of a fixed size in points, so that no font moves anything.
func cell(_ width: Int, _ height: Int, _ attributes: String = "", text: String = "") -> String {
  let more = attributes.isEmpty ? "" : " " + attributes
  return "<TD FIXEDSIZE=\"TRUE\" WIDTH=\"\(width)\" HEIGHT=\"\(height)\"\(more)>\(text)</TD>"
}

/// A text in a cell.
func font(_ text: String, _ color: String, size: Int? = nil, isItalic: Bool = false) -> String {
  let text = DOTText.html(text)
  let size = size.map { " POINT-SIZE=\"\($0)\"" } ?? ""
  return "<FONT COLOR=\"\(color)\"\(size)>\(isItalic ? "<I>\(text)</I>" : text)</FONT>"
}
