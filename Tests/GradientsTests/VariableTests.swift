import Gradients
import Testing

@Suite struct VariableTests {
  @Test func `an expression remembers how it was computed`() throws {
    let (x, y, z) = (Variable(-2), Variable(5), Variable(-4))
    let f = (x + y) * z
    #expect(try f.value() == Tensor(-12))
    #expect(try f.gradients(of: [x, y, z]) == [Tensor(-4), Tensor(-4), Tensor(3)])
  }

  @Test func `numbers in an expression are constants`() throws {
    let x = Variable(2)
    #expect(try (3 * x - x / 4.0).gradients(of: [x]) == [Tensor(2.75)])
  }

  @Test func `expressions that grew apart join`() throws {
    let (a, b) = (Variable(2), Variable(3))
    let (left, right) = (a * a, b * b)
    let f = left * right + a
    #expect(try f.value() == Tensor(38))
    #expect(try f.gradients(of: [a, b]) == [Tensor(37), Tensor(24)])
    #expect(try left.gradients(of: [b]) == [Tensor(0)])
  }

  @Test func `a shape error is thrown by the first call that evaluates, with its place`() throws {
    let x = Variable(Tensor([1, 2]))
    let wrong = Variable.matmul(x, Variable(Tensor([1, 2, 3])), file: "Model.swift", line: 7)
    let f = wrong + 1
    let error = #expect(throws: VariableError.self) { _ = try f.value() }
    #expect(
      error?.description
        == "Model.swift:7: matmul: shapes (2,) and (3,) do not fit: 2 columns on the left, 3 rows on the right"
    )
  }

  @Test func `a long expression needs no recursion`() throws {
    let x = Variable(1)
    var f = x
    for _ in 0..<100_000 { f = f + x }
    #expect(try f.gradients(of: [x]) == [Tensor(100_001)])
  }
}
