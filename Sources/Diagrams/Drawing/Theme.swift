/// The colours a picture can have.
public enum DiagramTheme: String, Sendable, CaseIterable {
  /// The lecture's green and red on white.
  case lecture
  /// Light on dark.
  case dark
  /// Black and grey, gradients in italics.
  case print
  /// Blue and orange, which everyone tells apart.
  case colorblind
  /// Blue and orange on dark.
  case colorblindDark = "colorblind-dark"
  /// The lecture's colours, or those that the page around the picture sets, or dark ones where the reader wants them.
  case auto
}

/// The colours of a picture; each text stands at 4.5:1 or better against what is behind it.
///
/// No two parts of one theme have the same colour, so that a colour tells what a part is.
struct Theme: Sendable, Equatable {
  var paper = "#FFFFFF"
  /// Wires, names and the rims of gates.
  var ink = "#202124"
  /// Shapes, captions and frames.
  var secondary = "#5F6368"
  /// The inside of a gate.
  var gate = "#FEFEFE"
  /// Forward values.
  var forward = "#1B7A2F"
  /// Gradients.
  var gradient = "#C4161C"
  /// Local gradients.
  var local = "#1A56C4"
  /// The gate of a step.
  var focus = "#B45309"
  var failure = "#B3141A"
  var failurePaper = "#FDECEA"
  var slantsGradients = false

  static let font = "Helvetica,Arial,sans-serif"

  init() {}

  init(_ theme: DiagramTheme) {
    switch theme {
    case .lecture, .auto: break
    case .dark:
      self = Self.onDark
    case .print:
      (secondary, forward, gradient, local) = ("#4A4A4A", "#000000", "#5A5A5A", "#303030")
      (focus, failure, failurePaper) = ("#101010", "#181818", "#EEEEEE")
      slantsGradients = true
    case .colorblind:
      (forward, gradient, local) = ("#005A9C", "#B84500", "#6A3D9A")
      (focus, failure, failurePaper) = ("#8A5A00", "#A33C00", "#FFF1E8")
    case .colorblindDark:
      self = Self.onDark
      (forward, gradient, local) = ("#6CB6FF", "#FFB454", "#D0A8FF")
      (focus, failure, failurePaper) = ("#F2E26B", "#FFC27A", "#3A2A14")
    }
  }

  private static var onDark: Theme {
    var theme = Theme()
    (theme.paper, theme.ink, theme.secondary) = ("#14161A", "#E8EAED", "#9AA0A6")
    (theme.gate, theme.forward, theme.gradient) = ("#1E2126", "#7BD88F", "#FF8A80")
    (theme.local, theme.focus) = ("#8AB4F8", "#FDBA74")
    (theme.failure, theme.failurePaper) = ("#FF9A91", "#3B1D1F")
    return theme
  }

  /// Every colour with the name of what it is for.
  var roles: [(name: String, color: String)] {
    [
      ("paper", paper), ("ink", ink), ("secondary", secondary), ("gate", gate), ("forward", forward),
      ("gradient", gradient), ("local", local), ("focus", focus), ("failure", failure),
      ("failure-paper", failurePaper),
    ]
  }
}
