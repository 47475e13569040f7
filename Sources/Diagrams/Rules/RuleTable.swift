internal import Gradients

/// The chain rule at one gate, as a small table: downstream = upstream * local, in symbols and in numbers.
///
/// It stands below a gate in the full style and beside the gate of a step.
struct RuleTable {
  /// What a text is, which decides its colour; its place and the words above it say the same.
  enum Role {
    case plain, gradient, local, note
  }

  struct Text {
    let text: String
    var role = Role.plain
  }

  enum Row {
    /// Five texts in columns: downstream, =, upstream, *, local.
    case product([Text])
    /// One text across.
    case line(Text)
    /// A Jacobian: what it is, and its rows in brackets.
    case matrix(Text, [[String]])
  }

  private(set) var rows: [Row] = []
  /// What stands for nodes that have no name, `in` and `out`, and for names that only the whole graph must tell apart;
  /// with a `d` in front, for their derivatives.
  private let stand: [Substring: String]

  static let rowHeight = 16
  static let fontSize = 12

  /// The rules of one gate.
  ///
  /// - Parameters:
  ///   - rules: a rule for each operand.
  ///   - format: how numbers are printed when products agree with it.
  ///   - showsMatrices: whether small Jacobians are written out.
  init(_ rules: [ChainRule], _ format: NumberFormat, showsMatrices: Bool) {
    var stand: [Substring: String] = [:]
    let around = rules.flatMap { rule in
      [(node: rule.operand, name: rule.local.by), (node: rule.gate, name: rule.local.of)]
    }
    for (node, name) in around where name.hasSuffix("_\(node)") {
      let short = String(name.dropLast("_\(node)".count))
      let isTaken = around.contains {
        $0.node != node && ($0.name == short || $0.name.hasPrefix("\(short)_n"))
      }
      guard !isTaken, rules[0].upstream.of != short else { continue }
      (stand[name[...]], stand["d\(name)"]) = (short, "d\(short)")
    }
    for rule in rules {
      let own = rules.count == 1 ? "in" : "in\(rule.position + 1)"
      // Not din, which would read as a name.
      (stand["\(rule.operand)"], stand["d\(rule.operand)"]) = (own, "d(\(own))")
      (stand["\(rule.gate)"], stand["d\(rule.gate)"]) = ("out", "d(out)")
    }
    self.stand = stand
    if rules.contains(where: { $0.numbers() != nil }) {
      rows.append(
        .product([
          Text(text: "downstream", role: .note), Text(text: "=", role: .note),
          Text(text: "upstream", role: .note), Text(text: "*", role: .note), Text(text: "local", role: .note),
        ]))
    }
    for rule in rules {
      if let numbers = rule.numbers(decimals: format.decimals) {
        rows += scalarRows(rule, numbers)
      } else {
        rows += tensorRows(rule, format, showsMatrices: showsMatrices)
      }
    }
  }

  private func scalarRows(_ rule: ChainRule, _ numbers: ChainRule.Numbers) -> [Row] {
    let formula = rule.localRule.split(separator: " = ", maxSplits: 1).dropFirst().first.map(String.init)
    let isNumber = formula.flatMap { Double($0) } != nil
    let local =
      named(rule.local)
      + (isNumber ? "" : formula.map { " = \(drawn(named($0), limit: 40))" } ?? "")
    return [
      .product([
        Text(text: named(rule.downstream), role: .gradient), Text(text: "="),
        Text(text: named(rule.upstream), role: .gradient), Text(text: "*"),
        Text(text: local, role: .local),
      ]),
      .product([
        Text(text: numbers.downstream, role: .gradient), Text(text: numbers.sign),
        Text(text: numbers.upstream, role: .gradient), Text(text: "*"),
        Text(text: numbers.local, role: .local),
      ]),
    ]
  }

  private func tensorRows(_ rule: ChainRule, _ format: NumberFormat, showsMatrices: Bool) -> [Row] {
    var rows: [Row] = [
      .line(Text(text: "downstream = upstream * local", role: .note)),
      .line(Text(text: drawn(named(rule.symbols), limit: 72), role: .gradient)),
    ]
    if case .local = rule.rule {
      rows.append(.line(Text(text: drawn(named(rule.localRule), limit: 72), role: .local)))
    }
    if let shapes = rule.shapes { rows.append(.line(Text(text: "shapes \(shapes)", role: .note))) }
    guard let jacobian = rule.jacobian else { return rows }
    let size = "[\(jacobian.rows) x \(jacobian.columns)]"
    let structure = jacobian.structure == .full ? "" : ", \(jacobian.structure.rawValue)"
    let title = Text(text: "local \(named(rule.local)) \(size)\(structure)", role: .local)
    if showsMatrices, let matrix = jacobian.matrix {
      let isWhole = matrix.joined().allSatisfy { $0 == $0.rounded() }
      let format = isWhole ? NumberFormat(decimals: 0) : format
      rows.append(.matrix(title, matrix.map { $0.map(format.text) }))
    } else {
      rows.append(.line(title))
    }
    return rows
  }

  private func named(_ derivative: Derivative) -> String { drawn(named(derivative.description), limit: 36) }

  /// The text with other words for nodes without a name.
  private func named(_ text: String) -> String {
    var result = ""
    var rest = Substring(text)
    while let first = rest.first {
      let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
      result += stand[word] ?? (word.isEmpty ? String(first) : String(word))
      rest = rest.dropFirst(max(word.count, 1))
    }
    return result
  }

  // MARK: Sizes

  /// The widths of the five columns.
  var columns: [Int] {
    var widths = [0, 0, 0, 0, 0]
    for case .product(let texts) in rows {
      for (column, text) in texts.enumerated() { widths[column] = max(widths[column], Self.width(text)) }
    }
    return widths
  }

  var width: Int {
    var width = columns.reduce(0, +)
    for row in rows {
      switch row {
      case .product: break
      case .line(let text): width = max(width, Self.width(text))
      case .matrix(let title, let numbers):
        width = max(width, Self.width(title), WireLabel.Content.matrix(numbers).width)
      }
    }
    return width
  }

  private static func width(_ text: Text) -> Int { TextWidth.cell(text.text, size: fontSize) + 6 }
}

extension RuleTable {
  /// The table as an HTML-like label, below a caption in italics where there is one.
  func html(_ theme: Theme, caption: String? = nil) -> String {
    let width = self.width
    var columns = self.columns
    // What a wider line leaves goes to the last column.
    if columns.contains(where: { $0 > 0 }) { columns[4] += width - columns.reduce(0, +) }
    func styled(_ text: Text) -> String { font(text.text, theme.color(text.role), size: Self.fontSize) }
    let top = caption.map { text in
      let text = font(text, theme.secondary, size: 11, isItalic: true)
      return cell(width, Self.rowHeight, "COLSPAN=\"5\"", text: text)
    }
    let lines =
      [top].compactMap(\.self)
      + rows.flatMap { row -> [String] in
        switch row {
        case .product(let texts):
          return [zip(texts, columns).map { cell($1, Self.rowHeight, text: styled($0)) }.joined()]
        case .line(let text):
          return [cell(width, Self.rowHeight, "COLSPAN=\"5\"", text: styled(text))]
        case .matrix(let title, let numbers):
          let matrix = WireLabel.Content.matrix(numbers)
          return [
            cell(width, Self.rowHeight, "COLSPAN=\"5\"", text: styled(title)),
            cell(width, matrix.height, "COLSPAN=\"5\"", text: matrix.html(theme.local)),
          ]
        }
      }
    return table(lines.map { "<TR>\($0)</TR>" })
  }
}

extension Theme {
  func color(_ role: RuleTable.Role) -> String {
    switch role {
    case .plain: ink
    case .gradient: gradient
    case .local: local
    case .note: secondary
    }
  }
}
