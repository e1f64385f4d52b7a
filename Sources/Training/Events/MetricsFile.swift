import Basics

/// `metrics.csv`: one row for each epoch. The whole file is written again after each epoch.
struct MetricsFile: RunObserver {
  let path: String
  let files: FileSystem

  var name: String { "metrics.csv" }
  var delivery: RunDelivery { .onceSaved }

  func observe(_ event: RunEvent) throws {
    switch event {
    case .started(let start): try write(start.standing)
    case .epoch(let epoch): try write(epoch.standing)
    case .step, .evaluation, .checkpoint, .stopped, .finished: break
    }
  }

  private func write(_ standing: RunStanding) throws {
    try MetricsTable(standing.history.epochs).write(to: path, files: files)
  }
}
