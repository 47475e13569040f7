import Gradients
import TestSupport
import Testing

/// Values and slopes where a naive formula fails, and at kinks.
///
/// Constants: mpmath 1.3 at 50 digits.
@Suite struct GateValueTests {
  private func run(
    _ name: String, _ operands: Tensor..., options: [(name: String, value: OptionValue)] = []
  ) throws -> (value: Tensor, gradients: [Tensor]) {
    let gate = try #require(GateCatalog.standard[name]).init(GateOptions(options))
    let value = try gate.output(at: operands)
    return (value, try gate.downstreamGradients(Tensor(repeating: 1, shape: value.shape), at: operands))
  }

  private func scalar(_ name: String, _ x: Double...) throws -> (value: Double, slopes: [Double]) {
    let gate = try #require(GateCatalog.standard[name]).init(GateOptions())
    let operands = x.map { Tensor($0) }
    return (
      try gate.output(at: operands).elements[0], try gate.localGradients(at: operands).map { $0.elements[0] }
    )
  }

  @Test func `sigmoid does not overflow, and keeps its slope where it saturates`() throws {
    #expect(try scalar("sigmoid", -800).value == 0)
    #expect(try scalar("sigmoid", 800).value == 1)
    let left = try scalar("sigmoid", -40)
    #expect(agree(left.value, 4.2483542552915890e-18) && agree(left.slopes[0], 4.2483542552915890e-18))
    #expect(agree(try scalar("sigmoid", 40).slopes[0], 4.2483542552915890e-18))
  }

  @Test func `softplus does not overflow`() throws {
    #expect(try scalar("softplus", 800).value == 800)
    #expect(agree(try scalar("softplus", -40).value, 4.2483542552915890e-18))
    #expect(agree(try scalar("softplus", 0).value, 0.69314718055994531))
  }

  @Test func `logsumexp and softmax do not overflow`() throws {
    let x = Tensor([1e4, 1e4])
    #expect(agree(try run("logsumexp", x).value, Tensor(10000.693147180559945)))
    #expect(try run("softmax", x).value == Tensor([0.5, 0.5]))
    #expect(agree(try run("log_softmax", Tensor([0, -1e4])).value, Tensor([0, -1e4])))
  }

  @Test func `log1p and expm1 do not cancel`() throws {
    #expect(agree(try scalar("log1p", 1e-20).value, 1e-20))
    #expect(agree(try scalar("expm1", 1e-20).value, 1e-20))
  }

  @Test func `the norm of large numbers does not overflow, and has gradient zero at zero`() throws {
    #expect(agree(try run("norm", Tensor([3e200, 4e200])).value, Tensor(5e200)))
    #expect(try run("norm", Tensor([0, 0])).gradients[0] == Tensor([0, 0]))
  }

  @Test func `operands that tie share the gradient evenly`() throws {
    #expect(try scalar("maximum", 2, 2).slopes == [0.5, 0.5])
    #expect(try scalar("minimum", 2, 2).slopes == [0.5, 0.5])
    #expect(try run("max", Tensor([1, 3, 3, 3])).gradients[0] == Tensor([0, 1.0 / 3, 1.0 / 3, 1.0 / 3]))
    #expect(
      try run("max", Tensor([[1, 2], [2, 2]]), options: [("axis", .number(1))]).gradients[0]
        == Tensor([[0, 1], [0.5, 0.5]]))
  }

  @Test(arguments: [
    ("relu", 0.0, 0.0), ("abs", 0, 0), ("sign", 0, 0), ("leaky_relu", 0, 0.01), ("elu", 0, 1),
  ])
  func `the gradient at a kink is what the card says`(name: String, x: Double, slope: Double) throws {
    #expect(try scalar(name, x).slopes == [slope])
  }

  @Test func `clip passes the gradient at its bounds`() throws {
    let gate = try #require(GateCatalog.standard["clip"]).init(
      GateOptions([("min", .number(-1)), ("max", .number(1))]))
    #expect(
      try gate.downstreamGradients(Tensor([1, 1, 1, 1]), at: [Tensor([-1, 1, -1.5, 1.5])])[0]
        == Tensor([1, 1, 0, 0]))
  }

  @Test func `powers follow numpy at zero, for negative bases and for whole exponents`() throws {
    #expect(try scalar("power", 0, 0).value == 1)
    #expect(try scalar("power", 0, 0).slopes == [0, 0])
    #expect(try scalar("power", -2, 3).value == -8)
    #expect(try scalar("power", -2, 3).slopes[0] == 12)
    #expect(try scalar("power", -2, 3).slopes[1].isNaN)
    #expect(try scalar("power", -2, 0.5).value.isNaN)
    #expect(try scalar("power", 0, 2).slopes == [0, 0])
    #expect(try scalar("power", 0, 1).slopes[0] == 1)
    #expect(try scalar("power", 10, 3).value == 1000)
    #expect(try scalar("power", 2, -1).value == 0.5)
  }

  @Test func `a product with a zero has the gradient of its other factors`() throws {
    #expect(try run("prod", Tensor([2, 0, 5])).gradients[0] == Tensor([0, 10, 0]))
    #expect(try run("prod", Tensor([0, 0, 5])).gradients[0] == Tensor([0, 0, 0]))
  }

  @Test func `losses take the mean over the batch`() throws {
    // scores 0 everywhere: log 3 for each example; softmax is 1/3.
    let scores = Tensor(repeating: 0, shape: Shape(2, 3))
    let softmax = try run("softmax_loss", scores, Tensor([0, 2]))
    #expect(agree(softmax.value, Tensor(1.0986122886681098)))
    let (third, sixth) = (-1.0 / 3, 1.0 / 6)
    #expect(agree(softmax.gradients[0], Tensor([[third, sixth, sixth], [sixth, sixth, third]])))
    // CS231n notes, linear-classify: scores [13, -7, 11], label 0, delta 10 gives 8; with delta 1 nothing is left.
    #expect(try run("svm_loss", Tensor([[13, -7, 11]]), Tensor([0])).value == Tensor(0))
    let svm = try run("svm_loss", Tensor([[1, 2, 0.5]]), Tensor([0]))
    #expect(svm.value == Tensor(2.5))
    #expect(svm.gradients[0] == Tensor([[-2, 1, 1]]))
    #expect(try run("mse_loss", Tensor([1, 2]), Tensor([3, 5])).value == Tensor(6.5))
  }

  /// Expected values from mpmath at 40 digits.
  @Test(arguments: [
    ([0.25, -30, 2.5, 1e-3], 2.0, 0.17190612841051629664),
    ([1000, 999, -1000, -Double.infinity], 1, 1.313261687518222834),
    ([-745, -5, -700, -5.5], 0, 740.47407698418010668),
    ([3, 3, 3, 3], 3, 1.3862943611198906188),
    ([40, 0, -1, -800], 0, 5.8112364446265777465e-18),
  ])
  func `the softmax loss is exact however far apart the scores are`(
    scores: [Double], label: Double, expected: Double
  ) throws {
    let loss = try run("softmax_loss", Tensor([scores]), Tensor([label])).value
    #expect((loss.elements[0] - expected).magnitude <= 4 * expected.ulp)
  }

  @Test func `the softmax loss of an infinite score is infinite and that of a NaN is NaN`() throws {
    #expect(try run("softmax_loss", Tensor([[.infinity, 1]]), Tensor([1])).value == Tensor(.infinity))
    #expect(try run("softmax_loss", Tensor([[.nan, .infinity]]), Tensor([0])).value.elements[0].isNaN)
    #expect(try run("softmax_loss", Tensor([[1, .nan]]), Tensor([0])).value.elements[0].isNaN)
  }

  @Test func `a label that names no class is refused with the number of classes`() throws {
    #expect(throws: GateError("softmax_loss: label 3 of row 1 is none of the 3 classes")) {
      _ = try run("softmax_loss", Tensor(repeating: 0, shape: Shape(2, 3)), Tensor([0, 3]))
    }
  }

  @Test func `gelu keeps its tail`() throws {
    #expect(agree(try scalar("gelu", -10).value, -7.619853024160526e-23, digits: 10))
    #expect(agree(try scalar("gelu", 1).value, 0.84134474606854293))
  }
}
