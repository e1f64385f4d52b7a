import Presentation
import Testing

@Suite struct TextStyleTests {
  private func style(
    _ width: Int?, _ choice: TextStyle.ColourChoice, _ environment: [String: String]
  ) -> TextStyle {
    TextStyle(terminalWidth: width, choice: choice, environment: environment)
  }
  private func style(_ width: Int?, _ environment: [String: String]) -> TextStyle {
    style(width, .auto, environment)
  }

  @Test func colourIsForTerminalsThatHaveIt() {
    #expect(style(100, ["TERM": "xterm"]).hasColour)
    #expect(!style(nil, ["TERM": "xterm"]).hasColour)
    #expect(!style(100, ["TERM": "dumb"]).hasColour && !style(100, [:]).hasColour)
    #expect(!style(100, ["TERM": "xterm", "NO_COLOR": "1"]).hasColour)
    #expect(style(100, ["TERM": "xterm", "NO_COLOR": ""]).hasColour)
    #expect(style(nil, ["CLICOLOR_FORCE": "1"]).hasColour && !style(nil, ["CLICOLOR_FORCE": "0"]).hasColour)
    #expect(!style(nil, ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"]).hasColour)
    #expect(style(nil, .always, ["NO_COLOR": "1"]).hasColour)
    #expect(!style(100, .never, ["TERM": "xterm", "CLICOLOR_FORCE": "1"]).hasColour)
  }

  @Test func widthIsOfTheTerminalOrAsked() {
    #expect(style(132, ["COLUMNS": "90"]).width == 132)
    #expect(style(nil, ["COLUMNS": "90"]).width == 90)
    #expect(style(nil, ["COLUMNS": "many"]).width == 80 && style(nil, [:]).width == 80)
  }

  @Test func signsFollowTheLocale() {
    #expect(style(nil, ["LANG": "de_DE.UTF-8"]).hasUnicode && style(nil, ["LC_CTYPE": "C.utf8"]).hasUnicode)
    #expect(!style(nil, ["LANG": "de_DE.UTF-8", "LC_ALL": "C"]).hasUnicode && !style(nil, [:]).hasUnicode)
    #expect(style(nil, [:]).shown("5 × 3 → – …/Müller") == "5 x 3 -> - .../Müller")
    #expect(style(nil, ["LANG": "C.UTF-8"]).shown("–") == "–")
    #expect(style(nil, [:]).bar(0.5, cells: 4) == "##")
    #expect(TextStyle.plain.bar(0.4, cells: 4) == "█▌" && TextStyle.plain.bar(.nan, cells: 4) == "")
  }

  @Test func linesBreakAtWords() {
    var narrow = TextStyle.plain
    narrow.width = 24
    #expect(
      narrow.wrapped("note: the quick brown fox jumps", indent: 6) == "note: the quick brown\n      fox jumps"
    )
    #expect(narrow.wrapped("a\n\n  b c") == "a\n\n  b c")
    let path = String(repeating: "p", count: 40)
    #expect(narrow.wrapped("see \(path) now") == "see\n\(path)\nnow")
    #expect(narrow.wrapped("") == "")
  }

  @Test func emphasisIsForColourOnly() {
    var coloured = TextStyle.plain
    coloured.hasColour = true
    #expect(coloured.bold("a") == "\u{1B}[1ma\u{1B}[0m" && coloured.red("") == "")
    #expect(TextStyle.plain.bold("a") == "a")
  }
}
