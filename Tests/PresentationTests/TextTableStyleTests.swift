import Testing

@testable import Presentation

/// How tables look where they are printed.
@Suite struct TextTableStyleTests {
  private let table = TextTable(
    columns: [.init("file", .left), .init("what is wrong", .left), .init("n", .right)],
    sections: [
      .init("", [.init(["a.tif", "is no file of the kind that was expected", "12"], marked: [2], bold: [0])])
    ])

  @Test func theWidestTextGivesWay() {
    var style = TextStyle.plain
    style.width = 40
    #expect(
      table.text(style) == """
        file   what is wrong                   n
        ─────  ────────────────────────────  ───
        a.tif  is no file of the kind that…  *12

        """)
    style.hasUnicode = false
    #expect(
      table.text(style) == """
        file   what is wrong                   n
        -----  ----------------------------  ---
        a.tif  is no file of the kind th...  *12

        """)
    style.width = 10
    #expect(table.text(style).contains("a.tif  is no fil...  *12\n"))
    #expect(table.text.contains("that was expected  *12\n"))
  }

  @Test func emphasisOnATerminal() {
    let style = TextStyle(width: 80, hasColour: true, hasUnicode: true)
    let lines = table.text(style).split(separator: "\n")
    #expect(lines[0].hasPrefix("\u{1B}[1mfile   what is wrong") && lines[0].hasSuffix("  n\u{1B}[0m"))
    #expect(lines[2].hasPrefix("\u{1B}[1ma.tif\u{1B}[0m  is no file"))
    #expect(lines[2].hasSuffix("expected  \u{1B}[1m*12\u{1B}[0m"))
    #expect(table.markdown.hasSuffix("| **a.tif** | is no file of the kind that was expected | **12** |\n"))
  }

  @Test func widthsAreThoseOnTheScreen() {
    let table = TextTable(
      columns: [.init("", .left), .init("", .right)],
      rows: [["e\u{301}t\u{e9}", "1"], ["森林", "2"], ["😀", "3"], ["Forest", "4"]])
    #expect(table.text == "e\u{301}t\u{e9}     1\n森林    2\n😀      3\nForest  4\n")
    #expect("layer1.bn1.bias".cut(toColumns: 10, ellipsis: "…", keepsEnds: true) == "layer…bias")
    #expect("森林x".cut(toColumns: 4, ellipsis: "…") == "森…" && "森林".cut(toColumns: 4, ellipsis: "…") == "森林")
  }
}
