import Presentation

/// A table of a comparison with its heading.
struct ComparisonPart {
  let heading: String
  /// Number of columns with figures that may be shown in several tables, some columns each; 1 for a table that is not
  /// divided.
  let columns: Int
  let table: (Range<Int>) -> TextTable

  init(_ heading: String, columns: Int = 1, _ table: @escaping (Range<Int>) -> TextTable) {
    (self.heading, self.columns, self.table) = (heading, columns, table)
  }

  init(_ heading: String, whole: @escaping () -> TextTable) {
    self.init(heading) { _ in whole() }
  }

  /// The whole table.
  var whole: TextTable { table(0..<columns) }

  /// The table in parts that fit the width, one below the other.
  func text(_ style: TextStyle) -> String {
    var start = 0
    var blocks: [String] = []
    while start < columns {
      let end =
        (start + 1...columns).last { end in
          table(start..<end).text.split(separator: "\n").allSatisfy { $0.displayWidth <= style.width }
        } ?? start + 1
      blocks.append(table(start..<end).text(style))
      start = end
    }
    return blocks.joined(separator: "\n")
  }
}
