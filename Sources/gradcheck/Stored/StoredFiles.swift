internal import ArgumentParser

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The stored diagrams and the formulas that a command is given.
struct StoredFiles {
  /// A diagram, told by its ending.
  struct Diagram {
    let path: String
    /// Whether it was named itself, and not found in a folder.
    let isNamed: Bool
  }

  private(set) var diagrams: [Diagram] = []
  private(set) var formulas: [String] = []
  private var known: Set<String> = []
  /// The formulas by the place where they really are.
  private var formulaAt: [String: String] = [:]

  static let endings = [".svg", ".dot", ".html"]

  /// Finds them in files, folders and patterns.
  init(_ paths: [String]) throws {
    for path in paths { try add(path) }
  }

  private mutating func add(_ path: String) throws {
    var isFolder = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
      if isFolder {
        addFolder(path)
      } else if !addFile(path, isNamed: true) {
        throw misuse(
          "'\(path)' is neither a diagram (.svg, .dot, .html) nor a formula (.grad) nor a folder")
      }
      return
    }
    let found = Glob.isPattern(path) ? Glob.paths(path) : []
    guard !found.isEmpty else {
      let problem = Glob.isPattern(path) ? "fits no file" : "does not exist"
      throw failure("gradcheck: '\(path)' \(problem)", ExitStatus.badFile)
    }
    for path in found {
      if Glob.isFolder(path) { addFolder(path) } else { _ = addFile(path, isNamed: false) }
    }
  }

  private mutating func addFolder(_ folder: String) {
    let folder = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    for name in Glob.names(in: folder + "/") {
      let path = "\(folder)/\(name)"
      if Glob.isFolder(path) { addFolder(path) } else { _ = addFile(path, isNamed: false) }
    }
  }

  /// What a file is its ending tells; a file that a former run has left beside a diagram is none.
  private mutating func addFile(_ path: String, isNamed: Bool) -> Bool {
    let isFormula = path.hasSuffix(".grad")
    guard isFormula || Self.endings.contains(where: path.hasSuffix) else { return false }
    let real = Files.real(path)
    guard isNamed || !path.contains(".new."), known.insert(real).inserted else { return true }
    if isFormula {
      formulas.append(path)
      formulaAt[real] = path
    } else {
      diagrams.append(Diagram(path: path, isNamed: isNamed))
    }
    return true
  }

  // MARK: Pairs

  /// The formula's file that a diagram in the file `diagram` was drawn from.
  ///
  /// Its path was written down from the folder that the tool was started in: that is the present one, or one above the
  /// diagram. A file that has moved is known by its name among the formulas that were given.
  func formula(_ recorded: String, ofDiagramAt diagram: String) -> String? {
    if let here = existing(recorded) { return here }
    var folder = diagram[...]
    while let end = folder.lastIndex(of: "/") {
      folder = folder[..<end]
      if let there = existing("\(folder)/\(recorded)") { return there }
    }
    let name = recorded.split(separator: "/").last
    let moved = formulas.filter { $0.split(separator: "/").last == name }
    return moved.count == 1 ? moved[0] : nil
  }

  /// A path, as the formulas that were given name it.
  private func existing(_ path: String) -> String? {
    var isFolder = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder else { return nil }
    return formulaAt[Files.real(path)] ?? path
  }
}
