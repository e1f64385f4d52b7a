import Basics

extension StringProtocol {
  /// The text as HTML, XML and SVG write it, between tags and inside quotes: none of its characters is markup.
  ///
  /// Works by scalars. As characters, a quote with a combining accent would not be found. Control characters, which XML
  /// forbids, become visible first.
  package var markupText: String {
    var text = String.UnicodeScalarView()
    for scalar in printable.unicodeScalars {
      switch scalar {
      case "&": text.append(contentsOf: "&amp;".unicodeScalars)
      case "<": text.append(contentsOf: "&lt;".unicodeScalars)
      case ">": text.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": text.append(contentsOf: "&quot;".unicodeScalars)
      case "'": text.append(contentsOf: "&#39;".unicodeScalars)
      case "\u{FFFE}", "\u{FFFF}": text.append("\u{FFFD}")
      default: text.append(scalar)
      }
    }
    return String(text)
  }
}
