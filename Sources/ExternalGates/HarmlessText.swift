extension String {
  /// The same with control characters but line feeds and tabs written out, so that no terminal obeys what a program says.
  var harmless: String {
    unicodeScalars.reduce(into: "") { text, scalar in
      if scalar.properties.generalCategory == .control, scalar != "\n", scalar != "\t" {
        text += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
  }
}
