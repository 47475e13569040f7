public import GradientChecking
internal import XCTest

/// Asserts, in XCTest, that every gradient of a check agrees with the numerical one:
/// `XCTAssertGradientsAgree(try GradientCheck(of: gate, at: [x]))`.
///
/// - Parameters:
///   - check: what is checked, made by one of the initializers of `GradientCheck` that take `of:`.
///   - tolerance: how far apart two gradients may be, relative to the larger one.
///   - file: of the assertion.
///   - line: of the assertion.
public func XCTAssertGradientsAgree(
  _ check: @autoclosure () throws -> GradientCheck, tolerance: Double = 1e-7, file: StaticString = #filePath,
  line: UInt = #line
) {
  do {
    let finding = try GradientFinding(check(), tolerance: tolerance)
    guard let failure = finding.failure else { return }
    XCTFail(failure, file: file, line: line)
  } catch {
    XCTFail("the gradients could not be checked: \(error)", file: file, line: line)
  }
}
