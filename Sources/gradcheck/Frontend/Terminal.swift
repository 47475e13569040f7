internal import ArgumentParser
internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Ends the run: says `message` on standard error, and exits with `status`.
func failure(_ message: String, _ status: ExitCode) -> ExitCode {
  tell(message)
  return status
}

/// Says something on standard error.
func tell(_ message: String) {
  // Where nobody listens there is nobody to tell.
  _ = try? FileDescriptor.standardError.writeAll((message + "\n").utf8)
}

/// Ends the run for wrong usage that shows only once the formula is known.
func misuse(_ message: String) -> ExitCode {
  failure("gradcheck: \(message)", ExitStatus.badUsage)
}

/// Prints `text` as it is.
///
/// A reader that has gone away, as `head` does, ends the run quietly.
func output(_ text: String) throws {
  do {
    try FileDescriptor.standardOutput.writeAll(text.utf8)
  } catch Errno.brokenPipe {
    throw ExitCode.success
  } catch {
    throw failure("gradcheck: standard output could not be written: \(error)", ExitStatus.badFile)
  }
}

/// Whether a path leads to a device or a pipe, which is written to and not replaced.
func isStream(_ path: String) -> Bool {
  var info = stat()
  guard unsafe stat(path, &info) == 0 else { return false }
  return info.st_mode & S_IFMT != S_IFREG && info.st_mode & S_IFMT != S_IFDIR
}

/// Whether verdicts are coloured: on a terminal, unless `NO_COLOR` or a dumb terminal says otherwise.
var showsColors: Bool {
  let environment = ProcessInfo.processInfo.environment
  return isatty(STDOUT_FILENO) == 1 && (environment["NO_COLOR"] ?? "").isEmpty
    && environment["TERM"] != "dumb"
}

/// How many cores this process may use.
var coreCount: Int { ProcessInfo.processInfo.activeProcessorCount }
