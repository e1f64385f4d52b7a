import Basics
import Foundation
import Imagery
import Metrics

/// The run folder that keeps the predictions of an evaluation: that of a best checkpoint, or of networks that are fused late.
struct KeptPredictions: Sendable {
  /// The run folder as the user wrote it.
  private let run: String
  private let split: Split
  /// Why the run does not keep these predictions; nil where it does.
  private let obstacle: String?

  /// - Parameters:
  ///   - folder: path of the run folder.
  ///   - networks: the networks that are evaluated.
  ///   - isMade: whether the run folder of a late fusion is made by this evaluation.
  init(_ split: Split, run folder: String, of networks: [CheckpointRecord], isMade: Bool) {
    (run, self.split) = (folder, split)
    guard !isMade else {
      obstacle = nil
      return
    }
    guard let summary = try? RunSummary(contentsOf: RunFolder.summaryPath(in: folder)) else {
      obstacle =
        "\(folder) has no summary.json that can be read, so the predictions are not kept there; test first"
      return
    }
    let isBest = summary.isOfBest(networks)
    let names = networks.map(\.title).joined(separator: " + ")
    obstacle =
      isBest
      ? nil
      : "\(folder) keeps the predictions of its best network only, not of \(names); --predictions FILE writes them"
  }

  /// Writes the predictions, if the run keeps them.
  /// - Returns: whether they are there now, and one line for the user.
  /// - Throws: `InputError` (environment) for a file that cannot be written.
  func write(_ table: PredictionTable, _ test: TestRecord) throws -> (isKept: Bool, line: String) {
    if let obstacle { return (false, "note: \(obstacle)") }
    guard let origin = PredictionOrigin(test.checkpoints, test.patches) else {
      preconditionFailure("an evaluation notes its networks and patches")
    }
    if access(run, W_OK | X_OK) != 0, [EACCES, EROFS].contains(errno) {
      return (false, "note: \(run) may not be written to: the predictions are not kept there")
    }
    try RunPredictions.write(table, origin, to: run, split)
    return (true, "wrote \(RunPredictions.path(in: run, split)): \(counted(table.count, "prediction"))")
  }
}
