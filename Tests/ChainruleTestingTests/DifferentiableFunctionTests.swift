#if canImport(_Differentiation)
  @testable import ChainruleTesting
  import GradientChecking
  import Testing
  import _Differentiation

  private func cube(_ x: Double) -> Double { x * x * x }

  /// Right: 3x².
  @derivative(of: cube)
  private func cubeDerivative(_ x: Double) -> (value: Double, pullback: (Double) -> Double) {
    (cube(x), { 3 * x * x * $0 })
  }

  private func square(_ x: Double) -> Double { x * x }

  /// Wrong: the sign is flipped.
  @derivative(of: square)
  private func squareDerivative(_ x: Double) -> (value: Double, pullback: (Double) -> Double) {
    (square(x), { -2 * x * $0 })
  }

  private struct Layer: Differentiable, Codable, Sendable {
    var weights: [Double]
    var bias: Double
    @noDerivative var name = "layer"
  }

  private struct Model: Differentiable, Codable, Sendable {
    var first: Layer
    var second: Layer
    var scale: Double
    @noDerivative var rate = 0.5
  }

  @differentiable(reverse)
  private func loss(_ model: Model) -> Double {
    let hidden = model.first.weights[0] * 2 + model.first.bias
    return (hidden * model.second.weights[1] + model.second.bias) * model.scale
  }

  private struct Mixed: Differentiable, Codable, Sendable {
    var x: Double
    var y: Float
  }

  private struct Renamed: Differentiable, Codable, Sendable {
    var x: Double
    private enum CodingKeys: String, CodingKey { case x = "value" }
  }

  @Suite struct DifferentiableFunctionTests {
    private let model = Model(
      first: Layer(weights: [2, 3], bias: 1), second: Layer(weights: [4, 5], bias: 6), scale: 2)

    @Test func `derivatives that the compiler makes agree`() throws {
      expectGradientsAgree(of: { (x: Double) in x * x + 2 * x }, at: 3)
      expectGradientsAgree(of: { (x: [Double]) in x[0] * x[1] + x[1] }, at: [2, 3])
      #expect(try checkGradients(of: { (x: Double) in x * x }, at: 3).inputs[0].comparisons[0].analytic == 6)
    }

    @Test func `a structure is checked number by number, each under its path`() throws {
      // hidden = 5, f = (5 * 5 + 6) * 2; df/dw = 2 * 5 * 2, df/db = 5 * 2, and so on by the chain rule.
      let report = try checkGradients(of: loss, at: model)
      #expect(report.verdict == .agree)
      #expect(
        report.inputs.map(\.name) == [
          "first.weights", "first.bias", "second.weights", "second.bias", "scale",
        ])
      #expect(report.inputs.map { $0.comparisons.map(\.analytic) } == [[20, 0], [10], [0, 10], [2], [31]])
    }

    @Test func `an array of structures is checked, and zeros in its tangent are gradients`() throws {
      let layers = [Layer(weights: [1, 2], bias: 3), Layer(weights: [4, 5], bias: 6)]
      let report = try checkGradients(of: { (x: [Layer]) in x[1].weights[0] * x[1].bias }, at: layers)
      #expect(report.verdict == .agree)
      #expect(report.inputs.map(\.name) == ["0.weights", "0.bias", "1.weights", "1.bias"])
      #expect(report.inputs.map { $0.comparisons.map(\.analytic) } == [[0, 0], [0], [6, 0], [4]])
    }

    @Test func `a number that is no Double, or is coded under another name, is told`() throws {
      #expect(throws: PathError("'y' is a Float; only a Double can be checked")) {
        try checkGradients(of: { (p: Mixed) in p.x }, at: Mixed(x: 1, y: 2))
      }
      #expect(
        throws: PathError(
          "the coding of the point holds no 'x'; its keys must be the names of its properties")
      ) { try checkGradients(of: { (p: Renamed) in p.x }, at: Renamed(x: 1)) }
    }

    @Test func `a derivative written by hand is checked`() throws {
      expectGradientsAgree(of: cube, at: 1.5)
      withKnownIssue {
        expectGradientsAgree(of: square, at: 1.5)
      } matching: {
        $0.comments.contains { $0.rawValue.contains("the sign is flipped") }
      }
    }
  }
#endif
