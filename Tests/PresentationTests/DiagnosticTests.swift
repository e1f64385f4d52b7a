import Testing

@testable import Presentation

/// Lines on standard error: broken at words on a terminal, whole elsewhere, the beginning in colour.
@Suite struct DiagnosticTests {
  private let coloured = TextStyle(width: 30, hasColour: true, hasUnicode: true)
  private let line = "a.yaml: the file is too long for a line"

  @Test func aPipeGetsOneLine() {
    let pipe = TextStyle(width: 30, hasColour: false, hasUnicode: true)
    #expect(pipe.diagnostic(line, isWrapped: false) == "fusionctl: \(line)")
    #expect(pipe.message(line, isWrapped: false) == line)
  }

  @Test func aTerminalBreaksAtWords() {
    let plain = TextStyle(width: 30, hasColour: false, hasUnicode: false)
    #expect(
      plain.diagnostic(line, isWrapped: true)
        == "fusionctl: a.yaml: the file is\n           too long for a line")
    #expect(plain.diagnostic("1–2", isWrapped: true) == "fusionctl: 1-2")
    // A line that fits keeps its blanks, as a row of a table needs.
    #expect(plain.message("a    b", isWrapped: true) == "a    b")
    #expect(
      plain.message("note: the quick brown fox jumps", isWrapped: true)
        == "note: the quick brown fox\n      jumps")
  }

  @Test func errorsAreRedAndNotesYellow() {
    #expect(coloured.diagnostic("x", isWrapped: true) == "\u{1B}[31mfusionctl:\u{1B}[0m x")
    #expect(coloured.diagnostic("note: x", isWrapped: true) == "\u{1B}[33mfusionctl: note:\u{1B}[0m x")
    #expect(coloured.message("warning: x", isWrapped: false) == "\u{1B}[33mwarning:\u{1B}[0m x")
    #expect(coloured.bold("abc").visibleCount == 3)
    let bold = (0..<8).map { _ in coloured.bold("word") }.joined(separator: " ")
    #expect(coloured.message(bold, isWrapped: true).split(separator: "\n").map(\.visibleCount) == [29, 11])
  }
}
