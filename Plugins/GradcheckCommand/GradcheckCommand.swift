import Foundation
import PackagePlugin

/// `swift package gradcheck`: checks every formula of a package, and verifies its stored diagrams.
///
/// With arguments it is the tool itself: `swift package gradcheck check Formulas/neuron.grad`.
@main
struct GradcheckCommand: CommandPlugin {
  func performCommand(context: PluginContext, arguments: [String]) throws {
    let tool = try context.tool(named: "gradcheck").url
    let folder = context.package.directoryURL
    func run(_ arguments: [String]) throws -> Int32 {
      let process = Process()
      process.executableURL = tool
      process.arguments = arguments
      process.currentDirectoryURL = folder
      try process.run()
      process.waitUntilExit()
      return process.terminationStatus
    }
    guard arguments.isEmpty else {
      let status = try run(arguments)
      if status != 0 { Diagnostics.error("gradcheck ended with status \(status)") }
      return
    }
    let files = files(in: folder)
    let formulas = files.filter { $0.hasSuffix(".grad") }
    // Folders, since a diagram that a test draws carries no formula, and is passed over in one.
    let diagrams = files.filter { path in
      ["svg", "dot", "html"].contains((path as NSString).pathExtension)
        && (try? String(contentsOf: folder.appending(path: path), encoding: .utf8))?.contains("data_schema")
          == true
    }
    for formula in formulas {
      print("checking \(formula)")
      if try run(["check", formula]) != 0 { Diagnostics.error("the gradients of \(formula) do not all agree") }
    }
    let folders = Set(diagrams.map { ($0 as NSString).deletingLastPathComponent }).sorted()
    if !folders.isEmpty, try run(["verify"] + folders.map { $0.isEmpty ? "." : $0 }) != 0 {
      Diagnostics.error("stored diagrams are not what their formulas give")
    }
    if formulas.isEmpty, diagrams.isEmpty {
      Diagnostics.warning("there is no formula (.grad) and no stored diagram in \(folder.lastPathComponent)")
    }
  }

  /// The files of the package in alphabetical order, from its folder; hidden folders are left out.
  private func files(in folder: URL) -> [String] {
    let walk = FileManager.default.enumerator(
      at: folder, includingPropertiesForKeys: [.isRegularFileKey], options: [.skipsHiddenFiles])
    let urls = (walk?.compactMap { $0 as? URL } ?? []).filter {
      (try? $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true
    }
    return urls.map { String($0.path.dropFirst(folder.path.count)).trimmingCharacters(in: ["/"]) }.sorted()
  }
}
