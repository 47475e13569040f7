import Foundation
public import Gradients

/// x tanh(softplus(x)), a smooth relu.
///
/// Source: D. Misra, "Mish: a self regularized non-monotonic activation function", 2019.
public struct Mish: UnaryGate {
  /// Makes the gate.
  public init() {}

  /// What is known of the gate without running it.
  public var card: GateCard {
    GateCard(
      name: "mish", summary: "x times the hyperbolic tangent of softplus(x).",
      localGradient: "tanh(s) + x (1 - tanh²(s)) sigmoid(x) with s = softplus(x)")
  }

  /// The function.
  public func value(_ x: Double) -> Double { x * tanh(log1p(exp(x))) }

  /// Its derivative at `x`, where it is `y`.
  public func slope(_ x: Double, _ y: Double) -> Double {
    let t = tanh(log1p(exp(x)))
    return t + x * (1 - t * t) / (1 + exp(-x))
  }
}
