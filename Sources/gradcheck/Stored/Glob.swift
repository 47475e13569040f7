#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Patterns of file names, for those that no shell has expanded: `*`, `?`, and `**` for any folders.
enum Glob {
  /// Whether a path is a pattern.
  static func isPattern(_ path: String) -> Bool {
    path.contains { $0 == "*" || $0 == "?" }
  }

  /// The files and folders that fit, in alphabetical order.
  static func paths(_ pattern: String) -> [String] {
    var found = [pattern.hasPrefix("/") ? "/" : ""]
    for part in pattern.split(separator: "/").map(String.init) {
      found = found.flatMap { folder in
        if part == "**" { return [folder] + folders(in: folder) }
        guard isPattern(part) else { return [folder + part + "/"] }
        return names(in: folder).filter { matches($0[...], part[...]) }.map { folder + $0 + "/" }
      }
    }
    let files = found.map { String($0.dropLast()) }
    return files.filter { FileManager.default.fileExists(atPath: $0) }
  }

  /// The names in a folder, without hidden ones, in alphabetical order.
  static func names(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
    return names.filter { !$0.hasPrefix(".") }.sorted()
  }

  private static func folders(in folder: String) -> [String] {
    names(in: folder).flatMap { name in
      let path = folder + name
      return isFolder(path) ? [path + "/"] + folders(in: path + "/") : []
    }
  }

  /// Whether there is a folder; a link to one does not count, so that no walk goes in circles.
  static func isFolder(_ path: String) -> Bool {
    var isDirectory = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory
      && (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) == nil
  }

  /// Whether a name fits a pattern; no recursion, so that no pattern takes long.
  static func matches(_ name: Substring, _ pattern: Substring) -> Bool {
    let (name, pattern) = (Array(name), Array(pattern))
    var (i, j) = (0, 0)
    var star: (pattern: Int, name: Int)?
    while i < name.count {
      if j < pattern.count, pattern[j] == "*" {
        star = (j, i)
        j += 1
      } else if j < pattern.count, pattern[j] == "?" || pattern[j] == name[i] {
        (i, j) = (i + 1, j + 1)
      } else if let last = star {
        star = (last.pattern, last.name + 1)
        (i, j) = (last.name + 1, last.pattern + 1)
      } else {
        return false
      }
    }
    return pattern[j...].allSatisfy { $0 == "*" }
  }
}
