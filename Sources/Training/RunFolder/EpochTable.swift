import Presentation

/// What an epoch came to, as it is told: a row of a table for the user, a sentence for the log.
struct EpochLine {
  let row: MetricsTable.Row
  let epochs: Int
  let isBest: Bool
  /// Share of the training time that went to the exchange with other ranks; nil for one process.
  let exchangeShare: Double?
  /// Seconds to the end of the run; nil when they are not known.
  let secondsLeft: Double?

  private var score: String { Figures.metric(row.validation[.microF1]) }

  /// For the log: "epoch 2/30: loss 0.6045, validation loss 0.6102, micro-F1 0.7345 (best), …".
  var sentence: String {
    "epoch \(row.epoch)/\(epochs): loss \(NumberText.loss(row.trainLoss)), validation loss "
      + "\(NumberText.loss(row.validationLoss)), micro-F1 \(score)\(isBest ? " (best)" : "")"
      + ", \(NumberText.duration(row.seconds)), \(NumberText.rate(row.imagesPerSecond)) patches/s, data wait "
      + NumberText.percent(row.dataWaitShare)
      + (exchangeShare.map { ", exchange \(NumberText.percent($0))" } ?? "")
      + (runLeft.map { ", run \($0) left" } ?? "")
  }

  /// One a column; the last is missing at the end of the run.
  fileprivate var cells: [String] {
    [
      "\(row.epoch)/\(epochs)", NumberText.loss(row.trainLoss), NumberText.loss(row.validationLoss),
      (isBest ? "*" : "") + score, NumberText.duration(row.seconds), NumberText.rate(row.imagesPerSecond),
    ] + [runLeft].compactMap { $0 }
  }

  private var runLeft: String? { secondsLeft.flatMap { $0 > 0 ? NumberText.span($0) : nil } }

  /// What slows the epochs down, where it does.
  fileprivate var hindrances: String {
    [("data wait", row.dataWaitShare), ("exchange", exchangeShare ?? 0)].map { name, share in
      share > ProgressPhase.notableWait ? "  \(name) \(NumberText.percent(share))" : ""
    }.joined()
  }
}

/// The table of epochs that grows while a run goes on: its head comes again every 20 lines.
struct EpochTable {
  private static let titles = ["epoch", "loss", "val loss", "micro-F1", "time", "patches/s", "left"]
  private static let scoreColumn = 3
  private static let linesAHead = 20
  /// Columns that stay on the narrowest terminal.
  private static let fewestColumns = 4

  private var count = 0

  /// The lines that the next epoch adds, without the end of the last. The columns that have no room are left out.
  mutating func next(_ line: EpochLine, _ style: TextStyle) -> String {
    defer { count += 1 }
    let counter = max(Self.titles[0].count, 2 * "\(line.epochs)".count + 1)
    var widths = [counter, 7, 8, 9, 8, 9, 6]
    while widths.count > Self.fewestColumns, widths.reduce(2 * (widths.count - 1), +) > style.width {
      widths.removeLast()
    }
    func joined(_ cells: [String], bold: Int? = nil) -> String {
      zip(cells, widths).enumerated().map { column, cell in
        let padding = String(repeating: " ", count: max(cell.1 - cell.0.count, 0))
        return padding + (column == bold ? style.bold(cell.0) : cell.0)
      }.joined(separator: "  ")
    }
    let head = count.isMultiple(of: Self.linesAHead) ? [style.bold(joined(Self.titles))] : []
    let row = joined(line.cells)
    let note = row.count + line.hindrances.count <= style.width ? line.hindrances : ""
    return (head + [joined(line.cells, bold: line.isBest ? Self.scoreColumn : nil) + note])
      .joined(separator: "\n")
  }
}
