extension StringProtocol {
  /// Columns of a terminal that the text takes: one a character, two for East Asian characters and emoji.
  package var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }

  /// The text when it takes at most `columns` columns; else as much of its beginning as fits, and `ellipsis`.
  /// - Parameter keepsEnds: whether the ellipsis stands in the middle, with the end of the text behind it.
  func cut(toColumns columns: Int, ellipsis: String, keepsEnds: Bool = false) -> String {
    guard displayWidth > columns else { return String(self) }
    let room = columns - ellipsis.displayWidth
    let tail = keepsEnds ? String(String(reversed()).beginning(room / 2).reversed()) : ""
    return beginning(room - tail.displayWidth) + ellipsis + tail
  }

  /// As much of the beginning as takes at most `columns` columns.
  private func beginning(_ columns: Int) -> String {
    var room = columns
    return String(
      prefix { character in
        room -= character.displayWidth
        return room >= 0
      })
  }
}

extension Character {
  fileprivate var displayWidth: Int {
    guard let scalar = unicodeScalars.first, scalar.value >= 0x1100 else { return 1 }
    return Self.wide.contains { $0.contains(scalar.value) } || scalar.properties.isEmojiPresentation ? 2 : 1
  }

  /// Unicode's East Asian Width "wide" and "fullwidth", in blocks.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
    0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD,
  ]
}
