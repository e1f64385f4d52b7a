import Metrics
import Presentation

/// How often each class was found, as a table and as figures of a document.
struct ClassTable {
  struct Row: Encodable, Sendable {
    let name: String
    /// The number of the class in maps, from 1.
    let number: Int
    let count: Int
    /// The share of the class among the pixels with data, 0…1; nil where no pixel has data.
    let share: Double?
    /// The mean probability of the class. Multi-label: over all pixels with data. Single-label: over the pixels of the class.
    let mean: Double?
  }

  private let task: ClassificationTask
  private let empty: Int?
  let rows: [Row]

  /// - Parameter showsEmpty: whether the table counts those without data.
  init(_ tally: MapTally, _ task: ClassificationTask, _ classes: [String], showsEmpty: Bool) {
    self.task = task
    empty = showsEmpty ? tally.empty : nil
    rows = classes.indices.map { k in
      let (count, sum, of) =
        task == .single
        ? (tally.mostProbable[k], tally.ownSums[k], tally.mostProbable[k])
        : (tally.present[k], tally.sums[k], tally.known)
      return Row(
        name: classes[k], number: k + 1, count: count,
        share: tally.known > 0 ? Double(count) / Double(tally.known) : nil,
        mean: of > 0 ? sum / Double(of) : nil)
    }
  }

  /// - Parameter noun: what is counted: "pixels".
  func text(_ noun: String, _ style: TextStyle) -> String {
    let isSingle = task == .single
    return TextTable(
      columns: [
        .init("class", .left), .init(isSingle ? noun : "\(noun) ≥ 0.5", .right), .init("share", .right),
        .init(isSingle ? "mean confidence" : "mean probability", .right),
      ],
      rows: rows.map { row in
        [
          row.name, NumberText.grouped(row.count),
          row.share.map { "\(NumberText.fixed(100 * $0, 1)) %" } ?? Figures.missing,
          Figures.metric(row.mean, decimals: 3),
        ]
      } + (empty.map { [["no data", NumberText.grouped($0), "", ""]] } ?? [])
    ).text(style)
  }
}
