/// Text as a shell reads it.
enum ShellText {
  /// The word as it is where no character means anything to a shell, else in single quotes.
  static func quoted(_ word: String) -> String {
    guard word.isEmpty || !word.allSatisfy(isPlain) else { return word }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#)
      + "'"
  }

  private static func isPlain(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "_-./=,:+@%".contains(character))
  }
}
