import ChainruleTesting
import GradientChecking
import Layers
import XCTest

/// The same in XCTest.
final class LayerXCTests: XCTestCase {
  func testMish() {
    XCTAssertGradientsAgree(try GradientCheck(of: Mish(), at: [0.5]))
  }
}
