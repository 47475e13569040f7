internal import Gradients

extension StoredDiagram.Node {
  /// The node as a sentence names it: `gate 'exp' (n6)`, `gate 'add' q (n3)`, `input w0`.
  var words: String {
    switch kind {
    case .gate(let gate): "gate '\(gate)' \(name.isEmpty ? "" : "\(name) ")(\(id))"
    case .box(let box): "box '\(box)' \(name.isEmpty ? "" : "\(name) ")(\(id))"
    case .part: "value \(shortName)"
    case .input: gates.isEmpty ? "input \(shortName)" : "inputs \(gates.replacing(" ", with: ", "))"
    case .constant: "constant \(shortName)"
    }
  }

  /// The node inside a sentence about another: the name of a leaf, else its place.
  var shortName: String { kind.isGate || name.isEmpty ? id : name }

  /// How many gates are drawn as this one.
  var gateCount: Int { gates.split(separator: " ").count }

  var shapeWords: String {
    let extents = shape.split(separator: "x").compactMap { Int($0) }
    return (try? Shape(validating: extents).description) ?? shape
  }
}

/// How differences are said.
enum DifferenceWords {
  /// `a`, `a and b`, `a, b and c`.
  static func list(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "nothing" }
    return "\(words.dropLast().joined(separator: ", ")) and \(last)"
  }

  /// Two different numbers with as many digits as it takes to tell them apart, four at least.
  static func apart(_ a: Double, _ b: Double) -> (String, String) {
    for digits in 4...17 {
      let (first, second) = (NumberText.short(a, digits: digits), NumberText.short(b, digits: digits))
      if first != second { return (first, second) }
    }
    return (NumberText.exact(a), NumberText.exact(b))
  }

  /// Where two tensors differ most: the place, both numbers, and how many elements differ.
  struct Worst {
    var place = ""
    let present: String
    let stored: String
    var count = ""

    var words: String { "\(place)\(present), stored \(stored)\(count)" }
  }

  /// Finds where two tensors differ most, among `positions`.
  static func worst(
    _ present: StoredNumbers, _ stored: StoredNumbers, at positions: [Int], _ node: StoredDiagram.Node
  ) -> Worst {
    let (a, b) = (present.numbers, stored.numbers)
    guard a.count == b.count, let first = positions.first else {
      return Worst(present: "\(a.count) numbers", stored: "\(b.count) numbers")
    }
    func distance(_ position: Int) -> Double {
      let distance = (a[position] - b[position]).magnitude
      return distance.isNaN ? .infinity : distance
    }
    let worst = positions.dropFirst().reduce(first) { distance($1) > distance($0) ? $1 : $0 }
    let texts = apart(a[worst], b[worst])
    if present.isSummary {
      let names = ["least element", "greatest element", "norm"]
      // What people know is said before a projection is.
      guard let named = positions.last(where: { $0 < names.count }) else {
        return Worst(place: "projection \(worst - names.count) ", present: texts.0, stored: texts.1)
      }
      let texts = apart(a[named], b[named])
      return Worst(place: "\(names[named]) ", present: texts.0, stored: texts.1)
    }
    guard a.count > 1 else { return Worst(present: texts.0, stored: texts.1) }
    let extents = node.shape.split(separator: "x").compactMap { Int($0) }
    guard extents.reduce(1, *) == a.count else {
      return Worst(
        place: "number \(worst) ", present: texts.0, stored: texts.1,
        count: ", \(positions.count) of \(a.count) numbers")
    }
    var rest = worst
    let index = extents.reversed().map { extent in
      defer { rest /= extent }
      return String(rest % extent)
    }
    return Worst(
      place: "[\(index.reversed().joined(separator: ", "))] ", present: texts.0, stored: texts.1,
      count: ", \(positions.count) of \(a.count) elements")
  }

  /// The constants in a gate: `1`, or `1 as operand 0` where the place matters.
  static func constants(_ constants: [String], withPlaces: Bool) -> String {
    list(
      constants.map { constant in
        let parts = constant.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return constant }
        return withPlaces ? "\(parts[1]) as operand \(parts[0])" : parts[1]
      })
  }
}
