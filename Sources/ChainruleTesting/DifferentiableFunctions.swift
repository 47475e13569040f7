#if canImport(_Differentiation)
  public import GradientChecking
  internal import Gradients
  public import Testing
  public import _Differentiation

  /// Checks the derivative of one of Swift's own differentiable functions, derived by the compiler or given with
  /// `@derivative(of:)`, against the numerical one.
  ///
  /// A point is a `Double`, an array of them, or a structure of these. Its numbers are moved through its coding, so a
  /// structure needs `Codable`, with the names of its properties as keys: declaring it is enough.
  ///
  /// - Throws: `PathError` when a number cannot be reached through the coding, and what the check throws.
  public func checkGradients<Point: Differentiable & Codable & Sendable>(
    of function: @escaping @differentiable(reverse) @Sendable (Point) -> Double, at x: Point
  ) throws -> CheckReport {
    try GradientCheck(of: function, at: x).run()
  }

  /// Expects that the derivative of one of Swift's own differentiable functions agrees with the numerical one; a point
  /// is a `Double`, an array of them, or a `Codable` structure of these.
  @discardableResult
  public func expectGradientsAgree<Point: Differentiable & Codable & Sendable>(
    of function: @escaping @differentiable(reverse) @Sendable (Point) -> Double, at x: Point,
    tolerance: Double = 1e-7, sourceLocation: SourceLocation = #_sourceLocation
  ) -> CheckReport? {
    expectGradientsAgree(
      try GradientCheck(of: function, at: x), tolerance: tolerance, sourceLocation: sourceLocation)
  }

  extension GradientCheck {
    /// The check of one of Swift's own differentiable functions: each stored number, or array of numbers, of `x` is
    /// an input, called by its path.
    ///
    /// - Throws: `PathError` when a number of `x` cannot be reached through its coding.
    public init<Point: Differentiable & Codable & Sendable>(
      of function: @escaping @differentiable(reverse) @Sendable (Point) -> Double, at x: Point
    ) throws {
      let slopes = try NumberLeaf.all(in: gradient(at: x, of: function))
      let leaves = try NumberLeaf.all(in: x).filter { $0.gradient(in: slopes) != nil }
      let point = try CodedPoint(x)
      for leaf in leaves { try point.check(leaf) }
      let gate = FunctionGate(
        operands: leaves.map(\.name),
        value: { operands throws(GateError) in function(try point.moved(leaves, to: operands)) },
        gradients: { operands throws(GateError) in
          let slopes = try tangents(gradient(at: point.moved(leaves, to: operands), of: function))
          return leaves.map { leaf in
            let slope = leaf.gradient(in: slopes) ?? leaf
            return Tensor(shape: Shape(slope.shape), elements: slope.values)
          }
        })
      try self.init(of: gate, at: leaves.map { Tensor(shape: Shape($0.shape), elements: $0.values) })
    }
  }

  private func tangents(_ tangent: some Any) throws(GateError) -> [NumberLeaf] {
    do {
      return try NumberLeaf.all(in: tangent)
    } catch {
      throw GateError(error.description)
    }
  }
#endif
