/// A page that shows stored diagrams beside the present ones, with what differs marked and said.
///
/// It needs no network. A picture stands in it as an image, so nothing inside a picture can run.
public struct ComparisonPage {
  /// A file and what is to be said of it.
  public struct Entry {
    /// The file.
    public let title: String
    /// The formula's file, if there is one.
    public let formula: String?
    /// What was found, the causes first.
    public let words: [String]
    /// The pictures, when there are two to be compared.
    public let pictures: (stored: String, present: String)?

    /// Makes an entry of words alone.
    public init(title: String, formula: String?, words: [String]) {
      (self.title, self.formula, self.words, pictures) = (title, formula, words, nil)
    }

    /// Makes an entry that shows two SVG pictures, with the nodes marked that `comparison` names.
    public init(
      title: String, formula: String?, words: [String], stored: (diagram: StoredDiagram, svg: String),
      present: (diagram: StoredDiagram, svg: String), comparison: DiagramComparison
    ) {
      (self.title, self.formula, self.words) = (title, formula, words)
      pictures = (
        MarkedPicture(stored.svg, marks: stored.diagram.elements(comparison.markedInStored)).svg,
        MarkedPicture(present.svg, marks: present.diagram.elements(comparison.markedInPresent)).svg
      )
    }
  }

  private let entries: [Entry]
  private let summary: String

  /// Makes a page of entries, with a line above them.
  public init(_ entries: [Entry], summary: String) {
    self.entries = entries
    self.summary = summary
  }

  /// The page.
  public var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Stored diagrams that differ</title>
    <style>
    \(ComparisonPageParts.style)
    </style>
    </head>
    <body>
    <header>
    <h1>Stored diagrams</h1>
    <p>\(DOTText.escaped(summary))</p>
    <p class="legend"><span class="cause">cause</span> <span class="follows">follows from it</span>
    <span class="keys"><kbd>j</kbd> next, <kbd>k</kbd> previous, <kbd>1</kbd> side by side, <kbd>2</kbd> swipe, \
    <kbd>3</kbd> overlay, <kbd>&larr;</kbd> <kbd>&rarr;</kbd> stored or present</span></p>
    </header>
    <main>
    \(entries.enumerated().map { section($0.element, number: $0.offset + 1) }.joined(separator: "\n"))
    </main>
    <script>
    \(ComparisonPageParts.script)
    </script>
    </body>
    </html>

    """
  }

  private func section(_ entry: Entry, number: Int) -> String {
    let formula = entry.formula.map { "<p class=\"formula\">\(DOTText.escaped($0))</p>\n" } ?? ""
    let words = entry.words.map { "<li>\(DOTText.escaped($0))</li>" }.joined(separator: "\n")
    return """
      <section id="diagram\(number)" tabindex="-1">
      <h2>\(DOTText.escaped(entry.title))</h2>
      \(formula)<ul>
      \(words)
      </ul>
      \(entry.pictures.map { pair($0, entry.title, number) } ?? "")
      </section>
      """
  }

  private func pair(_ pictures: (stored: String, present: String), _ title: String, _ number: Int) -> String {
    func figure(_ name: String, _ svg: String) -> String {
      let alternative = DOTText.escaped("\(name) picture of \(title); what differs is listed above")
      return """
        <figure class="\(name)"><figcaption>\(name)</figcaption>
        <img alt="\(alternative)" src="data:image/svg+xml,\(Self.encoded(svg))"></figure>
        """
    }
    let modes = [("side", "side by side"), ("swipe", "swipe"), ("overlay", "overlay")].map { mode, words in
      let checked = mode == "side" ? " checked" : ""
      return
        "<label><input type=\"radio\" name=\"mode\(number)\" value=\"\(mode)\"\(checked)>\(words)</label>"
    }
    return """
      <fieldset><legend>Show</legend>\(modes.joined())
      <label class="slider">stored <input type="range" min="0" max="100" value="50" \
      aria-label="how much of the present picture is shown"> present</label></fieldset>
      <div class="pair side">
      \(figure("stored", pictures.stored))
      \(figure("present", pictures.present))
      </div>
      """
  }

  /// A picture inside an address: every byte that may mean something there is escaped.
  private static func encoded(_ svg: String) -> String {
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/:;=,()*+!".utf8)
    let digits = Array("0123456789ABCDEF".utf8)
    var result: [UInt8] = []
    for byte in svg.utf8 {
      if plain.contains(byte) {
        result.append(byte)
      } else {
        result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
