internal import ArgumentParser
internal import GradientChecking

/// What the tool's exit statuses mean, as `--help` says.
enum ExitStatus {
  static let disagree = ExitCode(1)
  static let undecided = ExitCode(2)
  static let badUsage = ExitCode.validationFailure
  static let badFormula = ExitCode(65)
  static let badProgram = ExitCode(69)
  static let badFile = ExitCode(74)
}

extension Verdict {
  /// The status a check of this verdict ends with.
  var exitStatus: ExitCode {
    switch self {
    case .agree: .success
    case .disagree: ExitStatus.disagree
    case .undecided: ExitStatus.undecided
    }
  }
}
