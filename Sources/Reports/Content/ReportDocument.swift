import Basics
import Presentation

/// The verdicts and tables of a report as Markdown or LaTeX, for papers and notes.
package struct ReportDocument {
  private let content: ReportContent

  package init(_ content: ReportContent) { self.content = content }

  package var markdown: String {
    let heads = content.heads.map { head in
      "## \(Self.markdown(head.title))\n\n\(Self.markdown(head.subtitle))\n\n"
        + head.verdict.sentences.map { Self.markdown($0) }.joined(separator: "\n\n") + "\n"
    }
    let sections = content.sections.filter { !$0.tables.isEmpty }.map { section in
      "## \(section.title)\n\n"
        + section.tables.map { table in
          (table.title.isEmpty ? "" : "### \(Self.markdown(table.title))\n\n") + table.text.markdown
            + table.notes.map { "\n\(Self.markdown($0))\n" }.joined()
        }.joined(separator: "\n")
    }
    return "# \(Self.markdown(content.title))\n\n" + (heads + sections).joined(separator: "\n")
  }

  /// Tables for a document that uses the package `booktabs`.
  package var latex: String {
    let heads = content.heads.flatMap { head in
      ["% \(head.title.printable)"] + head.verdict.sentences.map { "% \($0.printable)" }
    }
    let tables = content.sections.flatMap { section in
      section.tables.map { table in
        "% \((table.title.isEmpty ? section.title : "\(section.title): \(table.title)").printable)\n"
          + table.text.latex
      }
    }
    return (heads.map { $0 + "\n" }.joined() + "\n") + tables.joined(separator: "\n")
  }

  /// A text in which nothing is markup, neither of Markdown nor of HTML.
  private static func markdown(_ text: String) -> String {
    String(text.printable.flatMap { "\\`*_{}[]<>#|".contains($0) ? ["\\", $0] : [$0] })
  }
}
