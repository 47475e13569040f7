import Gradients
import Testing

@Suite struct NumberTextTests {
  @Test(arguments: [
    (0.0, "0"), (-0.0, "0"), (-4, "-4"), (0.1, "0.1"), (1e-5, "1e-05"), (0.0001, "0.0001"),
    (1e15, "1000000000000000"), (1e16, "1e+16"),
    (1e17, "1e+17"), (.leastNonzeroMagnitude, "5e-324"), (1.7976931348623157e308, "1.7976931348623157e+308"),
    (123.456, "123.456"),
    (.nan, "NaN"), (.infinity, "Infinity"), (-.infinity, "-Infinity"), (1.5e300, "1.5e+300"),
  ])
  func `the exact text reads back as the same number`(number: Double, text: String) {
    #expect(NumberText.exact(number) == text)
    if number.isFinite { #expect(Double(text) == number) }
  }

  @Test(arguments: [
    (0.731058578630, 2, "0.73"), (-0.001, 2, "0.00"), (-0.196611933, 2, "-0.20"), (2, 2, "2.00"),
    (0.995, 2, "1.00"),
    (999.999, 2, "1000.00"), (1234.5, 0, "1235"), (0.05, 1, "0.1"), (0.4, 0, "0"), (1e-9, 4, "0.0000"),
    (12.3, 3, "12.300"),
  ])
  func `fixed decimals round the digits that are shown`(number: Double, decimals: Int, text: String) {
    #expect(NumberText.fixed(number, decimals: decimals) == text)
  }

  @Test(
    arguments: [
      (0.731058578630, "0.731059"), (1e-12 / 3, "3.33333e-13"), (123456789, "1.23457e+08"), (0.1, "0.1"),
      (9.9999996, "10"), (999999, "999999"), (999999.5, "1e+06"), (1e12, "1e+12"), (-2.5e6, "-2.5e+06"),
    ] as [(Double, String)])
  func `short text has six digits at most, and a power of ten from a million on`(number: Double, text: String)
  {
    #expect(NumberText.short(number) == text)
  }
}
