import Diagrams
import Gradients
import Testing

@Suite struct DiagramOptionsTests {
  @Test func `a picture's data say how it was drawn`() throws {
    var all: [DiagramOptions] = [DiagramOptions()]
    for style in DiagramOptions.Style.allCases {
      for theme in DiagramTheme.allCases {
        var options = DiagramOptions()
        options.style = style
        options.theme = theme
        all.append(options)
      }
    }
    for folding in [DiagramOptions.Folding.none, .names(["a", "b"]), .depth(0), .depth(3)] {
      var options = DiagramOptions()
      options.folding = folding
      options.decimals = 3
      options.hasCaptions = true
      options.hasHeatMaps = true
      options.closeup = "x + y"
      options.step = 4
      all.append(options)
    }
    for options in all {
      let attributes = Dictionary(uniqueKeysWithValues: options.attributes.map { ($0.name, $0.value) })
      #expect(DiagramOptions { attributes[$0] } == options)
    }
  }

  @Test func `what makes no sense is as usual`() {
    let attributes = [
      "data_style": "cubist", "data_theme": "", "data_decimals": "many", "data_depth": "deep",
    ]
    #expect(DiagramOptions { attributes[$0] } == DiagramOptions())
  }

  @Test func `the values alone have no gradient`() throws {
    var options = DiagramOptions()
    options.style = .values
    let text = try picture(of: "x = 2\nf = exp(x)", options: options).dotText
    #expect(text.contains("data_value") && !text.contains("data_gradient") && !text.contains("data_upstream"))
  }

  @Test func `decimals can be given, and a zero has no sign`() throws {
    var options = DiagramOptions()
    options.decimals = 1
    let text = try picture(of: "x = 2.26\ny = 0\nf = 3*x * -y", options: options).dotText
    #expect(
      text.contains(">2.3<") && text.contains(">6.8<") && text.contains(">0.0<") && !text.contains(">-0.0<"))
  }

  @Test func `captions are the lecture's words`() throws {
    var options = DiagramOptions()
    options.hasCaptions = true
    let text = try picture(of: "x = 3\ny = 4\nz = 1\nf = (x + y) * maximum(y, z)", options: options).dotText
    for word in ["distributor", "switcher", "router", "adder"] { #expect(text.count(of: ">\(word)<") == 1) }
    #expect(try picture(of: "x = 3\ny = 4\nf = x + y").dotText.contains("distributor") == false)
  }

  /// The contrast ratio of two colours (WCAG 2.2).
  private func contrast(_ a: String, _ b: String) throws -> Double {
    func luminance(_ color: String) throws -> Double {
      let digits = Array(color.dropFirst())
      let channels = try stride(from: 0, to: 6, by: 2).map { start -> Double in
        let value = Double(try #require(Int(String(digits[start...start + 1]), radix: 16))) / 255
        if value <= 0.04045 { return value / 12.92 }
        let power = try Tensor((value + 0.055) / 1.055).power(2.4)
        return try #require(power)
      }
      return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
    }
    let (light, dark) = (try max(luminance(a), luminance(b)), try min(luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)
  }

  @Test(arguments: DiagramTheme.allCases)
  func `every text is readable on what is behind it`(theme: DiagramTheme) throws {
    var options = DiagramOptions()
    options.theme = theme
    options.style = .full
    options.hasCaptions = true
    let mark = Diagram.Mark(verdict: "disagree", numbers: [("analytic", "1")], text: "wrong by a sign")
    let text = try picture(
      of: "x = 0.3\ny = 4\nf = exp(x * y)", options: options, marks: [NodeID(index: 2): mark]
    ).dotText
    let paper = try #require(text.firstMatch(of: /bgcolor="(#[0-9A-F]{6})"/)?.1)
    var checked: Set<Substring> = []
    for line in text.split(separator: "\n") {
      let behind = line.firstMatch(of: /BGCOLOR="(#[0-9A-F]{6})"/)?.1 ?? paper
      for match in line.matches(of: /<FONT[^>]* ?COLOR="(#[0-9A-F]{6})"/) {
        checked.insert(match.1)
        #expect(try contrast(String(match.1), String(behind)) >= 4.5, "\(match.1) on \(behind)")
      }
    }
    #expect(checked.count >= 5)
  }
}

extension Tensor {
  /// The scalar to some power, by the gate of that name.
  fileprivate func power(_ exponent: Double) throws -> Double? {
    try GateCatalog.standard["power"]?.init(GateOptions()).output(at: [self, Tensor(exponent)]).elements[0]
  }
}
