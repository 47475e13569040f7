internal import ArgumentParser
internal import ExternalGates
internal import FormulaLanguage
internal import Gradients

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// How the programs that a formula uses are treated.
///
/// A program ends when nothing that uses it is left, at the end of a command.
struct ProgramOptions: ParsableArguments {
  static let usualTimeout = 30.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How long a program of 'use' may take for an answer.", valueName: "seconds"))
  var timeout = usualTimeout

  func validate() throws {
    guard timeout > 0, timeout <= 1e6 else {
      throw ValidationError("--timeout must be a number of seconds above 0, not \(NumberText.exact(timeout))")
    }
  }

  /// Starts a program in `directory`.
  static func open(
    _ command: String, in directory: String?, timeout: Double
  ) throws(ProgramFault) -> ExternalProgram {
    Interruption.watch()
    var settings = ExternalProgram.Settings()
    settings.timeout = .seconds(timeout)
    settings.largestProcessCount = ProcessInfo.processInfo.activeProcessorCount
    settings.shouldStop = { Interruption.isPending }
    return try ExternalProgram(command, directory: directory, settings: settings)
  }
}

extension Formula {
  /// Ends the run if a program that the formula uses has failed, whatever came of it otherwise.
  func requireSoundPrograms() throws {
    if let fault = claimGraph.programFault {
      let place = claimGraph.place(of: fault).map { ":\($0)" } ?? ""
      throw failure("\(source.name)\(place): error: \(fault)", ExitStatus.badProgram)
    }
  }
}

extension FormulaError {
  /// The status of a formula that cannot be read: it is wrong, or a program of its own failed.
  var exitStatus: ExitCode {
    diagnostics.contains { $0.message.id == "program-failed" } ? ExitStatus.badProgram : ExitStatus.badFormula
  }
}
