import Basics
import Plots
import Presentation

/// A plot of a report, with the numbers that it shows.
struct ReportFigure {
  /// The name of its files: "loss", "precision-recall".
  let name: String
  /// The plots, side by side on the page. Their file has them in rows.
  let plots: [Plot]
  /// Plots in a row of the file.
  let across: Int
  let columns: [String]
  let rows: [[String]]

  init(_ name: String, _ plots: [Plot], across: Int = 1, columns: [String], rows: [[String]]) {
    precondition(rows.allSatisfy { $0.count == columns.count }, "every row has a cell for each column")
    (self.name, self.plots, self.across) = (name, plots, across)
    (self.columns, self.rows) = (columns, rows)
  }

  /// The plot of the file; nil where there is none.
  var plot: Plot? {
    guard plots.count > 1 else { return plots.first }
    return Plot.grid(plots, columns: across, description: plots.map(\.description).joined(separator: "; "))
  }

  var csv: String {
    ([columns] + rows).map { CommaSeparated.line($0) + "\n" }.joined()
  }
}

/// A number as CSV files hold it, with all its digits; empty for one that does not exist.
func cell(_ value: Double?) -> String { value.flatMap(\.known).map { "\($0)" } ?? "" }
