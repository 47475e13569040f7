/// The colours of a page: those of the themes, as custom properties of its style sheet.
///
/// The drawing keeps the colours it was drawn in as attributes, which a style sheet outranks.
enum PageColors {
  /// What a reader can choose, beside what the system says.
  private static let choices: [(theme: DiagramTheme, name: String)] = [
    (.lecture, "Light"), (.dark, "Dark"), (.colorblind, "Colour-blind"),
    (.colorblindDark, "Colour-blind, dark"), (.print, "Print"),
  ]

  /// The rules: the system's choice, the reader's, and paper, which takes neither.
  static var styleSheet: String {
    var rules = [
      rule(":root", .lecture),
      "@media (prefers-color-scheme: dark) { \(rule(":root:not([data-theme])", .dark)) }",
    ]
    rules += choices.map { rule(":root[data-theme=\"\($0.theme.rawValue)\"]", $0.theme) }
    rules.append("@media print { \(rule(":root:root:root", .print)) }")
    for (name, color) in Theme(.lecture).roles {
      rules.append("#picture [fill=\"\(color)\" i] { fill: var(--\(name)); }")
      rules.append("#picture [stroke=\"\(color)\" i] { stroke: var(--\(name)); }")
    }
    return rules.joined(separator: "\n") + "\n"
  }

  /// What chooses a theme before the reader does; nothing for the one that follows the system.
  static func attribute(for theme: DiagramTheme) -> String {
    theme == .lecture || theme == .auto ? "" : " data-theme=\"\(theme.rawValue)\""
  }

  /// The theme that a page with ``attribute(for:)`` begins with.
  static func theme(in html: String) -> DiagramTheme {
    let tag = html.firstRange(of: "<html").map { html[$0.upperBound...].prefix { $0 != ">" } } ?? ""
    return DiagramTheme.allCases.first { $0 != .lecture && $0 != .auto && tag.contains(attribute(for: $0)) }
      ?? .lecture
  }

  /// The choices of the page's menu.
  static var menu: String {
    choices.map { "      <option value=\"\($0.theme.rawValue)\">\($0.name)</option>" }.joined(separator: "\n")
  }

  private static func rule(_ selector: String, _ choice: DiagramTheme) -> String {
    let theme = Theme(choice)
    let isDark = choice == .dark || choice == .colorblindDark
    let colors = theme.roles.map { "--\($0.name): \($0.color);" }.joined(separator: " ")
    let slant = theme.slantsGradients ? "italic" : "normal"
    return "\(selector) { color-scheme: \(isDark ? "dark" : "light"); --slant: \(slant); \(colors) }"
  }
}
