extension String {
  /// On one line, without control characters: text from a file that goes to a terminal.
  var printable: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.map {
          switch $0.properties.generalCategory {
          case .control, .lineSeparator, .paragraphSeparator: " "
          default: $0
          }
        }))
  }
}
