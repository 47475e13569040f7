/// The colours and sizes of a picture; each text stands at 4.5:1 or better against the paper.
struct Theme: Sendable {
  let paper = "#FFFFFF"
  let ink = "#202124"
  let secondary = "#5F6368"
  let forward = "#1B7A2F"
  let gradient = "#C4161C"
  let font = "Helvetica,Arial,sans-serif"

  static let lecture = Theme()
}

/// How wide text is in Helvetica, in points; a little more than it is, so that fixed cells never clip.
func textWidth(_ text: String, size: Int) -> Int {
  var thousandths = 0
  for character in text {
    switch character {
    case ".", ",", " ", ":", ";", "'", "|", "i", "j", "l", "I": thousandths += 278
    case "(", ")", "[", "]", "-", "f", "t", "r": thousandths += 333
    case "m", "w", "M", "W", "@", "%": thousandths += 944
    case "+", "=", "<", ">": thousandths += 584
    case "A"..."Z": thousandths += 722
    default: thousandths += character.isASCII ? 556 : 1000
    }
  }
  return (thousandths * size + 999) / 1000
}

/// A text short enough to be drawn.
func drawn(_ text: String, limit: Int = 24) -> String {
  text.count <= limit ? text : text.prefix(limit - 3) + "..."
}
