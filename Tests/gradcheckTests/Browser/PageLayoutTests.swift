import Foundation
import Testing

extension BrowserTests {
  /// How a page looks: nothing overlaps, nothing is cut off, everything can be read.
  @Suite struct PageLayoutTests {
    private static let formulas = [
      "examples/sigmoid_neuron.grad", "examples/staged.grad", "examples/squared_norm.grad",
      "examples/sigmoid_gate.grad", "examples/micrograd_branches.grad", "examples/toy_model.grad",
      "examples/matrix_multiply.grad",
    ]

    /// A phone, a laptop and a projector.
    @Test(arguments: [390, 1366, 1920], formulas)
    func `no text overlaps another or is cut off`(width: Int, formula: String) async throws {
      let browser = try #require(Browser.current)
      let page = try await drawnPage([formula])
      for isDark in [false, true] {
        try await browser.show(width: width, isDark: isDark)
        try await browser.open(page)
        #expect(try await browser.defects().isEmpty)
        let count: Int = try await browser.value("return tape.steps.length")
        for step in [1, count / 2 + 2, count - 1] {
          try await browser.run("go(\(step))")
          #expect(try await browser.defects() == [], "step \(step)")
        }
        try await browser.run("go(0); setDecimals(6)")
        #expect(try await browser.defects() == [], "six decimals")
        try await browser.click("#exercise")
        #expect(try await browser.defects() == [], "exercise")
      }
      #expect(try await browser.problems().isEmpty)
    }

    @Test(arguments: ["", "lecture", "dark", "colorblind", "colorblind-dark", "print"])
    func `all text stands at 4.5 to 1 or better`(theme: String) async throws {
      let browser = try #require(Browser.current)
      try await browser.show(width: 1366, isDark: theme.isEmpty)
      try await browser.open(
        try await drawnPage(["examples/patterns.grad"]),
        hash: theme.isEmpty ? "#step=6" : "#step=6&theme=\(theme)")
      #expect(try await browser.paleTexts() == [])
      try await browser.click("#exercise")
      #expect(try await browser.paleTexts() == [])
    }

    @Test func `a drawing wider than a phone is scrolled to the gate of the step`() async throws {
      let browser = try #require(Browser.current)
      try await browser.show(width: 390, prefersStillness: true)
      try await browser.open(try await drawnPage(["examples/sigmoid_neuron.grad"]), hash: "#step=12")
      #expect(
        try await browser.value(
          """
          const [frame, page] = ['.frame', '#picture'].map((of) => document.querySelector(of).getBoundingClientRect());
          return frame.left >= page.left && frame.right <= page.right;
          """))
    }
  }
}

extension Browser {
  /// Texts that overlap one another or a gate they are not in, that stick out of the drawing or the page, or whose
  /// element cuts them off.
  fileprivate func defects() throws -> [String] {
    try value(
      """
      const isSeen = (element) => {
        const style = getComputedStyle(element);
        return style.visibility === 'visible' && style.display !== 'none' && !element.closest('.visually-hidden, option');
      };
      const boxes = [];
      const svg = document.querySelector('#picture svg');
      for (const text of svg.querySelectorAll('text')) {
        if (isSeen(text) && text.textContent.trim()) {
          boxes.push({ words: text.textContent, box: text.getBoundingClientRect(), owner: text.parentNode, inside: svg });
        }
      }
      for (const shape of svg.querySelectorAll('g.gate > ellipse')) {
        boxes.push({ words: 'gate', box: shape.getBoundingClientRect(), owner: shape.parentNode, inside: svg });
      }
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const node = walker.currentNode;
        const owner = node.parentNode;
        if (!node.data.trim() || owner.closest('svg, script, style, noscript') || !isSeen(owner)) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const box of range.getClientRects()) boxes.push({ words: node.data, box, owner: node, inside: document.body });
      }
      for (const field of document.querySelectorAll('button, input, select')) {
        const box = field.getBoundingClientRect();
        if (box.width > 0 && isSeen(field)) boxes.push({ words: field.id, box, owner: field, inside: document.body });
      }
      const defects = [];
      const root = document.documentElement;
      if (root.scrollWidth > root.clientWidth) defects.push(`the page is ${root.scrollWidth} wide`);
      boxes.forEach((a, index) => {
        const outer = a.inside.getBoundingClientRect();
        if (a.box.left < outer.left - 1 || a.box.right > outer.right + 1 || a.box.top < outer.top - 1
          || a.box.bottom > outer.bottom + 1) defects.push(`'${a.words}' sticks out`);
        for (const b of boxes.slice(index + 1)) {
          // What is in the drawing scrolls in its own frame; texts in a button are in it.
          if ((a.inside === svg) !== (b.inside === svg) || a.owner === b.owner && a.words === 'gate') continue;
          if (b.owner === a.owner && (b.words === 'gate' || a.words === b.words)) continue;
          if (b.owner.contains?.(a.owner)) continue;
          const width = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
          const height = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
          if (width > 1 && height > 2) defects.push(`'${a.words}' and '${b.words}' overlap by ${width} x ${height}`);
        }
      });
      for (const element of document.querySelectorAll('body *')) {
        const hides = ['hidden', 'clip'].includes(getComputedStyle(element).overflowX);
        if (hides && isSeen(element) && element.scrollWidth > element.clientWidth + 1 && !element.closest('svg')) {
          defects.push(`${element.tagName} cuts off what is in it`);
        }
      }
      return defects;
      """)
  }

  /// Texts whose contrast to what is behind them is below 4.5 (WCAG 2, relative luminance), with the ratio.
  fileprivate func paleTexts() throws -> [String] {
    try value(
      """
      const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
      const painted = (...colors) => {
        canvas.clearRect(0, 0, 1, 1);
        for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); }
        return [...canvas.getImageData(0, 0, 1, 1).data];
      };
      const luminance = (rgb) => rgb.slice(0, 3).map((part) => part / 255)
        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
        .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
      const behind = (element) => {
        const colors = [];
        for (let each = element; each; each = each.parentElement) colors.unshift(getComputedStyle(each).backgroundColor);
        const shape = element.closest('g')?.querySelector(':scope > ellipse, :scope > .answer-box');
        if (shape) colors.push(getComputedStyle(shape).fill);
        return colors;
      };
      const pale = [];
      for (const element of document.querySelectorAll('body *')) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        const style = getComputedStyle(element);
        const isSeen = style.visibility === 'visible' && element.getClientRects().length > 0;
        if (!own || !isSeen || element.closest('title, desc, script, .visually-hidden, option, noscript')) continue;
        const color = element instanceof SVGElement ? style.fill : style.color;
        const [front, back] = [painted(...behind(element), color), painted(...behind(element))].map(luminance);
        const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
        if (ratio < 4.5) pale.push(`'${element.textContent}' at ${ratio.toFixed(2)}`);
      }
      return pale;
      """)
  }
}
