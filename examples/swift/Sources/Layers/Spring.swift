#if canImport(_Differentiation)
  public import _Differentiation

  /// A mass on a spring.
  public struct Spring: Differentiable, Codable, Sendable {
    /// How far the mass is from rest, in metres.
    public var position: Double
    /// How fast it is, in metres a second.
    public var velocity: Double
    /// The mass, in kilograms.
    @noDerivative public var mass = 0.5

    /// Makes a spring.
    public init(position: Double, velocity: Double) {
      self.position = position
      self.velocity = velocity
    }
  }

  /// The energy of a spring in joules.
  @differentiable(reverse)
  public func energy(_ spring: Spring) -> Double {
    0.5 * spring.mass * spring.velocity * spring.velocity + storedEnergy(spring.position)
  }

  /// The energy that a stiffness of 8 newtons a metre stores.
  func storedEnergy(_ x: Double) -> Double { 4 * x * x }

  /// Its derivative, by hand.
  @derivative(of: storedEnergy)
  func storedEnergyDerivative(_ x: Double) -> (value: Double, pullback: (Double) -> Double) {
    (storedEnergy(x), { 8 * x * $0 })
  }
#endif
