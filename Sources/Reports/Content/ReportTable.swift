import Basics
import Presentation

/// A table of a report: on the page with bars and marks, in Markdown, LaTeX and CSV as texts.
struct ReportTable {
  struct Column {
    let title: String
    /// Whether the cells are numbers, which stand at the right.
    let isNumber: Bool

    init(_ title: String, isNumber: Bool = true) { (self.title, self.isNumber) = (title, isNumber) }
  }

  /// The name of its files: "classes".
  let name: String
  /// What the table shows; empty where the heading of its section says it.
  let title: String
  let columns: [Column]
  let rows: [[ReportCell]]
  /// Below the table, one sentence each.
  var notes: [String] = []

  init(_ name: String, title: String = "", columns: [Column], rows: [[ReportCell]], notes: [String] = []) {
    precondition(rows.allSatisfy { $0.count == columns.count }, "every row has a cell for each column")
    (self.name, self.title, self.columns, self.rows, self.notes) = (name, title, columns, rows, notes)
  }

  var text: TextTable {
    TextTable(
      columns: columns.map { .init($0.title, $0.isNumber ? .right : .left) },
      sections: [
        .init(
          "",
          rows.map { row in
            .init(row.map(\.plainText), bold: Set(row.indices.filter { row[$0].isStrong }))
          })
      ])
  }

  /// The numbers of the table with all their digits, and the other cells as they are shown.
  var csv: String {
    ([columns.map(\.title)] + rows.map { $0.map { $0.figure.map { "\($0.value)" } ?? $0.text } })
      .map { CommaSeparated.line($0) + "\n" }.joined()
  }
}

/// A cell of a table.
struct ReportCell {
  /// A number with all its digits, and the name of its figure.
  struct Figure: Equatable {
    let name: String
    let value: Double
  }

  /// A bar from 0 to 1, and the interval of its value.
  struct Bar: Equatable {
    let value: Double
    let interval: ClosedRange<Double>?
  }

  let text: String
  var figure: Figure?
  var bar: Bar?
  /// A colour that stands for a class: "#1a9850".
  var colour: String?
  var isStrong = false
  /// A smaller text behind the first, such as an interval.
  var detail: String?

  init(_ text: String) { self.text = text }

  /// The text with its detail: "0.6784 (0.65–0.71)".
  var plainText: String { detail.map { "\(text) (\($0))" } ?? text }

  /// A figure with four decimals; a dash for one that does not exist.
  init(_ name: String, _ value: Double?) {
    text = Figures.metric(value)
    figure = value.flatMap(\.known).map { Figure(name: name, value: $0) }
  }
}
