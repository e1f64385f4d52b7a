import Testing

@testable import Presentation

@Suite struct LaTeXTests {
  @Test func tables() {
    let table = TextTable(
      columns: [.init("", .left), .init("a_b", .right)],
      sections: [
        .init("", [.init(["50 %", "0.5 ±0.1"], marked: [1])]), .init("R&D", [.init(["x", "-0.2        "])]),
      ])
    #expect(
      table.latex == """
        \\begin{tabular}{lr}
        \\toprule
         & a\\_b \\\\
        \\midrule
        50 \\% & \\textbf{0.5 $\\pm$0.1} \\\\
        \\addlinespace
        \\multicolumn{2}{l}{\\textit{R\\&D}} \\\\
        x & $-$0.2 \\\\
        \\bottomrule
        \\end{tabular}

        """)
  }

  @Test func texts() {
    #expect(
      LaTeXText.escaped("{$x^2~\\#1}")
        == "\\{\\$x\\textasciicircum{}2\\textasciitilde{}\\textbackslash{}\\#1\\}")
    #expect(LaTeXText.escaped("a-1 -3 s2-1 – …") == "a-1 $-$3 s2-1 -- \\ldots{}")
    #expect(LaTeXText.escaped("Büro, 10 → 20") == "Büro, 10 $\\rightarrow$ 20")
  }
}
