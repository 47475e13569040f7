import Testing

/// Gives the tests of a suite one browser.
struct BrowserTrait: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    let browser = try Browser()
    do {
      try await browser.start()
      try await Browser.$current.withValue(browser, operation: function)
    } catch {
      await browser.stop()
      throw error
    }
    await browser.stop()
  }
}

extension Trait where Self == BrowserTrait {
  static var browser: Self { BrowserTrait() }
}

/// What is tested in a real browser, one test after another; skipped where there is none.
@Suite(
  .serialized, .enabled(if: Browser.isInstalled, "Chromium is not installed; Scripts/set-up installs it"),
  .browser)
struct BrowserTests {}
