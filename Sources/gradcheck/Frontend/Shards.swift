internal import ArgumentParser
internal import GradientChecking

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Which part of a check this process does.
enum Shards {
  /// Reads `2/8`.
  static func parse(_ text: String) -> CheckReport.Shard? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let number = parts[0], let count = parts[1] else { return nil }
    return CheckReport.Shard(number, of: count)
  }

  /// What an array job leaves out that says which part this process does, if so: without it each job does everything.
  static func warning(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> String? {
    let names = [
      ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT"), ("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS"),
    ]
    guard let (number, count) = names.first(where: { environment[$0.0] != nil }), environment[count] == nil
    else {
      return nil
    }
    return
      "\(number) is set, but \(count) is not: this job checks all parts; set \(count), or say --shard I/N"
  }

  /// The part that an array job gives this process: a Slurm array, an indexed Job of Kubernetes, or GNU parallel with
  /// `GRADCHECK_SHARDS` parts; nil outside of one.
  static func ofEnvironment(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> CheckReport.Shard? {
    func shard(_ name: String, first: Int, step: Int = 1, count countName: String) throws -> CheckReport
      .Shard?
    {
      guard let text = environment[name], let countText = environment[countName] else { return nil }
      guard let number = Int(text), let count = Int(countText), step > 0, (number - first) % step == 0,
        let shard = CheckReport.Shard((number - first) / step + 1, of: count)
      else {
        throw misuse(
          "\(name)=\(text) with \(countName)=\(countText) is no part of an array job; say --shard I/N")
      }
      return shard
    }
    let first = environment["SLURM_ARRAY_TASK_MIN"].flatMap { Int($0) } ?? 0
    let step = environment["SLURM_ARRAY_TASK_STEP"].flatMap { Int($0) } ?? 1
    return try shard("SLURM_ARRAY_TASK_ID", first: first, step: step, count: "SLURM_ARRAY_TASK_COUNT")
      ?? shard("JOB_COMPLETION_INDEX", first: 0, count: "JOB_COMPLETIONS")
      ?? shard("PARALLEL_SEQ", first: 1, count: "GRADCHECK_SHARDS")
  }
}
