import Foundation
import GradientChecking
import Gradients
import Testing

/// How often a random test is repeated: `SOAK` of the environment, or a number that does not keep one waiting.
func repetitions(_ few: Int) -> Int {
  ProcessInfo.processInfo.environment["SOAK"].flatMap { Int($0) } ?? few
}

/// Whether the long tests run.
var isSoaking: Bool { repetitions(1) > 1 }

@Suite struct RandomGraphTests {
  @Test func `correct gradients of random graphs raise no alarm`() throws {
    let count = repetitions(60)
    var verdicts: [Verdict: Int] = [:]
    for seed in 1...UInt64(count) {
      guard let random = try RandomGraph(seed: seed) else { continue }
      let report: CheckReport
      do {
        report = try random.check.run()
      } catch is GateError {
        continue
      }
      verdicts[report.verdict, default: 0] += 1
      if report.verdict == .disagree {
        Issue.record(
          "\(random.text)\n\(report.text())")
      }
    }
    let counts = Verdict.allCases.map { "\(verdicts[$0, default: 0]) \($0.rawValue)" }
    print("random graphs, seeds 1 to \(count): \(counts.joined(separator: ", "))")
    #expect(verdicts[.agree, default: 0] > count / 3)
  }

  @Test(arguments: PastAlarm.all)
  func `a right gradient that was once called wrong raises no alarm`(alarm: PastAlarm) throws {
    let report = try alarm.check.run()
    #expect(report.verdict == alarm.verdict, "\(report.text())")
  }
}
