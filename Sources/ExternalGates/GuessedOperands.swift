public import Gradients

/// Operands and options that fit a gate of another program, as far as the names of it and of its parameters tell.
///
/// The names are those of the course's assignments.
public enum GuessedOperands {
  /// For each operand its name and a data source; nil where a name says nothing.
  public static func operands(for card: GateCard) -> [(name: String, text: String)]? {
    let table = table(for: card)
    var guesses: [(name: String, text: String)] = []
    for name in card.operands {
      guard let value = table[name] ?? table[name.lowercased()] else { return nil }
      guesses.append((name, value))
    }
    return guesses.isEmpty ? nil : guesses
  }

  /// Options that such a gate may need beside.
  public static func options(for card: GateCard) -> [(name: String, text: String)] {
    let name = card.name.lowercased()
    if name.contains("conv") { return [("stride", "1"), ("pad", "1")] }
    if name.contains("pool") { return [("pool_height", "2"), ("pool_width", "2"), ("stride", "2")] }
    if name.contains("dropout") { return [("mode", "\"train\""), ("p", "0.5"), ("seed", "1")] }
    return name.contains("norm") ? [("mode", "\"train\"")] : []
  }

  private static func table(for card: GateCard) -> [String: String] {
    let operands = Set(card.operands)
    let name = card.name.lowercased()
    if name.contains("conv") || name.contains("pool") {
      return ["x": "randn(2,3,5,4)", "w": "randn(4,3,3,2)", "b": "randn(4)"]
    }
    if operands.contains("prev_h") {
      // A memory cell has four gates side by side.
      let width = operands.contains("prev_c") || name.contains("lstm") ? 20 : 5
      return [
        "x": "randn(3,4)", "prev_h": "randn(3,5)", "prev_c": "randn(3,5)", "Wx": "randn(4,\(width))",
        "Wh": "randn(5,\(width))", "b": "randn(\(width))",
      ]
    }
    var table = [
      "x": "randn(4,5)", "w": "randn(5,3)", "b": "randn(3)", "y": "[0,2,1,1]", "gamma": "randn(5)",
      "beta": "randn(5)", "mask": "[0,1,1,0,1]", "reg": "0.1", "W1": "randn(5,6)", "b1": "randn(6)",
      "W2": "randn(6,3)", "b2": "randn(3)", "h": "randn(4,5)", "scores": "randn(4,5)", "labels": "[0,2,1,1]",
    ]
    if operands.contains("x"), operands.contains("y"), name.contains("mse") { table["y"] = "randn(4,5)" }
    return table
  }
}
