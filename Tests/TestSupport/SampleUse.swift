public import Gradients

/// A use of a gate that tests can run: its options, and the shapes of its operands.
public struct SampleUse: Sendable, CustomStringConvertible {
  /// The gate's card.
  public let card: GateCard
  /// The gate with the options of this use.
  public let gate: any CatalogGate
  /// Operands drawn from the card's domain.
  public let operands: [Tensor]

  /// The gate and the shapes, for test reports.
  public var description: String {
    "\(card.name) at \(operands.map(\.shape.description).joined(separator: ", "))"
  }

  /// Uses of every gate of the catalogue, at several shapes.
  public static let all: [SampleUse] = GateCatalog.standard.gates.flatMap { type in
    uses(of: type.card.name).enumerated().compactMap { number, use in
      guard let gate = try? type.init(GateOptions(use.options)) else { return nil }
      var random = SplitMix64(seed: type.card.name.utf8.reduce(UInt64(number)) { $0 &* 31 &+ UInt64($1) })
      let operands = use.shapes.enumerated().map { position, shape in
        Tensor(
          shape: shape,
          elements: (0..<shape.count).map { i in
            type.card.isLabel(position) ? Double(i % use.labels) : sample(type.card, &random)
          })
      }
      return SampleUse(card: type.card, gate: gate, operands: operands)
    }
  }

  /// A number of the domain, a multiple of 1/64 plus an odd 1/128, which keeps away from kinks and ties.
  private static func sample(_ card: GateCard, _ random: inout SplitMix64) -> Double {
    let width = card.domain.upperBound - card.domain.lowerBound
    while true {
      let x = card.domain.lowerBound + width * Double(random.next() >> 11) * 0x1p-53
      if card.kinks.allSatisfy({ (x - $0).magnitude > 0.01 }) { return x }
    }
  }

  private struct Use {
    var shapes: [Shape]
    var options: [(name: String, value: OptionValue)] = []
    var labels = 2
  }

  private static func uses(of name: String) -> [Use] {
    let (scalar, vector, matrix) = (Shape(), Shape(3), Shape(2, 3))
    switch name {
    case "broadcast_to":
      let target = [("shape", OptionValue.list([.number(2), .number(3)]))]
      return [scalar, vector, Shape(2, 1), Shape(1, 1), matrix].map { Use(shapes: [$0], options: target) }
    case "reshape":
      return [Use(shapes: [matrix], options: [("shape", .list([.number(3), .number(-1)]))])]
    case "slice":
      return [
        Use(
          shapes: [Shape(4, 3)],
          options: [
            ("start", .list([.none, .number(1)])), ("stop", .list([.none, .none])),
            ("step", .list([.number(-2), .none])),
          ])
      ]
    case "gather": return [Use(shapes: [matrix, Shape(2), Shape(2)]), Use(shapes: [matrix, Shape(3)])]
    case "transpose":
      return [
        Use(shapes: [matrix]),
        Use(shapes: [Shape(2, 3, 2)], options: [("axes", .list([.number(1), .number(2), .number(0)]))]),
      ]
    case "matmul":
      return [
        [vector, vector], [matrix, vector], [Shape(2), matrix], [matrix, Shape(3, 4)],
        [Shape(2, 2, 3), Shape(3, 2)],
        [Shape(12, 16), Shape(16, 8)],
      ].map { Use(shapes: $0) }
    case "concatenate":
      return [Use(shapes: [matrix, Shape(2, 1)], options: [("axis", .number(1))])]
    case "stack": return [Use(shapes: [matrix, matrix], options: [("axis", .number(-1))])]
    case "outer": return [Use(shapes: [vector, Shape(2)])]
    case "softmax_loss", "svm_loss":
      return [Use(shapes: [Shape(4, 3), Shape(4)]), Use(shapes: [vector, scalar])]
    case "affine":
      return [
        [Shape(2, 3), Shape(3, 4), Shape(4)], [Shape(1, 3), Shape(3, 1), Shape(1)],
        [Shape(2, 3, 2), Shape(6, 2), Shape(2)], [Shape(12, 16), Shape(16, 8), Shape(8)],
      ].map { Use(shapes: $0) }
    case "batchnorm":
      return [Shape(4, 3), Shape(5, 1), Shape(1, 3)].map {
        Use(shapes: [$0, Shape($0.extents[1]), Shape($0.extents[1])])
      }
    case "layernorm":
      return [matrix, Shape(2, 2, 4), Shape(1, 5)].map {
        Use(shapes: [$0, Shape($0.extents.suffix(1)), Shape($0.extents.suffix(1))])
      }
    case "dropout":
      return [scalar, matrix].map { Use(shapes: [$0, $0], options: [("p", .number(0.75))]) }
    case "conv2d":
      let (stride, pad): ((String, OptionValue), (String, OptionValue)) = (
        ("stride", .number(2)), ("pad", .number(1))
      )
      return [
        Use(shapes: [Shape(2, 1, 3, 2), Shape(3, 1, 2, 3), Shape(3)], options: [stride, pad]),
        Use(shapes: [Shape(1, 1, 5, 4), Shape(2, 1, 3, 3), Shape(2)], options: [stride, pad]),
        Use(shapes: [Shape(1, 2, 3, 4), Shape(1, 2, 2, 1), Shape(1)]),
        Use(
          shapes: [Shape(1, 1, 2, 5), Shape(1, 1, 3, 2), Shape(1)],
          options: [
            ("stride", .list([.number(1), .number(3)])), ("pad", .list([.number(2), .number(0)])),
          ]),
      ]
    case "max_pool2d":
      return [
        Use(shapes: [Shape(2, 1, 4, 2)]),
        Use(shapes: [Shape(1, 1, 5, 4)], options: [("size", .number(3)), ("stride", .number(1))]),
        Use(
          shapes: [Shape(1, 2, 5, 3)],
          options: [("size", .list([.number(2), .number(3)])), ("stride", .number(2))]),
      ]
    case "rnn_step":
      return [(2, 3, 2), (1, 2, 1)].map { (n, d, h) in
        Use(shapes: [Shape(n, d), Shape(n, h), Shape(d, h), Shape(h, h), Shape(h)])
      }
    case "lstm_step":
      return [(2, 1, 2), (1, 2, 1)].map { (n, d, h) in
        Use(shapes: [Shape(n, d), Shape(n, h), Shape(n, h), Shape(d, 4 * h), Shape(h, 4 * h), Shape(4 * h)])
      }
    case "where": return [Use(shapes: [matrix, matrix, matrix])]
    case "maxout": return [Use(shapes: [matrix, matrix, matrix])]
    case "clip": return [Use(shapes: [matrix], options: [("min", .number(-1)), ("max", .number(1.5))])]
    case "softmax", "log_softmax":
      return [Use(shapes: [vector]), Use(shapes: [matrix], options: [("axis", .number(0))])]
    case "L2": return [scalar, vector, matrix].map { Use(shapes: [$0]) }
    case "sum", "mean", "max", "min", "prod", "norm", "logsumexp":
      return [
        Use(shapes: [vector]), Use(shapes: [matrix]), Use(shapes: [matrix], options: [("axis", .number(0))]),
        Use(
          shapes: [Shape(2, 3, 2)],
          options: [("axis", .list([.number(0), .number(-1)])), ("keepdims", .flag(true))]),
      ]
    default:
      let count = GateCatalog.standard[name]?.card.operands.count ?? 1
      return [scalar, vector, matrix].map { Use(shapes: Array(repeating: $0, count: count)) }
    }
  }
}
