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
