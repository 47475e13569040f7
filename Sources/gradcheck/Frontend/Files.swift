internal import ArgumentParser
internal import GradientChecking
internal import SystemPackage

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The files that commands read and write.
enum Files {
  /// The text of a formula: what `argument` says, what the file of that name holds, or what standard input gives.
  static func formula(_ argument: String) throws -> (name: String, bytes: [UInt8], directory: String?) {
    if argument == "-" {
      var text = ""
      while let line = readLine(strippingNewline: false) { text += line }
      return ("<stdin>", Array(text.utf8), nil)
    }
    var isDirectory = false
    let exists = FileManager.default.fileExists(atPath: argument, isDirectory: &isDirectory)
    if exists, !isDirectory, [".svg", ".html", ".png", ".pdf"].contains(where: argument.hasSuffix) {
      throw failure(
        "gradcheck: '\(argument)' is a picture, not a formula; 'gradcheck verify' compares stored pictures",
        ExitStatus.badFormula)
    }
    if exists, !isDirectory {
      return (argument, try contents(of: argument), isStream(argument) ? nil : directory(of: argument))
    }
    if exists || argument.hasSuffix(".grad") {
      let problem = exists ? "is a folder" : "does not exist"
      throw failure("gradcheck: '\(argument)' \(problem)", ExitStatus.badFile)
    }
    return ("<formula>", Array(argument.utf8), nil)
  }

  /// The report in a file.
  static func report(_ path: String) throws -> CheckReport {
    let bytes = try contents(of: path)
    do {
      return try CheckReport(json: bytes)
    } catch {
      throw failure("gradcheck: '\(path)': \(error)", ExitStatus.badFormula)
    }
  }

  /// Writes a whole file or nothing: a reader finds the old text or the new, never half of one.
  static func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

  /// Writes a whole file or nothing; through a link to what it leads to, and into a device or a pipe as it comes.
  static func write(_ bytes: [UInt8], to path: String) throws {
    do {
      if isStream(path) {
        let stream = try FileDescriptor.open(FilePath(path), .writeOnly)
        try stream.closeAfter { _ = try stream.writeAll(bytes) }
      } else {
        try Data(bytes).write(to: URL(filePath: real(path)), options: .atomic)
      }
    } catch {
      throw failure("gradcheck: '\(path)' could not be written: \(reason(error))", ExitStatus.badFile)
    }
  }

  /// Makes a folder, unless it is there.
  static func makeFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw failure("gradcheck: the folder '\(path)' could not be made: \(reason(error))", ExitStatus.badFile)
    }
  }

  /// A path as a picture keeps it: from the folder that the tool was started in, so that it names no machine; the
  /// file's name alone, when an absolute path leads elsewhere.
  static func fromHere(_ path: String) -> String {
    var parts = path.split(separator: "/").filter { $0 != "." }
    if path.hasPrefix("/") {
      let here = FileManager.default.currentDirectoryPath.split(separator: "/")
      guard parts.starts(with: here), parts.count > here.count else {
        return parts.last.map(String.init) ?? path
      }
      parts.removeFirst(here.count)
    }
    return parts.joined(separator: "/")
  }

  /// The name of a new version beside a file: `NAME.new.svg`.
  static func new(_ path: String) -> String {
    let end = path.lastIndex(of: ".") ?? path.endIndex
    return path[..<end] + ".new" + path[end...]
  }

  /// A file's name without its folder and its ending.
  static func stem(_ path: String) -> Substring {
    let name = path.split(separator: "/").last ?? ""
    return name.lastIndex(of: ".").map { name[..<$0] } ?? name
  }

  /// Takes a file away, if it is there.
  static func remove(_ path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else { return }
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      throw failure("gradcheck: '\(path)' could not be removed: \(reason(error))", ExitStatus.badFile)
    }
  }

  private static func contents(of path: String) throws -> [UInt8] {
    do {
      return try bytes(of: path)
    } catch {
      throw failure("gradcheck: '\(path)' \(error)", ExitStatus.badFile)
    }
  }

  /// What a command that goes on with other files says of one, behind its name.
  struct Problem: Error, CustomStringConvertible {
    let description: String
  }

  /// More bytes than this are not read from a device or a pipe, which may never end.
  private static let largestStream = 1 << 28

  /// What a file holds, or a device or a pipe gives.
  static func bytes(of path: String) throws(Problem) -> [UInt8] {
    do {
      guard isStream(path) else { return Array(try Data(contentsOf: URL(filePath: path))) }
      let stream = try FileDescriptor.open(FilePath(path), .readOnly)
      return try stream.closeAfter { try stream.all(upTo: largestStream) }
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem(description: "could not be read: \(reason(error))")
    }
  }

  /// A path by which a file is known, whatever links lead to it.
  static func real(_ path: String) -> String {
    URL(filePath: path).resolvingSymlinksInPath().path
  }

  static func directory(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
  }

  private static func reason(_ error: any Error) -> String {
    // The system's own words begin with a capital.
    if let error = error as? Errno { return "\(error)".lowercased() }
    guard let error = error as? CocoaError else { return "\(error)" }
    return switch error.code {
    case .fileReadNoPermission, .fileWriteNoPermission: "permission denied"
    case .fileReadNoSuchFile: "there is no such file"
    case .fileNoSuchFile: "there is no such folder"
    case .fileWriteFileExists: "there is a file of that name"
    case .fileWriteOutOfSpace: "the disk is full"
    case .fileWriteVolumeReadOnly: "the disk is read-only"
    default: "\(error.code)"
    }
  }
}

extension FileDescriptor {
  /// All that comes until the end.
  fileprivate func all(upTo limit: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe try part.withUnsafeMutableBytes { unsafe try read(into: $0) }
      guard count > 0 else { return bytes }
      bytes += part[..<count]
      guard bytes.count <= limit else { throw Files.Problem(description: "gives more than \(limit) bytes") }
    }
  }
}
