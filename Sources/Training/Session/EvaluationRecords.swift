import Checkpoints
import Foundation
import SEN12MS
import Tensors

/// What an evaluation leaves in files: predictions, and the metrics of a test in the summary of the run.
///
/// Written when the result has been told: nothing that goes wrong here may cost the result.
public struct EvaluationRecords: Sendable {
  /// The run whose summary gets the metrics of a test; nil where none does.
  private let run: String?
  private var predictions: PredictionsFile?
  private var rows: [String] = []
  private var metrics: ClassificationMetrics?

  /// - Parameters:
  ///   - models: one, or two that are fused.
  ///   - predictions: the path of a CSV file.
  ///   - replaces: whether a file there is replaced that another evaluation wrote.
  ///   - isRecorded: whether a test of a checkpoint in a run folder is added to the summary of the run.
  /// - Throws: `InputError`: see `OutputFile`.
  init(
    _ split: Split, of models: [TrainedModel], data: String, labels: String, predictions: String?,
    replaces: Bool, isRecorded: Bool
  ) throws {
    let checkpoints = models.map(\.file.path)
    run =
      isRecorded && split == .test && checkpoints.count == 1
      ? RunFolder.folder(ofCheckpoint: checkpoints[0]) : nil
    self.predictions = try predictions.map { path in
      var inputs = CommandInputs()
      inputs.add(data: data, labels: labels)
      for checkpoint in checkpoints { inputs.add(checkpoint: checkpoint) }
      let evaluation = OutputOrigin.Evaluation(
        split: split.rawValue, networks: try models.map(OutputOrigin.Network.init))
      return try PredictionsFile(path, inputs: inputs, force: replaces, evaluation)
    }
  }

  /// Whether each patch's prediction is needed.
  var wantPredictions: Bool { predictions != nil }

  /// Checks that predictions which will be replaced are of the same patches.
  /// - Throws: `InputError` (usage).
  mutating func settle(patches: [PatchID]) throws {
    guard predictions != nil else { return }
    try predictions?.settle(patches: "\(patches.count) patches, checksum \(patches.checksum)")
  }

  /// - Parameter rows: the lines of the predictions, without their ends.
  mutating func complete(_ metrics: ClassificationMetrics, _ rows: [String]) {
    self.metrics = metrics
    self.rows = rows
  }

  /// Writes everything that can be written.
  /// - Parameter progress: told what was written, and what needed not be.
  /// - Returns: what could not be written, and why.
  public func write(_ progress: ProgressReporter) -> [InputError] {
    guard let metrics else { preconditionFailure("an evaluation is recorded before it is complete") }
    return [
      failure {
        guard let predictions else { return }
        try predictions.write(rows.map { $0 + "\n" }.joined())
        progress.message("wrote \(predictions.path): \(counted(rows.count - 1, "prediction"))")
      },
      failure {
        guard let run, let note = try Self.record(metrics, in: run) else { return }
        progress.message("note: \(note)")
      },
    ].compactMap { $0 }
  }

  private func failure(_ body: () throws -> Void) -> InputError? {
    do {
      try body()
      return nil
    } catch {
      return error as? InputError ?? InputError(.environment, "the result", "\(error)")
    }
  }

  /// Adds the metrics to the summary of a run.
  /// - Returns: why there was nothing to write to; nil where the summary was written.
  /// - Throws: `InputError` for a summary that is damaged or cannot be replaced.
  private static func record(_ metrics: ClassificationMetrics, in run: String) throws -> String? {
    if access(run, W_OK | X_OK) != 0, [EACCES, EROFS].contains(errno) {
      return "\(run) may not be written to: the result is not noted in its summary.json"
    }
    let path = RunFolder.summaryPath(in: run)
    guard PathState.of(path) != .absent else {
      return "\(run) has no summary.json to note the result in"
    }
    do {
      var summary = try RunSummary(contentsOf: path)
      summary.test = metrics
      try summary.write(to: path)
      return nil
    } catch let error as InputError {
      throw InputError(
        error.kind, path, "the result is not noted there: \(error.problem)",
        remedy: error.kind == .data ? "resume the run to write it anew, then test again" : error.remedy)
    }
  }
}
