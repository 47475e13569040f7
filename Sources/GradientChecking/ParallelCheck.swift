internal import Dispatch
internal import Gradients

/// Copies of one check that share the elements of a batch, each on a core of its own.
///
/// What is found of an element does not depend on which copy looks at it.
struct ParallelCheck: Sendable {
  /// A copy, and what it found last; one thread at a time has it.
  private final class Worker: @unchecked Sendable {
    let check: JacobianCheck
    var result: Result<[Comparison], any Error> = .success([])

    init(_ check: JacobianCheck) {
      self.check = check
    }
  }

  /// A check of fewer numbers in all is done before another core has begun.
  private static let leastWork = 1 << 20

  private let workers: [Worker]

  /// Makes copies of `check` for as many cores as the work keeps busy.
  init(_ check: JacobianCheck, jobs: Int, elementCount: Int) throws {
    // Another program shares its copies among processes of its own.
    let isWorthIt =
      elementCount > 1 && elementCount * check.slotCount >= Self.leastWork && !check.hasBlackBoxes
    let copies = try (1..<(isWorthIt ? max(1, min(jobs, elementCount)) : 1)).map { _ in try check.copy() }
    workers = ([check] + copies).map(Worker.init)
  }

  /// How many times the copies computed the function, the first one aside.
  var evaluationCount: Int { workers.dropFirst().reduce(0) { $0 + $1.check.evaluationCount } }

  /// Compares as ``JacobianCheck/compare(_:)`` does.
  func compare(_ parts: [JacobianCheck.Part]) throws -> [Comparison] {
    let count = parts.elementCount
    guard workers.count > 1, count > 1 else { return try workers[0].check.compare(parts) }
    DispatchQueue.concurrentPerform(iterations: workers.count) { number in
      let worker = workers[number]
      let share = parts.parts(count * number / workers.count..<count * (number + 1) / workers.count)
      worker.result = Result { try worker.check.compare(share) }
    }
    return try workers.flatMap { try $0.result.get() }
  }
}
