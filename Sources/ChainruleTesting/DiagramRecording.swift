#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// When a test writes the diagram it expects, instead of only comparing it.
///
/// What was written is an issue of that run, so that somebody looks at it before it is committed.
public enum DiagramRecording: String, Sendable, CaseIterable {
  /// Nothing is written.
  case never
  /// A diagram that is not there is written.
  case missing
  /// So is one that differs.
  case failed
  /// Every diagram is written, in the bytes of this Graphviz.
  case all

  /// What the environment says: `CHAINRULE_RECORD` names a mode; without it nothing is written where `CI` is set, and
  /// what is missing elsewhere.
  public static var standard: DiagramRecording { of(ProcessInfo.processInfo.environment) }

  static func of(_ environment: [String: String]) -> DiagramRecording {
    guard let text = environment["CHAINRULE_RECORD"] else {
      return environment["CI"] == nil ? .missing : .never
    }
    guard let mode = DiagramRecording(rawValue: text) else {
      let known = allCases.map(\.rawValue).joined(separator: ", ")
      preconditionFailure("CHAINRULE_RECORD is '\(text)'; it can be \(known)")
    }
    return mode
  }
}
