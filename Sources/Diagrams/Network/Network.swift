/// An architecture: fully connected layers of neurons, one after the other.
public struct Network: Sendable, Equatable {
  /// A layer; the first one holds the inputs.
  public struct Layer: Sendable, Equatable {
    /// How many neurons it has.
    public let count: Int
    /// How many of them have a bias.
    public let biases: Int
    /// How many numbers scale and shift what it gives, as gamma and beta of a batch normalization do.
    public let scales: Int
    /// What is applied to them, such as `relu`; nil for nothing.
    public let activation: String?

    /// Makes a layer.
    public init(count: Int, biases: Int, scales: Int = 0, activation: String? = nil) {
      (self.count, self.biases, self.scales, self.activation) = (count, biases, scales, activation)
    }
  }

  /// The layers, the inputs first.
  public let layers: [Layer]

  /// A network has at most so many layers, and a layer so many neurons.
  public static let (mostLayers, mostNeurons) = (20, 100_000_000)

  /// Makes a network of layers that the caller has found to follow one another.
  init(layers: [Layer]) {
    self.layers = layers
  }

  /// Reads `3-4-4-2`, a network whose neurons all have biases.
  ///
  /// - Throws: `DiagramError` when the text is something else.
  public init(_ text: String) throws(DiagramError) {
    let counts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard counts.count >= 2, counts.allSatisfy({ $0 > 0 }) else {
      throw DiagramError("'\(text)' is no network: write the neurons of each layer, such as 3-4-4-2")
    }
    guard counts.count <= Self.mostLayers, counts.allSatisfy({ $0 <= Self.mostNeurons }) else {
      throw DiagramError(
        "'\(text)' is too large: at most \(Self.mostLayers) layers of \(Self.mostNeurons) neurons can be drawn"
      )
    }
    layers = counts.enumerated().map { Layer(count: $1, biases: $0 == 0 ? 0 : $1) }
  }

  /// The neurons, the inputs not counted.
  public var neurons: Int { layers.dropFirst().map(\.count).reduce(0, +) }
  /// The weights: one for each pair of neighbours.
  public var weights: Int { zip(layers, layers.dropFirst()).map { $0.count * $1.count }.reduce(0, +) }
  /// The biases.
  public var biases: Int { layers.map(\.biases).reduce(0, +) }

  /// `3-4-2`.
  public var name: String { layers.map { "\($0.count)" }.joined(separator: "-") }

  /// The numbers of normalizations.
  public var scales: Int { layers.map(\.scales).reduce(0, +) }

  /// `20 weights + 6 biases = 26 parameters`, and between them `+ 8 of normalizations`.
  public var parameters: String {
    var parts = [
      "\(weights) \(weights == 1 ? "weight" : "weights")", "\(biases) \(biases == 1 ? "bias" : "biases")",
    ]
    if scales > 0 { parts.append("\(scales) of normalizations") }
    return "\(parts.joined(separator: " + ")) = \(weights + biases + scales) parameters"
  }
}
