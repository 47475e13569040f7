/// How numerical gradients are found.
public enum CheckMethod: String, Sendable, Codable, CaseIterable {
  /// By finite differences; by the complex step where they leave something in doubt.
  case auto
  /// By finite differences alone.
  case central
  /// By the complex step alone, where every gate has a complex forward pass.
  case complex
}

/// How a check decides, and what ends it early.
struct CheckSettings: Sendable {
  /// How far apart two gradients may be, relative to the larger one.
  var tolerance = 1e-7
  /// How numerical gradients are found.
  var method = CheckMethod.auto
  /// Seed of everything that is drawn.
  var seed: UInt64 = 0
  /// Asked now and then whether to stop.
  var shouldStop: @Sendable () -> Bool = { false }

  /// Throws where one asks to stop.
  func requireGoingOn() throws(StoppedCheck) {
    if shouldStop() { throw StoppedCheck() }
  }
}

/// Ends a check that is asked to stop; what it has found is reported.
struct StoppedCheck: Error {}
