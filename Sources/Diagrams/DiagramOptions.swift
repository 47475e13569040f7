/// How a function is drawn: what a picture shows, and in which colours.
///
/// A picture carries its options in its data, so that the same picture can be drawn again from what it holds.
public struct DiagramOptions: Sendable, Equatable {
  /// What a picture shows.
  public enum Style: String, Sendable, CaseIterable {
    /// Values above the wires, gradients below.
    case lecture
    /// The same, and at each gate how the upstream, local and downstream gradients belong together.
    case full
    /// The forward pass alone.
    case values
    /// One gate: what comes in, its local gradients, what goes back.
    case closeup
  }

  /// What the picture shows.
  public var style = Style.lecture

  /// The gate of a close-up: its node (`n4`), its name, its text in the formula, or the name of the operation; the gate
  /// that gives the output without it.
  public var closeup: String?

  /// The colours.
  public var theme = DiagramTheme.lecture

  /// The decimals of all numbers; chosen so that shown products agree without it.
  public var decimals: Int?

  /// Whether gates are captioned with what they do to a gradient.
  public var hasCaptions = false

  /// Whether tensors too large to be written out are drawn as a map of colours.
  public var hasHeatMaps = false

  /// What is drawn as one gate.
  public var folding = Folding.automatic

  /// The step of the forward and backward pass that is shown, counted from 0; the end of both without it.
  public var step: Int?

  /// What is drawn as one gate.
  public enum Folding: Sendable, Equatable {
    /// Nothing in a small picture; in a large one the outermost functions, then the named values.
    case automatic
    /// Nothing: every gate is drawn.
    case none
    /// The functions of these names.
    case names([String])
    /// What lies deeper than this inside functions.
    case depth(Int)
  }

  /// Makes the options of the lecture's pictures.
  public init() {}
}

// MARK: - As data

extension DiagramOptions {
  /// The attributes that say how a picture was drawn; what is as usual is left out.
  public var attributes: [(name: String, value: String)] {
    var attributes = [(name: "data_style", value: style.rawValue)]
    if let closeup { attributes.append(("data_closeup", closeup)) }
    if theme != .lecture { attributes.append(("data_theme", theme.rawValue)) }
    if let decimals { attributes.append(("data_decimals", "\(decimals)")) }
    if hasCaptions { attributes.append(("data_captions", "true")) }
    if hasHeatMaps { attributes.append(("data_heatmap", "true")) }
    switch folding {
    case .automatic: break
    case .none: attributes.append(("data_unfold", "true"))
    case .names(let names): attributes.append(("data_fold", names.joined(separator: " ")))
    case .depth(let depth): attributes.append(("data_depth", "\(depth)"))
    }
    if let step { attributes.append(("data_step", "\(step)")) }
    return attributes
  }

  /// Reads what ``attributes`` says; what is missing or makes no sense is as usual.
  ///
  /// - Parameter attribute: the value of an attribute of the picture's graph, by name.
  public init(attribute: (String) -> String?) {
    func text(_ name: String) -> String? {
      attribute(name).flatMap { $0.isEmpty ? nil : $0 }
    }
    style = text("data_style").flatMap(Style.init) ?? .lecture
    closeup = text("data_closeup")
    theme = text("data_theme").flatMap(DiagramTheme.init) ?? .lecture
    decimals = text("data_decimals").flatMap { Int($0) }
    hasCaptions = text("data_captions") == "true"
    hasHeatMaps = text("data_heatmap") == "true"
    if text("data_unfold") == "true" {
      folding = .none
    } else if let names = text("data_fold") {
      folding = .names(names.split(separator: " ").map(String.init))
    } else if let depth = text("data_depth").flatMap({ Int($0) }) {
      folding = .depth(depth)
    }
    step = text("data_step").flatMap { Int($0) }
  }
}
