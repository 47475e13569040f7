@testable import FormulaLanguage
import TestSupport
import Testing

@Suite struct NormalNumbersTests {
  /// Expected: Python 3.11, statistics.NormalDist().inv_cdf, itself an independent port of AS 241.
  @Test(arguments: [
    (1e-10, -6.361340902404056), (0.01, -2.3263478740408408), (0.3, -0.5244005127080407), (0.5, 0),
    (0.975, 1.9599639845400536),
  ])
  func `the quantiles are those of the normal distribution`(p: Double, x: Double) {
    #expect(agree(normalQuantile(p), x, digits: 14))
  }

  @Test(arguments: [
    (1, 0), (2, 0.693147180559945309), (1e-300, -690.775527898213705), (0.75, -0.287682072451780927),
    (1e300, 690.775527898213705),
  ])
  func `the logarithm needs no library`(x: Double, log: Double) {
    #expect(agree(logarithm(x), log, digits: 14))
  }
}
