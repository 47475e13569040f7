import Testing

/// A function, the values at which it is checked, and how the line of each gradient ends.
private struct Case: CustomTestStringConvertible, Sendable {
  let formula: String
  let values: [String]
  let verdicts: [String: String]

  init(_ formula: String, _ values: String..., verdicts: KeyValuePairs<String, String>) {
    self.formula = formula
    self.values = values
    self.verdicts = Dictionary(uniqueKeysWithValues: verdicts.map { ($0, $1) })
  }

  var testDescription: String { "\(formula) at \(values.joined(separator: " "))" }
}

/// Where terms cancel, the backward pass and every quotient lose digits, and each loses others.
@Suite struct CancellationTests {
  @Test(arguments: [
    Case("(1 - cos(x))/x**2", "x=1e-4", verdicts: ["x": "agree (resolution)"]),
    Case("(1 - cos(x))/x**2", "x=1e-7", verdicts: ["x": "agree (resolution)"]),
    Case("(x - sin(x))/x**3", "x=1e-3", verdicts: ["x": "agree (resolution)"]),
    Case("(x - sin(x))/x**3", "x=1e-4", verdicts: ["x": "agree (resolution)"]),
    Case("(sqrt(1 + x) - 1)/x", "x=1e-8", verdicts: ["x": "agree (resolution)"]),
    Case("(exp(x) - 1 - x)/x**2", "x=1e-5", verdicts: ["x": "agree (resolution)"]),
    Case("(exp(x) - exp(-x))/(2*x)", "x=1e-6", verdicts: ["x": "agree (resolution)"]),
    Case("sqrt(x**2 + 1) - x", "x=1e6", verdicts: ["x": "agree (resolution)"]),
    Case("(exp(x) - 1)/x", "x=1", verdicts: ["x": "agree"]),
  ])
  fileprivate func `the rounding of terms that cancel is no error of the gradient, and is told`(
    function: Case
  ) async throws { try await expect(function) }

  @Test(arguments: [
    Case("f = 1e16 + sin(x); df/dx = cos(x)", "x=1", verdicts: ["df/dx": "agree"]),
    Case("f = 1e16 + sin(x); df/dx = 100 + 0*x", "x=1", verdicts: ["df/dx": "disagree"]),
    Case("f = 1e16 + sin(x); df/dx = -cos(x)", "x=1", verdicts: ["df/dx": "disagree"]),
    Case("f = 1e6 + 1e-4*sin(x); df/dx = 1.1e-4*cos(x)", "x=1", verdicts: ["df/dx": "disagree"]),
  ])
  fileprivate func `a claim is held against a gradient that is certain, however coarse the function`(
    function: Case
  ) async throws { try await expect(function) }

  @Test(arguments: [
    Case(
      "f = sigmoid(x); df/dx = sigmoid(x)*(1 - sigmoid(x))", "x=40",
      verdicts: ["x": "agree", "df/dx": "agree (resolution)"]),
    Case("f = sigmoid(x); df/dx = -1e-16 + 0*x", "x=40", verdicts: ["df/dx": "disagree"]),
    Case("f = tanh(x); df/dx = 1 - tanh(x)**2", "x=18", verdicts: ["df/dx": "agree (resolution)"]),
    Case("f = 1/(1 + exp(-x)); df/dx = f*(1 - f)", "x=38", verdicts: ["df/dx": "agree (resolution)"]),
  ])
  fileprivate func `a claim may lose the digits that its own terms lose where the function is saturated`(
    function: Case
  ) async throws { try await expect(function) }

  // An odd function shows no curvature at 0: by a pair of steps h = 2.2083e-5 alone, x**3 has the slope h^2.
  @Test(arguments: [
    Case("f = x**3; df/dx = 4.876468309666767e-10", "x=0", verdicts: ["df/dx": "disagree"]),
    Case("f = sin(1000*x); df/dx = 999.9187275098111", "x=0", verdicts: ["df/dx": "disagree"]),
    Case("f = x + 1000*x**3; df/dx = 1.000000487646831", "x=0", verdicts: ["df/dx": "disagree"]),
    Case("f = x + 1000*x**3; df/dx = 1", "x=0", verdicts: ["df/dx": "agree"]),
  ])
  fileprivate func `what the quotients of a single step give is no gradient`(function: Case) async throws {
    try await expect(function)
  }

  @Test(arguments: [
    Case("f = max(x); df/dx = [1, 1, 1]", "x=[1,1,1]", verdicts: ["df/dx[0]": "disagree (kink)"]),
    Case("f = max(x); df/dx = [0, 1, 0]", "x=[1,1,1]", verdicts: ["df/dx[1]": "agree (kink)"]),
    Case(
      "f = maximum(a, b); df/da = 1; df/db = 1", "a=1", "b=1",
      verdicts: ["df/da": "disagree (kink)", "df/db": "disagree (kink)"]),
    Case(
      "f = maximum(a, b); df/da = 1; df/db = 0", "a=1", "b=1",
      verdicts: ["df/da": "agree (kink)", "df/db": "agree (kink)"]),
  ])
  fileprivate func `claims at a tie agree when they are possible together`(function: Case) async throws {
    try await expect(function)
  }

  @Test(arguments: [
    // Nothing beside the other element, but of its own digits none is right.
    Case(
      "f = sum(exp(x)); df/dx = [1, -5e-13]", "x=[0,-50]",
      verdicts: ["df/dx[0]": "agree", "df/dx[1]": "agree (resolution)"])
  ])
  fileprivate func `what only the largest element makes small is told`(function: Case) async throws {
    try await expect(function)
  }

  private func expect(_ function: Case) async throws {
    let run = try await Tool.run(["check", function.formula] + function.values)
    for (name, verdict) in function.verdicts {
      let lines = run.output.split(separator: "\n").filter { $0.split(separator: " ").first == name[...] }
      let line = try #require(lines.last, "\(run.output)")
      #expect(line.hasSuffix("  " + verdict), "\(run.output)")
    }
  }
}
