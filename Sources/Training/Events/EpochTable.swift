import Presentation

/// An epoch as text: a row of a table for the user, a sentence for the log.
extension RunEpoch {
  private var score: String { Figures.metric(validation[.microF1]) }

  /// For the log: "epoch 2/30: loss 0.6045, validation loss 0.6102, micro-F1 0.7345 (best), …".
  var sentence: String {
    "epoch \(record.epoch)/\(standing.epochs): loss \(NumberText.loss(record.trainLoss)), validation loss "
      + "\(NumberText.loss(record.validationLoss)), micro-F1 \(score)\(isBest ? " (best)" : "")"
      + ", \(NumberText.duration(record.pace.seconds)), \(NumberText.rate(record.pace.imagesPerSecond)) patches/s, data wait "
      + NumberText.percent(record.pace.dataWaitShare)
      + (exchangeShare.map { ", exchange \(NumberText.percent($0))" } ?? "")
      + (runLeft.map { ", run \($0) left" } ?? "")
  }

  /// The cells of the row, one for each column. The last, the time left, is absent when no time is left or known.
  fileprivate var cells: [String] {
    [
      "\(record.epoch)/\(standing.epochs)", NumberText.loss(record.trainLoss),
      NumberText.loss(record.validationLoss),
      (isBest ? "*" : "") + score, NumberText.duration(record.pace.seconds),
      NumberText.rate(record.pace.imagesPerSecond),
    ] + [runLeft].compactMap { $0 }
  }

  private var runLeft: String? { secondsLeft.flatMap { $0 > 0 ? NumberText.span($0) : nil } }

  /// Shares of the training time lost to data and to the exchange with other ranks, where they are worth a note.
  fileprivate var hindrances: String {
    [("data wait", record.pace.dataWaitShare), ("exchange", exchangeShare ?? 0)].map { name, share in
      share > ProgressPhase.notableWait ? "  \(name) \(NumberText.percent(share))" : ""
    }.joined()
  }
}

/// The table of epochs that grows during a run. Its header is repeated every 20 rows.
struct EpochTable {
  private static let titles = ["epoch", "loss", "val loss", "micro-F1", "time", "patches/s", "left"]
  private static let scoreColumn = 3
  private static let linesAHead = 20
  /// Number of columns that stay on the narrowest terminal.
  private static let fewestColumns = 4

  private var count = 0

  /// The lines that the next epoch adds, without a line break after the last. Columns that do not fit the width of
  /// the terminal are left out.
  mutating func next(_ epoch: RunEpoch, _ style: TextStyle) -> String {
    defer { count += 1 }
    let counter = max(Self.titles[0].count, 2 * "\(epoch.standing.epochs)".count + 1)
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
    let row = joined(epoch.cells)
    let note = row.count + epoch.hindrances.count <= style.width ? epoch.hindrances : ""
    return (head + [joined(epoch.cells, bold: epoch.isBest ? Self.scoreColumn : nil) + note])
      .joined(separator: "\n")
  }
}
