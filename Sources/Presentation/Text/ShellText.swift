/// Text as a shell reads it.
package enum ShellText {
  /// The word unchanged if no character in it has a meaning for a shell, else in single quotes.
  package static func quoted(_ word: String) -> String {
    guard word.isEmpty || !word.allSatisfy(isPlain) else { return word }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#)
      + "'"
  }

  private static func isPlain(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "_-./=,:+@%".contains(character))
  }
}
