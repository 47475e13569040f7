import Foundation
import Testing

extension BrowserTests {
  /// Formulas whose texts would be markup, if a page let them.
  @Suite struct HostilePageTests {
    private static let comments = [
      "</script><img src=x onerror=\"window.broken = 1\">", "<!--<script>",
      "]]></svg><svg onload='window.broken = 1'>",
      "\" onmouseover=\"window.broken = 1\" x=\"", "&lt;img src=x onerror=window.broken=1&gt;",
      "{{script}} {{tape}}",
      "\u{202E}evil \u{5D0}\u{5D1}\u{5D2}", "\u{1F600}\u{200D}\u{1F525} \u{2028} \u{2029}",
      "\\u003c/script>\\",
    ]

    @Test(arguments: comments)
    func `a comment stays text`(comment: String) async throws {
      let browser = try #require(Browser.current)
      let file = Tool.temporaryFile("hostile.grad")
      try Data("# \(comment)\nx = 2  # \(comment)\nf = x * x\n".utf8).write(to: URL(filePath: file))
      try await browser.show(width: 1366)
      _ = try await browser.problems()
      try await browser.open(try await drawnPage([file]))
      #expect(try await browser.value("return window.broken === undefined"))
      #expect(
        try await browser.value("return document.querySelectorAll('img, svg svg, #source script').length")
          == 0)
      #expect(
        try await browser.value("return document.querySelector('#source li bdi').textContent")
          == "# \(comment)")
      #expect(try await browser.problems().isEmpty)
      #expect(try await browser.exact("n1") == ["4", "1"])
    }

    @Test(arguments: [
      "\u{5D0}\u{5D1}", "\u{E9}t\u{E9}", "\u{441}\u{443}\u{43C}\u{43C}\u{430}", "constructor", "toString",
    ])
    func `a name in any script is a name`(name: String) async throws {
      let browser = try #require(Browser.current)
      try await browser.show(width: 390)
      try await browser.open(try await drawnPage(["f = \(name) * 3", "\(name)=2"]))
      #expect(try await browser.text("#inputs th[scope=row]") == name)
      try await browser.type("5", into: "#in-n0")
      #expect(try await browser.value("return tape.nodes[tape.output].value[0]") == 15)
      #expect(try await browser.problems().isEmpty)
    }
  }
}
