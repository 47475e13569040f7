import ChainruleTesting
import GradientChecking
import Gradients
import Testing

/// Squares its operand, and forgets a factor of 2 in the backward pass.
private struct CarelessSquare: UnaryGate {
  var card: GateCard { GateCard(name: "careless_square", summary: "Squares x.", localGradient: "2 x") }
  func value(_ x: Double) -> Double { x * x }
  func slope(_ x: Double, _ y: Double) -> Double { x }
}

@Suite struct GradientExpectationTests {
  @Test func `functions of one, two, three and many variables agree`() {
    expectGradientsAgree(of: { x in x * x }, at: [[1, 2], [3, 4]])
    expectGradientsAgree(of: { x, y in x * y + x }, at: 2, -3)
    expectGradientsAgree(of: { x, y, z in (x + y) * z }, at: -2, 5, -4)
    expectGradientsAgree(of: { v in v[0] * v[1] + v[2] * v[3] }, at: [1, 2, 3, 4])
  }

  @Test func `the report names the inputs by position, and what a function captures`() throws {
    let captured = Variable(Tensor([7]))
    let report = expectGradientsAgree(of: { x, y in y * captured + x }, at: [2], [3])
    #expect(report?.inputs.map(\.name) == ["x0", "x1", "captured0"])
    #expect(report?.inputs.map { $0.comparisons[0].analytic } == [1, 7, 3])
  }

  @Test func `a gate whose backward pass is right agrees`() throws {
    let softmaxLoss = try #require(GateCatalog.standard["softmax_loss"]).init(GateOptions())
    expectGradientsAgree(of: softmaxLoss, at: [[[1, 2, 3], [0, -1, 2]], [2, 0]])
  }

  @Test func `a gate whose backward pass is wrong is an issue that reads like the command's report`() {
    withKnownIssue {
      expectGradientsAgree(of: CarelessSquare(), at: [3])
    } matching: { issue in
      let text = issue.comments.map(\.rawValue).joined()
      return text.hasPrefix("careless_square = 9\n")
        && text.contains("disagree: 1 of 1 element, 1 of 1 gate")
        && text.contains("a factor 2 is missing: the backward pass gives 0.5 × the numerical gradient")
    }
  }

  @Test func `a gradient written by hand is checked`() {
    expectGradientsAgree(
      of: { x in x[0] * x[0] + 3 * x[1] }, gradient: { x in [2 * x[0], 3] }, at: [2, 5])
    withKnownIssue {
      expectGradientsAgree(
        of: { x in x[0] * x[0] + 3 * x[1] }, gradient: { x in [2 * x[0], -3] }, at: [2, 5])
    } matching: {
      $0.comments.contains {
        $0.rawValue.contains("numerical gradient is 3; wrong only at index 1 of axis 0")
      }
    }
  }

  @Test func `a gradient of the wrong length is told with both shapes`() {
    withKnownIssue {
      expectGradientsAgree(of: { x in x[0] * x[1] }, gradient: { x in [x[1]] }, at: [2, 5])
    } matching: {
      $0.comments.contains { $0.rawValue.contains("(2,)") && $0.rawValue.contains("(1,)") }
    }
  }

  @Test func `what cannot be decided is an issue`() {
    withKnownIssue {
      expectGradientsAgree(of: { x in x[0] < 0 ? 0 : 1 }, gradient: { _ in [0] }, at: [0])
    } matching: {
      $0.comments.contains { $0.rawValue.contains("undecided (jump)") }
    }
  }

  @Test func `an operation that does not fit is an issue with its place`() {
    withKnownIssue {
      expectGradientsAgree(
        of: { x, y in .matmul(x, y, file: "Model.swift", line: 7) }, at: [1, 2], [1, 2, 3])
    } matching: {
      $0.comments.contains {
        $0.rawValue.contains("could not be checked: Model.swift:7: matmul: shapes (2,) and (3,)")
      }
    }
  }
}
