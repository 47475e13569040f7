/// The gates that formulas can name.
public struct GateCatalog: Sendable {
  /// The gates, in alphabetical order of their files.
  public let gates: [any CatalogGate.Type]

  private let positions: [String: Int]

  /// Makes a catalogue; no two gates may share a name or an alias.
  public init(_ gates: [any CatalogGate.Type]) {
    self.gates = gates
    var positions: [String: Int] = [:]
    for (position, gate) in gates.enumerated() {
      for name in [gate.card.name] + gate.card.aliases {
        precondition(positions.updateValue(position, forKey: name) == nil, "two gates are named '\(name)'")
      }
    }
    self.positions = positions
  }

  /// The gate of a name or an alias.
  public subscript(name: String) -> (any CatalogGate.Type)? {
    positions[name].map { gates[$0] }
  }

  /// The cards, in order.
  public var cards: [GateCard] { gates.map { $0.card } }

  /// Every gate of the package. A gate is one file in `Gates/` and one line here.
  public static let standard = GateCatalog([
    Add.self,
    Broadcast.self,
    Divide.self,
    Exp.self,
    Log.self,
    Maximum.self,
    Multiply.self,
    Negate.self,
    Power.self,
    Reciprocal.self,
    Relu.self,
    Sigmoid.self,
    Subtract.self,
    Tanh.self,
  ])
}
