extension TextTable {
  /// A `tabular` of LaTeX with the rules of the package booktabs. The title of a section has a row of its own, in italics;
  /// marked cells are bold.
  package var latex: String {
    func line(_ cells: [String]) -> String { cells.joined(separator: " & ") + " \\\\\n" }
    func cells(_ row: Row) -> [String] {
      row.cells.enumerated().map { column, cell in
        let text = LaTeXText.escaped(cell.printable.trimmingSuffix(" "))
        return row.marked.union(row.bold).contains(column) ? "\\textbf{\(text)}" : text
      }
    }
    let letters = columns.map { $0.alignment == .left ? "l" : "r" }.joined()
    let head = line(columns.map { LaTeXText.escaped($0.title.printable) })
    let parts = sections.map { section in
      let title =
        section.title.isEmpty
        ? ""
        : "\\multicolumn{\(columns.count)}{l}{\\textit{\(LaTeXText.escaped(section.title.printable))}} \\\\\n"
      return title + section.rows.map { line(cells($0)) }.joined()
    }
    return "\\begin{tabular}{\(letters)}\n\\toprule\n" + head + "\\midrule\n"
      + parts.joined(separator: "\\addlinespace\n") + "\\bottomrule\n\\end{tabular}\n"
  }
}

/// Text in LaTeX documents.
package enum LaTeXText {
  /// The text with the characters that LaTeX reads as commands written out: "50 % of a_b" is "50 \% of a\_b". A hyphen
  /// before a number becomes a minus sign.
  package static func escaped(_ text: String) -> String {
    var result = ""
    var before: Character?
    for (character, next) in zip(text, text.dropFirst().map(Optional.init) + [nil]) {
      let isSign = character == "-" && (before == nil || before == " ") && (next?.isNumber ?? false)
      result += isSign ? "$-$" : written[character] ?? String(character)
      before = character
    }
    return result
  }

  private static let written: [Character: String] = [
    "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "\\$", "&": "\\&", "#": "\\#", "%": "\\%",
    "_": "\\_", "^": "\\textasciicircum{}", "~": "\\textasciitilde{}", "<": "\\textless{}",
    ">": "\\textgreater{}", "|": "\\textbar{}", "\"": "''", "±": "$\\pm$", "–": "--",
    "—": "---", "…": "\\ldots{}", "→": "$\\rightarrow$", "≥": "$\\geq$", "≤": "$\\leq$", "×": "$\\times$",
    "·": "$\\cdot$", "²": "$^2$", "−": "$-$", "’": "'", "µ": "$\\mu$",
  ]
}
