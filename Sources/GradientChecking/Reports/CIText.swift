/// The one place that quotes text for what reads the reports of a build.
public enum CIText {
  /// Text between the tags, or in an attribute, of JUnit XML.
  public static func xml(_ text: String) -> String {
    let escaped = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;").replacing("\n", with: "&#10;")
    // XML has no way to write the other control characters.
    return String(String.UnicodeScalarView(escaped.unicodeScalars.filter { $0.value >= 32 || $0 == "\t" }))
  }

  /// The message of an annotation of GitHub Actions.
  public static func githubData(_ text: String) -> String {
    text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
  }

  /// The value of a property of an annotation of GitHub Actions.
  public static func githubProperty(_ text: String) -> String {
    githubData(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
  }
}
