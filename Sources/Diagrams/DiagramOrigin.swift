extension Diagram {
  /// Where a picture comes from: with the text of the function, all that it takes to draw it again.
  public struct Origin: Sendable, Equatable {
    /// The path of the formula's file, if it is in one.
    public var file: String?
    /// What was given for inputs instead of what the formula says.
    public var values: [(name: String, text: String)]
    /// The seed of random data.
    public var seed: UInt64

    /// Says where a picture comes from.
    public init(file: String? = nil, values: [(name: String, text: String)] = [], seed: UInt64 = 0) {
      self.file = file
      self.values = values
      self.seed = seed
    }

    /// Whether two pictures come from the same file, with the same values and seed.
    public static func == (a: Origin, b: Origin) -> Bool {
      a.file == b.file && a.seed == b.seed && a.values.map(\.name) == b.values.map(\.name)
        && a.values.map(\.text) == b.values.map(\.text)
    }
  }
}

extension Diagram.Origin {
  /// What a picture's data say of its origin.
  var attributes: [(name: String, value: String)] {
    var attributes: [(name: String, value: String)] = []
    if let file { attributes.append(("data_file", file)) }
    if !values.isEmpty {
      // A line break inside brackets is as good as a space.
      let lines = values.map { "\($0.name)=\($0.text.replacing("\n", with: " "))" }
      attributes.append(("data_values", lines.joined(separator: "\n")))
    }
    if seed != 0 { attributes.append(("data_seed", "\(seed)")) }
    return attributes
  }

  /// Reads what ``attributes`` says.
  init(attribute: (String) -> String?) {
    let lines = (attribute("data_values") ?? "").split(separator: "\n")
    self.init(
      file: attribute("data_file"),
      values: lines.compactMap { line in
        line.firstIndex(of: "=").map { (String(line[..<$0]), String(line[line.index(after: $0)...])) }
      },
      seed: attribute("data_seed").flatMap { UInt64($0) } ?? 0)
  }
}
