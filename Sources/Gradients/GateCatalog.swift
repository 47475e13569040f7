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

  /// Every gate of the package.
  ///
  /// A gate is one file in `Gates/` and one line here.
  public static let standard = GateCatalog([
    Abs.self,
    Add.self,
    Affine.self,
    Batchnorm.self,
    Broadcast.self,
    Clip.self,
    Concatenate.self,
    Conv2d.self,
    Cos.self,
    Divide.self,
    Dropout.self,
    Elu.self,
    Equal.self,
    Exp.self,
    Expm1.self,
    Gather.self,
    Gelu.self,
    Greater.self,
    GreaterEqual.self,
    L2.self,
    Layernorm.self,
    LeakyRelu.self,
    Less.self,
    LessEqual.self,
    Log.self,
    Log1p.self,
    LogSoftmax.self,
    Logsumexp.self,
    LstmStep.self,
    Matmul.self,
    Max.self,
    MaxPool2d.self,
    Maximum.self,
    Maxout.self,
    Mean.self,
    Min.self,
    Minimum.self,
    MseLoss.self,
    Multiply.self,
    Negate.self,
    Norm.self,
    NotEqual.self,
    Outer.self,
    Power.self,
    Prod.self,
    Reciprocal.self,
    Relu.self,
    Reshape.self,
    RnnStep.self,
    Sigmoid.self,
    Sign.self,
    Silu.self,
    Sin.self,
    Slice.self,
    Softmax.self,
    SoftmaxLoss.self,
    Softplus.self,
    Sqrt.self,
    Square.self,
    Stack.self,
    Subtract.self,
    Sum.self,
    SvmLoss.self,
    Tan.self,
    Tanh.self,
    Transpose.self,
    Where.self,
  ])
}
