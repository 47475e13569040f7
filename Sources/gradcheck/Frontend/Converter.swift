internal import Subprocess
internal import SystemPackage

/// Turns SVG into other formats, by the program `rsvg-convert`.
enum Converter {
  private static let largestCount = 1 << 28

  /// The bytes of the picture in another format, `png` or `pdf`.
  static func converted(_ svg: String, to format: String) async throws -> [UInt8] {
    // Twice the size is sharp on a projector; a PDF has no pixels, and no date.
    let scale = format == "png" ? ["--zoom", "2"] : []
    do {
      let result = try await Subprocess.run(
        .name("rsvg-convert"), arguments: Arguments(["--format", format] + scale),
        environment: .inherit.updating(["SOURCE_DATE_EPOCH": "0"]), input: .string(svg),
        output: .bytes(limit: largestCount), error: .string(limit: 1 << 16))
      guard result.terminationStatus.isSuccess else {
        let reason = result.standardError.split(separator: "\n").first ?? "it gave no reason"
        throw failure(
          "gradcheck: rsvg-convert could not make a \(format) file: \(reason)", ExitStatus.badProgram)
      }
      return result.standardOutput
    } catch let error as SubprocessError {
      guard error.code == .executableNotFound else {
        throw failure("gradcheck: rsvg-convert could not be run: \(error)", ExitStatus.badProgram)
      }
      throw failure(
        """
        gradcheck: a .\(format) file needs the program rsvg-convert, which is not installed; install it with \
        'apt-get install librsvg2-bin' or 'brew install librsvg', or draw a .svg file
        """, ExitStatus.badProgram)
    }
  }
}
