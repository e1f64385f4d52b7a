import Basics

extension TextTable {
  /// The table as a LaTeX `tabular` with the rules of the package `booktabs`. Marked cells are bold.
  package var latex: String {
    func line(_ cells: [String]) -> String { "  " + cells.joined(separator: " & ") + " \\\\\n" }
    func cells(_ row: Row) -> [String] {
      row.cells.enumerated().map { column, cell in
        let text = cell.latexText
        return row.marked.union(row.bold).contains(column) && !text.isEmpty ? "\\textbf{\(text)}" : text
      }
    }
    let sides = columns.map { $0.alignment == .left ? "l" : "r" }.joined()
    let body = sections.enumerated().map { place, section in
      let title =
        section.title.isEmpty
        ? "" : "  \\multicolumn{\(columns.count)}{l}{\\textit{\(section.title.latexText)}} \\\\\n"
      return (place > 0 ? "  \\midrule\n" : "") + title + section.rows.map { line(cells($0)) }.joined()
    }
    return "\\begin{tabular}{\(sides)}\n  \\toprule\n" + line(columns.map(\.title.latexText))
      + "  \\midrule\n" + body.joined() + "  \\bottomrule\n\\end{tabular}\n"
  }
}

extension StringProtocol {
  /// The text with LaTeX's special characters escaped.
  package var latexText: String {
    printable.unicodeScalars.reduce(into: "") { text, scalar in
      switch scalar {
      case "&", "%", "$", "#", "_", "{", "}": text += "\\\(scalar)"
      case "\\": text += "\\textbackslash{}"
      case "~": text += "\\textasciitilde{}"
      case "^": text += "\\textasciicircum{}"
      case "<": text += "\\textless{}"
      case ">": text += "\\textgreater{}"
      case "−": text += "$-$"
      case "±": text += "$\\pm$"
      case "–": text += "--"
      case "…": text += "\\dots{}"
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}
