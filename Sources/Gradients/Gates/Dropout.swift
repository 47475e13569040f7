/// Inverted dropout with a given mask (CS231n notes, neural-networks-2).
struct Dropout: BinaryGate, LinearGate, CatalogGate {
  static let card = GateCard(
    name: "dropout", operands: ["x", "mask"], labels: [1],
    options: [
      .init("p", "the probability of keeping an element; 1 without it, for a mask that holds 1/p itself")
    ],
    summary: "Computes x * mask / p.", rules: [.local("mask / p"), .local("0")],
    pattern: .switcher)

  private let p: Double

  init(p: Double) {
    self.p = p
  }

  init(_ options: GateOptions) throws(OptionError) {
    p = try options.number("p") ?? 1
    guard p > 0, p <= 1 else {
      throw OptionError("'p' must be above 0 and at most 1, and is \(NumberText.short(p))")
    }
  }

  var settings: [(name: String, value: OptionValue)] { [("p", .number(p))] }

  func value(_ x: Double, _ mask: Double) -> Double { x * mask / p }
  func slopes(_ x: Double, _ mask: Double, _ z: Double) -> (x: Double, y: Double) { (mask / p, 0) }
}

extension Variable {
  /// Computes x * mask / p, where p is the probability of keeping an element.
  public static func dropout(
    _ x: Variable, _ mask: Variable, p: Double = 1, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    .apply(Dropout(p: p), to: [x, mask], file: file, line: line)
  }
}
