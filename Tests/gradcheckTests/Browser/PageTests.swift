import Foundation
import Testing

extension BrowserTests {
  /// What a reader does with a page and sees on it.
  ///
  /// Numbers of the neuron: CS231n notes, optimization-2.
  @Suite struct PageTests {
    private let browser = Browser.current

    /// Draws a formula as a page, and opens it.
    private func open(_ formula: [String], hash: String = "", width: Int = 1366) async throws -> Browser {
      let browser = try #require(browser)
      try await browser.show(width: width)
      try await browser.open(try await drawnPage(formula), hash: hash)
      return browser
    }

    private let circuit = ["f = (x + y) * z", "x=-2", "y=5", "z=-4"]
    private let neuron = ["examples/sigmoid_neuron.grad"]

    @Test func `the arrow keys step through both passes`() async throws {
      let browser = try await open(circuit)
      #expect(try await browser.shownTexts("gradient").count == 5)
      for _ in 1...3 { try await browser.press(.right) }
      #expect(
        try await browser.text("#caption").hasPrefix(
          "Step 3 of 6, forward. multiply gate: input 3 and -4, output -12"))
      #expect(try await browser.shownTexts("gradient").isEmpty)
      for _ in 4...5 { try await browser.press(.right) }
      #expect(try await browser.text("#caption").contains("upstream 1, local -4 and 3, downstream -4 and 3"))
      #expect(try await browser.shownTexts("gradient").sorted() == ["-4", "1", "3"])
      try await browser.press(.left)
      #expect(try await browser.shownTexts("gradient") == ["1"])
      try await browser.press("f")
      #expect(try await browser.shownTexts("value").sorted() == ["-2", "-4", "5"])
      try await browser.press("b")
      #expect(try await browser.text("#caption").contains("The gradient of f with respect to itself is 1"))
    }

    @Test func `the buttons step too, and stop at the ends`() async throws {
      let browser = try await open(circuit)
      #expect(try await browser.value("return document.getElementById('previous').disabled"))
      try await browser.click("#backward")
      for _ in 1...2 { try await browser.click("#next") }
      #expect(try await browser.value("return document.getElementById('next').disabled"))
      #expect(try await browser.text("#caption").hasPrefix("Step 6 of 6, backward. add gate"))
      try await browser.click("#previous")
      #expect(try await browser.text("#gate h2").contains("multiply gate"))
    }

    @Test func `the gate in focus is framed, with its chain rule in numbers and its line`() async throws {
      let browser = try await open(neuron, hash: "#step=12")
      #expect(
        try await browser.value("return document.querySelector('.frame').closest('g.gate').id") == "n12")
      try await browser.press(.right)
      let rule = try await browser.text("#gate .rules")
      #expect(rule.contains("exp(-1.0000)"))
      let worked = try await browser.text("#gate .row:last-child").split(whereSeparator: \.isWhitespace)
      #expect(worked.contains("(-0.5344)") && worked.contains("0.3679") && worked.contains("-0.1966"))
      #expect(try await browser.text("[aria-current]") == "f = 1 / (1 + exp(-(w0*x0 + w1*x1 + w2)))")
    }

    @Test func `pointing at a gate, or going to it, shows its chain rule and lights its wires`() async throws
    {
      let browser = try await open(neuron)
      try await browser.hover("#n10 ellipse")
      #expect(try await browser.text("#gate h2").contains("exp gate"))
      #expect(try await browser.value("return [...document.querySelectorAll('.lit')].length >= 4"))
      try await browser.hover("h1")
      #expect(try await browser.text("#gate h2") == "The chain rule")
      try await browser.run("document.getElementById('n5').focus()")
      #expect(try await browser.text("#gate h2").contains("multiply gate"))
    }

    @Test func `an edited input is run forward and backward in place`() async throws {
      let browser = try await open(circuit)
      try await browser.type("1.5", into: "#in-n0")
      // f = (1.5 + 5) * -4, df/dz = 6.5, df/dx = df/dy = -4.
      #expect(try await browser.exact("n4") == ["-26", "1"])
      #expect(try await browser.exact("n3") == ["-4", "6.5"])
      #expect(try await browser.exact("n0") == ["1.5", "-4"])
      try await browser.run("document.activeElement.blur()")
      try await browser.press("+")
      #expect(
        try await browser.value("return document.querySelector('#n4_out text.value').textContent") == "-26.0")
      #expect(
        try await browser.value("return document.querySelector('#n3 text.gradient').textContent") == "6.5")
      #expect(try await browser.text("#inputs tr:last-child td.gradient") == "6.5")
      try await browser.click("#reset")
      #expect(try await browser.exact("n4") == ["-12", "1"])
      #expect(try await browser.text("#decimals") == "0 decimals")
    }

    @Test func `what is no number is marked, and changes nothing`() async throws {
      let browser = try await open(circuit)
      try await browser.type("-", into: "#in-n0")
      #expect(
        try await browser.value("return document.getElementById('in-n0').getAttribute('aria-invalid')")
          == "true")
      #expect(try await browser.exact("n4") == ["-12", "1"])
    }

    @Test func `the address carries the inputs and the step`() async throws {
      let browser = try await open(circuit, hash: "#step=4&in.x=1")
      #expect(try await browser.exact("n4") == ["-24", "1"])
      #expect(try await browser.text("#caption").hasPrefix("Step 4 of 6"))
      try await browser.press(.right)
      #expect(try await browser.value("return location.hash") == "#step=5&in.x=1")
      try await browser.click("#reset")
      #expect(try await browser.value("return location.hash") == "")
    }

    @Test(arguments: [
      "#step=-3", "#step=99", "#step=x&in.x=", "#in.x=Infinity&theme=none", "#%%%", "#in.__proto__=1",
    ])
    func `an address that makes no sense does no harm`(hash: String) async throws {
      let browser = try await open(circuit, hash: hash)
      #expect(try await browser.exact("n4")[0] == "-12")
      #expect(try await browser.problems().isEmpty)
    }

    @Test func `a wire that branches shows the sum of what comes back`() async throws {
      let browser = try await open(["f = a * b + a", "a=2", "b=3"])
      #expect(try await browser.shownTexts("gradient").contains("3 + 1 = 4"))
      try await browser.type("5", into: "#in-n1")
      #expect(try await browser.shownTexts("gradient").contains("5 + 1 = 6"))
    }

    @Test func `the exercise hides gradients until they are answered or revealed`() async throws {
      let browser = try await open(circuit)
      try await browser.click("#exercise")
      #expect(try await browser.shownTexts("gradient").sorted() == ["1", "?", "?", "?", "?"])
      #expect(try await browser.text("#numbers").contains("to find"))
      // The first question: what the multiplication hands to x + y, which is z.
      try await browser.type("4", into: "#answer")
      try await browser.click("#question form button")
      #expect(try await browser.text("#reply").contains("Not 4"))
      try await browser.type("-4", into: "#answer")
      try await browser.press(.enter)
      #expect(try await browser.text("#score") == "1 of 4 right")
      for _ in 1...3 { try await browser.click("#reveal") }
      #expect(try await browser.text("#score") == "1 of 4 right, 3 revealed")
      #expect(try await browser.shownTexts("gradient").sorted() == ["-4", "-4", "-4", "1", "3"])
      #expect(try await browser.text("#asked") == "Every gradient is there.")
    }

    @Test func `what is asked for is brought into view on a phone`() async throws {
      let browser = try await open(neuron, width: 390)
      try await browser.show(width: 390, prefersStillness: true)
      try await browser.click("#exercise")
      #expect(
        try await browser.value(
          """
          const [asked, page] = ['.asked', '#picture'].map((of) => document.querySelector(of).getBoundingClientRect());
          return asked.left >= page.left && asked.right <= page.right;
          """))
    }

    @Test func `a mask has no gradient, and is changed all the same`() async throws {
      let browser = try await open(["f = where(m, a, b)", "m=1", "a=2", "b=3"])
      #expect(try await browser.exact("n3") == ["2", "1"])
      #expect(try await browser.text("#inputs tbody tr:first-child td:last-child") == "no gradient")
      try await browser.type("0", into: "#in-n0")
      #expect(try await browser.exact("n3") == ["3", "1"])
      #expect(try await browser.exact("n2") == ["3", "1"])
    }

    @Test func `an answer counts to the decimals that are shown`() async throws {
      let browser = try await open(neuron)
      try await browser.run(
        "while (document.getElementById('decimals').textContent[0] > 2) document.getElementById('fewer').click()"
      )
      try await browser.click("#exercise")
      // 1/x at 1.3679: the gradient is -0.5344.
      try await browser.type("-0.54", into: "#answer")
      try await browser.press(.enter)
      #expect(try await browser.text("#score") == "0 of 12 right")
      try await browser.type("-0.53", into: "#answer")
      try await browser.press(.enter)
      #expect(try await browser.text("#score") == "1 of 12 right")
    }

    /// The lecture's f = |W x|^2 (CS231n 2017, lecture 4), with W22 = 2 in place of 0.8: q = (0.22, 0.74).
    @Test func `an element of a matrix can be changed too`() async throws {
      let browser = try await open(["examples/squared_norm.grad"])
      try await browser.type("2", into: "#in-n0-3")
      let shown = try await browser.shownTexts("gradient")
      #expect(shown == ["0.088", "0.176", "0.296", "0.592", "-0.400", "3.180", "0.440", "1.480", "1.000"])
      #expect(try await browser.value("return location.hash") == "#in.W=0.1+0.5+-0.3+2")
    }

    @Test func `a gate that the page cannot run leaves the inputs read-only, and is named`() async throws {
      let browser = try await open(["f = softmax_loss(x, 1) + L2(w)", "x=[1, 2, 3]", "w=[1, 2]"])
      #expect(try await browser.value("return document.querySelectorAll('#inputs input').length") == 0)
      #expect(try await browser.text("#inputs").contains("does not run softmax_loss"))
      try await browser.click("#backward")
      try await browser.click("#next")
      #expect(try await browser.text("#gate h2").contains("add gate"))
      #expect(try await browser.problems().isEmpty)
    }

    @Test func `gates that are drawn as one have their turn as one`() async throws {
      let browser = try #require(browser)
      try await browser.show(width: 1366)
      try await browser.open(
        try await drawnPage(["examples/sigmoid_gate.grad"], options: ["--fold", "sigmoid"]), hash: "#step=8")
      #expect(try await browser.text("#caption").contains("sigmoid gate, 4 gates drawn as one: output 0.73"))
      #expect(try await browser.text("#gate").contains("4 gates are drawn as one"))
      try await browser.type("-1", into: "#in-n4")
      // w2 = -1 makes the sum 3: the logistic function of 3.
      let output: Double = try await browser.value("return tape.nodes[tape.output].value[0]")
      #expect((output - 0.9525741268224333).magnitude < 1e-15)
      #expect(try await browser.problems().isEmpty)
    }

    @Test func `a click on a function folds and unfolds it, with the same inputs`() async throws {
      let browser = try await open(["examples/sigmoid_gate.grad"], hash: "#in.w2=-1&step=3")
      #expect(try await browser.value("return document.querySelectorAll('g.gate').length") == 8)
      try await browser.clickAndLoad("g.scope text")
      #expect(try await browser.value("return document.querySelectorAll('g.gate').length") == 5)
      #expect(try await browser.value("return document.getElementById('in-n4').value") == "-1")
      try await browser.clickAndLoad("g.box")
      #expect(try await browser.value("return document.querySelectorAll('g.gate').length") == 8)
      try await browser.clickAndLoad("#fold")
      #expect(
        try await browser.value("return document.getElementById('fold').getAttribute('aria-pressed')")
          == "true")
      #expect(try await browser.value("return location.hash") == "#folded=&in.w2=-1")
      #expect(try await browser.problems().isEmpty)
    }

    /// 60 neurons of 7 gates, which are folded unless it is asked otherwise.
    @Test func `a large formula opens folded, and steps`() async throws {
      let browser = try #require(browser)
      var lines = [
        "def neuron(a, b, w, v, c):", "    return tanh(a*w + b*v + c) * 2 - 1", "h0 = 0.5", "g0 = -0.5",
      ]
      for layer in 1...30 {
        for name in ["h", "g"] {
          let input = "\(name)\(layer)"
          lines.append("w\(input) = 0.\(layer); v\(input) = -0.\(layer); c\(input) = 0.1")
          lines.append("\(input) = neuron(h\(layer - 1), g\(layer - 1), w\(input), v\(input), c\(input))")
        }
      }
      lines.append("f = h30 * g30")
      let file = Tool.temporaryFile("large.grad")
      try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: file))
      try await browser.show(width: 1366)
      try await browser.open(try await drawnPage([file]))
      for key: Key in ["b", .right, .right, .left] { try await browser.press(key) }
      #expect(try await browser.text("#caption").contains("backward"))
      try await browser.type("0.75", into: "#in-n0")
      #expect(try await browser.problems().isEmpty)
    }

    @Test func `the theme that was asked for is the one the page begins with`() async throws {
      let browser = try #require(browser)
      try await browser.show(width: 1366)
      try await browser.open(try await drawnPage(circuit, options: ["--theme", "dark"]))
      #expect(
        try await browser.value("return getComputedStyle(document.documentElement).backgroundColor")
          == "rgb(20, 22, 26)")
      #expect(try await browser.value("return document.getElementById('theme').value") == "dark")
      #expect(try await browser.value("return location.hash") == "")
    }

    @Test func `everything can be reached and seen with the keyboard`() async throws {
      let browser = try await open(circuit)
      var reached: [String] = []
      for _ in 1...22 {
        try await browser.press(.tab)
        let stop: [String: String] = try await browser.value(
          """
          const { id, tagName } = document.activeElement;
          const shape = document.activeElement.querySelector?.(':scope > ellipse') ?? document.activeElement;
          const style = getComputedStyle(shape);
          return { id: id || tagName, ring: style.outlineStyle + style.strokeWidth };
          """)
        reached.append(try #require(stop["id"]))
        guard stop["id"] != "BODY" else { continue }
        #expect(stop["ring"]?.hasPrefix("solid") == true || stop["ring"]?.hasSuffix("4px") == true, "\(stop)")
      }
      for id in [
        "theme", "picture", "n2", "n4", "forward", "backward", "next", "step", "more", "exercise", "reset",
        "in-n0",
        "in-n1", "in-n3",
      ] {
        #expect(reached.contains(id), "\(id) is not reached")
      }
    }

    @Test func `readers who do not see the drawing get it in words`() async throws {
      let browser = try await open(circuit)
      #expect(
        try await browser.value("return document.querySelector('#picture svg').getAttribute('role')")
          == "graphics-document document")
      #expect(
        try await browser.value(
          """
          return document.querySelector('#picture svg').getAttribute('aria-labelledby').split(' ')
            .every((id) => document.getElementById(id).textContent.length > 0)
          """))
      #expect(
        try await browser.value("return document.getElementById('n4').getAttribute('aria-label')")
          == "multiply gate: input 3 and -4, output -12, upstream 1, local -4 and 3, downstream -4 and 3")
      #expect(
        try await browser.value("return document.getElementById('caption').getAttribute('aria-live')")
          == "polite")
      #expect(try await browser.value("return document.querySelectorAll('#numbers tbody tr').length") == 5)
    }

    @Test func `the page follows what the system asks for`() async throws {
      let browser = try await open(circuit)
      let paper = "return getComputedStyle(document.documentElement).backgroundColor"
      let ink = "return getComputedStyle(document.querySelector('#n0 .name')).fill"
      #expect(try await browser.value(paper) == "rgb(255, 255, 255)")
      try await browser.show(width: 1366, isDark: true)
      #expect(try await browser.value(paper) == "rgb(20, 22, 26)")
      #expect(try await browser.value(ink) == "rgb(232, 234, 237)")
      try await browser.show(width: 1366, isDark: true, isPrinted: true)
      #expect(try await browser.value(paper) == "rgb(255, 255, 255)")
      #expect(
        try await browser.value("return getComputedStyle(document.querySelector('.controls')).display")
          == "none")
      try await browser.show(width: 1366)
      #expect(
        try await browser.value("return matchMedia('(prefers-reduced-motion: reduce)').matches") == false)
      try await browser.show(width: 1366, prefersStillness: true)
      #expect(
        try await browser.value("return getComputedStyle(document.getElementById('picture')).scrollBehavior")
          == "auto")
      #expect(
        try await browser.value("return getComputedStyle(document.getElementById('next')).transitionDuration")
          == "0s")
    }

    @Test func `the page asks for nothing and breaks no rule of its own`() async throws {
      let browser = try #require(browser)
      try await browser.show(width: 1366)
      let page = try await drawnPage(neuron)
      _ = try await (browser.problems(), browser.requests())
      try await browser.open(page)
      for key: Key in [.right, "b", .right, "+", "-"] { try await browser.press(key) }
      try await browser.click("#exercise")
      try await browser.click("#reset")
      #expect(try await browser.problems().isEmpty)
      #expect(
        try await browser.requests().filter { $0 != "about:blank" && $0 != page.absoluteString }.isEmpty)
      // What the policy forbids does not happen.
      let wasRun: Bool = try await browser.value(
        """
        const script = document.createElement('script');
        script.textContent = 'window.wasRun = true';
        document.body.append(script);
        return window.wasRun === true
        """)
      #expect(!wasRun)
      #expect(try await browser.problems().contains { $0.contains("Content Security Policy") })
    }
  }
}

/// Draws a formula as a page with the built tool.
func drawnPage(_ formula: [String], options: [String] = []) async throws -> URL {
  let file = Tool.temporaryFile("page.html")
  let run = try await Tool.run(["draw"] + formula + ["-o", file] + options)
  try #require(run.status == 0, "\(run.error)")
  return URL(filePath: file)
}

extension Browser {
  /// The texts of the drawing that are seen, of what has a class.
  func shownTexts(_ className: String) throws -> [String] {
    try value(
      """
      return [...document.querySelectorAll(`#picture text.${arguments[0]}`)]
        .filter((text) => getComputedStyle(text).visibility === 'visible').map((text) => text.textContent)
      """, className)
  }

  /// The value and the gradient of a node in full, from the table of all numbers.
  func exact(_ node: String) throws -> [String] {
    try value(
      "return [...document.querySelectorAll(`[data-node='${arguments[0]}'] td`)].slice(1).map((cell) => cell.textContent)",
      node)
  }
}
