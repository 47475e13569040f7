import Gradients
import TestSupport
import Testing

/// The layers of a network at values that can be worked out by hand, and where layers go wrong: a batch of one, zero
/// variance, strides with padding, ties.
@Suite struct LayerValueTests {
  private func run(
    _ name: String, _ operands: [Tensor], options: [(name: String, value: OptionValue)] = [],
    upstream: Tensor? = nil
  ) throws -> (value: Tensor, gradients: [Tensor]) {
    let gate = try #require(GateCatalog.standard[name]).init(GateOptions(options))
    let value = try gate.output(at: operands)
    let ones = Tensor(repeating: 1, shape: value.shape)
    return (value, try gate.downstreamGradients(upstream ?? ones, at: operands))
  }

  private func image(_ rows: [[Double]]) -> Tensor {
    Tensor(shape: Shape(1, 1, rows.count, rows[0].count), elements: rows.flatMap(\.self))
  }

  private let nine = [[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]

  // MARK: - affine, normalization, dropout

  @Test func `affine lays each example out as a row`() throws {
    let x = Tensor(shape: Shape(2, 2, 1), elements: [1, 2, 3, 4])
    let (value, gradients) = try run(
      "affine", [x, Tensor([[1, 0, -1], [0, 1, 2]]), Tensor([10, 20, 30])])
    #expect(value == Tensor([[11, 22, 33], [13, 24, 35]]))
    #expect(gradients[0] == Tensor(shape: Shape(2, 2, 1), elements: [0, 3, 0, 3]))
    #expect(gradients[1] == Tensor([[4, 4, 4], [6, 6, 6]]))
    #expect(gradients[2] == Tensor([2, 2, 2]))
  }

  @Test func `two examples are normalized to minus and plus one whatever they are, so x has no gradient`()
    throws
  {
    let (value, gradients) = try run(
      "batchnorm", [Tensor([[1], [7]]), Tensor([2]), Tensor([10])], options: [("eps", .number(0))],
      upstream: Tensor([[3], [5]]))
    #expect(value == Tensor([[8], [12]]))
    #expect(gradients == [Tensor([[0], [0]]), Tensor([2]), Tensor([8])])
  }

  @Test func `a batch of one is its beta, and x has no gradient`() throws {
    let (value, gradients) = try run(
      "batchnorm", [Tensor([[3, -4]]), Tensor([2, 2]), Tensor([5, 6])], upstream: Tensor([[1, 2]]))
    #expect(value == Tensor([[5, 6]]))
    #expect(gradients == [Tensor([[0, 0]]), Tensor([0, 0]), Tensor([1, 2])])
  }

  @Test func `where the variance is zero the gradient is that of centering, over the root of eps`() throws {
    let (value, gradients) = try run(
      "batchnorm", [Tensor([[4], [4], [4]]), Tensor([2]), Tensor([1])], options: [("eps", .number(0.25))],
      upstream: Tensor([[3], [0], [0]]))
    #expect(value == Tensor([[1], [1], [1]]))
    // gamma / sqrt(eps) = 4, and the upstream gradient less its mean is (2, -1, -1).
    #expect(gradients == [Tensor([[8], [-4], [-4]]), Tensor([0]), Tensor([3])])
  }

  @Test func `layernorm takes mean and variance over the last axis`() throws {
    let root = 1.2247448713915890  // sqrt(3/2)
    let (value, gradients) = try run(
      "layernorm", [Tensor([[1, 2, 3]]), Tensor([1, 1, 10]), Tensor([0, 5, 0])],
      options: [("eps", .number(0))])
    #expect(agree(value, Tensor([[-root, 5, 10 * root]])))
    #expect(agree(gradients[1], Tensor([-root, 0, root])))
    #expect(gradients[2] == Tensor([1, 1, 1]))
    // h = (1, 1, 10), mean 4, mean of h y = 3 root; (h - 4 - 3 root y) / sqrt(2/3), with y = (-root, 0, root).
    #expect(agree(gradients[0], Tensor([[1.5 * root, -3 * root, 1.5 * root]])))
  }

  @Test func `dropout divides what it keeps by the probability of keeping it`() throws {
    let (value, gradients) = try run(
      "dropout", [Tensor([3, 5]), Tensor([1, 0])], options: [("p", .number(0.5))])
    #expect(value == Tensor([6, 0]))
    #expect(gradients[0] == Tensor([2, 0]))
    // The mask of the course's assignments holds 1/p already.
    #expect(try run("dropout", [Tensor([3, 5]), Tensor([2, 0])]).value == Tensor([6, 0]))
  }

  // MARK: - images

  @Test func `conv2d adds up windows, and gradients add where windows overlap`() throws {
    let (value, gradients) = try run(
      "conv2d", [image(nine), image([[1, 1], [1, 1]]), Tensor([10])])
    #expect(value == image([[22, 26], [34, 38]]))
    #expect(gradients[0] == image([[1, 2, 1], [2, 4, 2], [1, 2, 1]]))
    #expect(gradients[1] == image([[12, 16], [24, 28]]))
    #expect(gradients[2] == Tensor([4]))
  }

  @Test func `conv2d does not flip its filters`() throws {
    let filter = image([[1, 10], [100, 1000]])
    #expect(try run("conv2d", [image([[1, 2], [3, 4]]), filter, Tensor([0])]).value == image([[4321]]))
  }

  @Test func `conv2d with stride 2 and padding sees corners, and zeros outside`() throws {
    let (value, gradients) = try run(
      "conv2d", [image(nine), image([[1, 1, 1], [1, 1, 1], [1, 1, 1]]), Tensor([0])],
      options: [("stride", .number(2)), ("pad", .number(1))])
    #expect(value == image([[12, 16], [24, 28]]))
    #expect(gradients[0] == image([[1, 2, 1], [2, 4, 2], [1, 2, 1]]))
    #expect(gradients[1] == image([[5, 10, 5], [10, 20, 10], [5, 10, 5]]))
  }

  @Test func `conv2d sums over channels and keeps examples and filters apart`() throws {
    // Two examples of two channels of one pixel; three filters.
    let x = Tensor(shape: Shape(2, 2, 1, 1), elements: [1, 2, 3, 4])
    let w = Tensor(shape: Shape(3, 2, 1, 1), elements: [1, 0, 0, 1, 1, 1])
    let (value, gradients) = try run("conv2d", [x, w, Tensor([0, 0, 100])])
    #expect(value == Tensor(shape: Shape(2, 3, 1, 1), elements: [1, 2, 103, 3, 4, 107]))
    #expect(gradients[0].elements == [2, 2, 2, 2])
    #expect(gradients[1].elements == [4, 6, 4, 6, 4, 6])
  }

  @Test func `a window that does not fit is left out`() throws {
    let x = image([[1, 9, 100], [3, 4, 100], [100, 100, 100]])
    let (value, gradients) = try run("max_pool2d", [x])
    #expect(value == image([[9]]))
    #expect(gradients[0] == image([[0, 1, 0], [0, 0, 0], [0, 0, 0]]))
  }

  @Test func `elements that tie in a pool share its gradient, and pools that overlap add`() throws {
    let (value, gradients) = try run(
      "max_pool2d", [image([[1, 2, 2], [0, 2, 2]])], options: [("stride", .number(1))],
      upstream: image([[2, 4]]))
    #expect(value == image([[2, 2]]))
    #expect(gradients[0] == image([[0, 2, 1], [0, 2, 1]]))
  }

  // MARK: - recurrence

  @Test func `a step of a recurrent network is a tanh of two products`() throws {
    let (value, gradients) = try run(
      "rnn_step", [Tensor([[2]]), Tensor([[3]]), Tensor([[0.5]]), Tensor([[-0.25]]), Tensor([0.25])])
    // tanh(0.5) and its slope (mpmath 1.3, 50 digits).
    let slope = 0.78644773296592741
    #expect(agree(value, Tensor([[0.46211715726000976]])))
    for (gradient, factor) in zip(gradients, [0.5, -0.25, 2, 3, 1]) {
      #expect(agree(gradient.elements[0], factor * slope))
    }
  }

  @Test func `the columns of a memory step are input, forget and output gates and the candidate`() throws {
    let zero = Tensor([[0]])
    let none = Tensor([[0, 0, 0, 0]])
    // Gates wide open or shut: c = prev_c for (shut, open), tanh(1) for (open, shut).
    func step(_ b: [Double]) throws -> Tensor {
      try run("lstm_step", [zero, zero, Tensor([[0.5]]), none, none, Tensor(b)]).value
    }
    let (kept, renewed) = (try step([-800, 800, 800, 1]), try step([800, -800, -800, 1]))
    #expect(agree(kept, Tensor(shape: Shape(2, 1, 1), elements: [0.46211715726000976, 0.5])))
    #expect(agree(renewed, Tensor(shape: Shape(2, 1, 1), elements: [0, 0.76159415595576489])))
  }

  @Test func `the memory of a step has the gradients of h and of c`() throws {
    let zero = Tensor([[0]])
    let none = Tensor([[0, 0, 0, 0]])
    let gradients = try run(
      "lstm_step", [zero, zero, Tensor([[1]]), none, none, Tensor([0, 0, 0, 0])],
      upstream: Tensor(shape: Shape(2, 1, 1), elements: [1, 0])
    ).gradients
    // c = 1/2 and o = f = 1/2: dh/dprev_c = 1/4 (1 - tanh(1/2)^2).
    #expect(agree(gradients[2].elements[0], 0.25 * 0.78644773296592741))
  }

  // MARK: - shapes and spellings

  @Test(arguments: [
    (
      "affine", [Shape(2, 3), Shape(4, 5), Shape(5)],
      "affine: x of shape (2, 3) does not fit w of shape (4, 5)"
    ),
    ("batchnorm", [Shape(2, 3), Shape(2), Shape(3)], "gamma of shape (2,) does not fit x of shape (2, 3)"),
    ("conv2d", [Shape(1, 2, 4, 4), Shape(3, 1, 2, 2), Shape(3)], "(F, C, HH, WW) with the C of x"),
    ("conv2d", [Shape(1, 1, 2, 2), Shape(1, 1, 3, 3), Shape(1)], "a window of (3, 3) does not fit in x"),
    ("max_pool2d", [Shape(4, 4)], "expected images, (N, C, H, W)"),
    (
      "lstm_step",
      [Shape(1, 2), Shape(1, 3), Shape(1, 3), Shape(2, 12), Shape(3, 3), Shape(12)],
      "Wh of shape (3, 3) does not fit x of shape (1, 2) and prev_h of shape (1, 3): expected (3, 12)"
    ),
  ])
  func `shapes that do not fit are told`(name: String, shapes: [Shape], words: String) throws {
    let gate = try #require(GateCatalog.standard[name]).init(GateOptions())
    let error = #expect(throws: ShapeError.self) { _ = try gate.outputShape(for: shapes) }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
  }

  @Test func `Swift spells the layers as functions of variables`() throws {
    let x = Variable(Tensor([[1, 2], [3, 5]]))
    let (w, b) = (Variable(Tensor([[1, -1], [2, 0.5]])), Variable(Tensor([0.5, 1])))
    #expect(try Variable.affine(x, w, b).value() == (Variable.matmul(x, w) + b).value())
    #expect(try Variable.batchnorm(x, b, b, eps: 0).value() == Tensor([[0, 0], [1, 2]]))
    #expect(agree(try Variable.layernorm(x, b, b, eps: 0).value(), Tensor([[0, 2], [0, 2]])))
    #expect(
      try Variable.dropout(x, .constant(Tensor([[1, 0], [0, 1]])), p: 0.5).value()
        == Tensor([[2, 0], [0, 10]]))
    let pixels = Variable(image([[1, 2], [3, 4]]))
    #expect(
      try Variable.conv2d(pixels, pixels, Variable(Tensor([1])), pad: 1).value().shape == Shape(1, 1, 3, 3))
    #expect(try Variable.maxPool2d(pixels).value() == image([[4]]))
    #expect(
      try Variable.rnnStep(x, x, w, w, b).value() == Variable.tanh(Variable.matmul(x, w) * 2 + b).value())
    let wide = Variable(Tensor(repeating: 0, shape: Shape(2, 8)))
    let step = Variable.lstmStep(x, x, x, wide, wide, Variable(Tensor(repeating: 0, shape: Shape(8))))
    #expect(try step.value().shape == Shape(2, 2, 2))
  }
}
