import Testing

/// Wrong gradients and the words that explain them.
@Suite struct DiagnosisTests {
  /// A normalization over an axis, with a backward pass that is given; it may use what the textbook's does.
  private func normalization(_ axis: String, eps: String, dx: String) -> String {
    """
    gate normalize(x):
        forward:
            xc = x - mean(x, axis=\(axis), keepdims=True)
            s = sqrt(mean(xc ** 2, axis=\(axis), keepdims=True) + \(eps))
            out = xc / s
        backward(dout):
            g = dout / s
            m = mean(g, axis=\(axis), keepdims=True)
            v = out * mean(g * out, axis=\(axis), keepdims=True)
            dx = \(dx)
    x = randn(6, 4)
    c = randn(6, 4)
    f = sum(normalize(x) * c)
    """
  }

  private func explanation(_ formula: String) async throws -> String? {
    let run = try await Tool.run(["-"], input: formula)
    let line = run.output.split(separator: "\n").first { $0.hasPrefix("gate ") || $0.hasPrefix("claim df") }
    return line.map(String.init)
  }

  @Test(arguments: ["1e-5", "0.001", "0.1"], ["0", "1"])
  func `a mean or a variance that is taken for a constant is told, whatever the eps`(
    eps: String, axis: String
  ) async throws {
    let slips = [("g - v", "mean"), ("g - m", "variance"), ("g", "mean as well as the variance")]
    for (dx, statistic) in slips {
      let text = try await explanation(normalization(axis, eps: eps, dx: dx))
      #expect(
        text?.hasSuffix(
          """
          ; a term is missing that is orthogonal to the gradient, as when the \(statistic) over axis \(axis) is taken \
          for a constant
          """) == true, "\(text ?? "nothing")")
    }
    #expect(try await explanation(normalization(axis, eps: eps, dx: "g - m - v")) == nil)
  }

  @Test func `a norm that is taken for a constant is told`() async throws {
    let text = try await explanation(
      """
      gate unit(x):
          forward:
              r = sqrt(L2(x) + 0.001)
              out = x / r
          backward(dout):
              dx = dout / r
      x = randn(7)
      c = randn(7)
      f = sum(unit(x) * c)
      """)
    #expect(
      text?.hasSuffix(", as when the norm over axis 0 is taken for a constant") == true, "\(text ?? "")")
  }

  @Test func `a missing term in groups that are no axes is orthogonal in spite of the eps`() async throws {
    let text = try await explanation(
      """
      gate group_norm(x):
          forward:
              y = x.reshape(5, 2, 4)
              yc = y - mean(y, axis=2, keepdims=True)
              s = sqrt(mean(yc ** 2, axis=2, keepdims=True) + 1e-5)
              out = (yc / s).reshape(5, 8)
          backward(dout):
              g = dout.reshape(5, 2, 4) / s
              dx = (g - mean(g, axis=2, keepdims=True)).reshape(5, 8)
      x = randn(5, 8)
      c = randn(5, 8)
      f = sum(group_norm(x) * c)
      """)
    #expect(
      text?.hasSuffix(
        """
        ; a term is missing that is orthogonal to the gradient, as when a mean or a variance is taken for a constant
        """) == true, "\(text ?? "nothing")")
  }

  @Test(arguments: [
    (
      "reg = 0.5; x = randn(4, 3); w = randn(3)\nf = L2(x @ w) + reg * L2(w)\ndf/dw = 2 * x.T @ (x @ w)",
      "claim df/dw at 3:1: the regularization term is missing: 2 × reg × w"
    ),
    (
      "x = -2; y = 5; z = -4\nf = (x + y) * z\ndf/dx = 3\ndf/dz = -4",
      "claim df/dx at 3:1: the gradients of x and z are swapped"
    ),
    (
      "x = randn(3); y = randn(3)\nf = sum(x * y + x * x)\ndf/dx = y",
      "claim df/dx at 3:1: only one of the 3 paths through x is counted: gradients add at branches"
    ),
    (
      "x = 3; y = 7\nf = x + 3.7 * y\ndf/dy = 1",
      "claim df/dy at 3:1: the claim is 0.27027 × the numerical gradient"
    ),
  ])
  func `of several explanations that fit the most specific one is told`(
    formula: String, text: String
  ) async throws {
    #expect(try await explanation(formula) == text)
  }

  @Test(arguments: [
    (
      "x = [1, 2, 4]\nf = sum(log(x)) / 2.302585092994046\ndf/dx = 1 / x",
      "1/ln 10 is missing"
    ),
    (
      "x = [1, 2, 4]\nf = sum(exp(0.6931471805599453 * x))\ndf/dx = exp(0.6931471805599453 * x)",
      "a factor ln 2 is missing"
    ),
    (
      "x = randn(3)\nf = sum(x * x)\ndf/dx = -2 * x",
      "the sign is flipped"
    ),
    (
      "x = randn(3)\nf = sum(x * x)\ndf/dx = x",
      "a factor 2 is missing"
    ),
    (
      "x = randn(3)\nf = sum(x * x)\ndf/dx = 0 * x",
      "the gradient is missing: the claim is 0"
    ),
    (
      "x = randn(3, 4)\nf = mean(x * x)\ndf/dx = 2 * x",
      "1/N is missing (N = 12 is the count of x)"
    ),
    (
      "x = randn(3, 4)\nf = sum(x * x)\ndf/dx = -2 * x / 3",
      "1/N too much (N = 3 is axis 0 of x) and the sign is flipped"
    ),
    (
      "p = 4.5; x = randn(3)\nf = p * sum(x * x)\ndf/dx = 2 * x",
      "a factor p is missing"
    ),
    (
      "x = randn(5)\nf = sum(x * [1, 2, 3, 4, 6])\ndf/dx = [6, 4, 3, 2, 1]",
      "flipped along axis 0, as a kernel may be"
    ),
    (
      "x = randn(5)\nf = sum(x * [1, 2, 3, 4, 6])\ndf/dx = [6, 1, 2, 3, 4]",
      "rolled by 1 along axis 0"
    ),
    (
      "x = randn(5)\nf = sum(x * [1, 2, 3, 4, 6])\ndf/dx = [2, 1, 3, 6, 4]",
      "the same numbers in another order"
    ),
    (
      "x = randn(2, 2)\nf = sum(x * [[1, 2], [3, 5]])\ndf/dx = [[1, 3], [2, 5]]",
      "transposed"
    ),
    (
      "reg = 0.3; x = randn(4, 3); w = randn(3)\nf = L2(x @ w) + reg * L2(w)\ndf/dw = 2 * x.T @ (x @ w) + 4 * reg * w",
      "the regularization term is counted twice: 2 × reg × w too much"
    ),
    (
      "reg = 0.3; x = randn(4, 3); w = randn(3)\nf = L2(x @ w) + reg * L2(w)\ndf/dw = 2 * x.T @ (x @ w) + reg * w",
      "the regularization term is missing or has half its factor: reg × w"
    ),
    (
      "x = randn(3, 2)\nf = sum(x * x)\ndf/dx = 2 * x + [[0, 0], [0, 0], [1, 5]]",
      "wrong only at index 2 of axis 0"
    ),
    (
      "x = [-1, 2, -3, 4]\nf = sum(abs(x))\ndf/dx = [1, 1, 1, 1]",
      "wrong only where x < 0"
    ),
    (
      "x = [0, 2]\nf = sum(x * x)\ndf/dx = 2 * x * x / x",
      "division by zero or log of zero in the backward pass"
    ),
  ])
  func `each signature of a wrong claim has its words`(formula: String, words: String) async throws {
    let text = try await explanation(formula)
    #expect(
      text?.hasPrefix("claim df/d") == true && text?.contains(" at 3:1: \(words)") == true,
      "\(text ?? "nothing")")
  }

  @Test(arguments: [
    (
      "x", "x * x", "dx = 2 * x", "x = randn(3); c = randn(3)",
      "the upstream gradient is not multiplied in"
    ),
    (
      "x", "tanh(x)", "dx = dout * out", "x = randn(3); c = randn(3)",
      "the output stands where its slope belongs"
    ),
    (
      "x, b", "x + b", "dx = dout; db = sum(dout, axis=1)", "x = randn(3, 3); b = randn(3); c = randn(3, 3)",
      "summed over axis 1 instead of 0"
    ),
    (
      "x", "2 * x", "dx = 2 * sum(dout, axis=1)", "x = randn(3, 1); c = randn(3, 1)",
      "the gradient of x has shape (3,), and x has shape (3, 1): an axis of extent 1 was dropped"
    ),
    (
      "x", "2 * x", "dx = 2 * dout.reshape(3, 1)", "x = randn(3); c = randn(3)",
      "the gradient of x has shape (3, 1), and x has shape (3,): an axis of extent 1 too many"
    ),
    (
      "x", "2 * x", "dx = 2 * dout[0:0]", "x = randn(3); c = randn(3)",
      "the gradient of x has shape (0,), and x has shape (3,): an empty slice, such as [pad:-pad] with pad = 0"
    ),
    (
      "x, b", "x + b", "dx = dout; db = dout", "x = randn(4, 3); b = randn(3); c = randn(4, 3)",
      "the sum over axis 0 is missing: the gradient of b has shape (4, 3), and b has shape (3,)"
    ),
    (
      "x, w", "x @ w", "dx = dout @ w; dw = x.T @ dout", "x = randn(3, 3); w = randn(3, 3); c = randn(3, 3)",
      "dout @ w stands where dout @ w.T belongs"
    ),
  ])
  func `each signature of a wrong backward pass has its words`(
    operands: String, forward: String, backward: String, inputs: String, words: String
  ) async throws {
    let text = try await explanation(
      """
      gate g(\(operands)):
          forward:
              out = \(forward)
          backward(dout):
              \(backward)
      \(inputs)
      f = sum(g(\(operands)) * c)
      """)
    #expect(
      text?.hasPrefix("gate g at ") == true && text?.hasSuffix("; \(words)") == true, "\(text ?? "nothing")")
  }

  @Test func `on a kink the report shows both slopes, and finds no factor`() async throws {
    let run = try await Tool.run(["f = relu(x)\ndf/dx = 1.5", "x=0"])
    #expect(run.status == 1)
    #expect(
      run.output == """
        f = 0

        input  value  analytic  numerical  error  verdict
        x          0         0      0 … 1      0  agree (kink)

        claim  claimed  numerical  error  verdict
        df/dx      1.5      0 … 1   0.33  disagree (kink)

        disagree: 1 of 1 claim

        """)
  }

  @Test func `a slip that shows away from a kink is explained in spite of it`() async throws {
    let text = try await explanation(
      "x = [1, 2, 0]\nf = sum(relu(x) * [3, 2, 5])\ndf/dx = [6, 4, 0]")
    #expect(text == "claim df/dx at 3:1: a factor 2 too much: the claim is 2 × the numerical gradient")
  }

  @Test func `a gradient that is a little off in its place is in no other order`() async throws {
    // 2 x + 3e-7 x^2 is off by no more than an explanation may be, and by more than the tolerance.
    let formula = "x = [1, 2, 4]\nf = sum(x * x)\ndf/dx = 2 * x + 3e-7 * x * x"
    #expect(try await Tool.run(["-"], input: formula).status == 1)
    #expect(try await explanation(formula) == nil)
  }
}
