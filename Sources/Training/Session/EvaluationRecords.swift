import Basics
import Foundation
import Imagery
import Presentation

/// The files that an evaluation writes: predictions, and the result of a test in the summary of the run.
///
/// They are written after the result has been printed, so that an error in writing does not lose the result.
package struct EvaluationRecords: Sendable {
  private let target: TestTarget?
  private var predictions: PredictionsFile?
  private var rows: [String] = []
  private var test: TestRecord?

  /// - Parameters:
  ///   - models: one network, or several that are fused.
  ///   - inputs: the files and folders that the evaluation reads, besides networks.
  ///   - predictions: the file that gets the prediction of every patch; nil for none.
  ///   - target: the summary in which a test is noted; nil for none.
  /// - Throws: `InputError`: see `OutputFile`.
  init(
    _ split: Split, of models: [TrainedModel], inputs: CommandInputs,
    predictions: PredictionsRequest?, target: TestTarget?
  ) throws {
    self.target = split == .test ? target : nil
    self.predictions = try predictions.map { request in
      var inputs = inputs
      for model in models { inputs.add(checkpoint: model.file.path) }
      let evaluation = OutputOrigin.Evaluation(
        split: split.rawValue, networks: try models.map(OutputOrigin.Network.init))
      return try PredictionsFile(request.path, inputs: inputs, force: request.replaces, evaluation)
    }
  }

  /// The folder whose summary notes the test; nil for none.
  package var run: String? { target?.folder }

  /// Whether the prediction of each patch is needed.
  var wantPredictions: Bool { predictions != nil }

  /// Checks that predictions in a file to be replaced are for the same patches.
  /// - Throws: `InputError` (usage).
  mutating func settle(patches: [Int], _ catalogue: Catalogue) throws {
    guard predictions != nil else { return }
    try predictions?.settle(patches: "\(patches.count) patches, checksum \(catalogue.digest(of: patches))")
  }

  /// - Parameter rows: the lines of the predictions file, without line breaks.
  mutating func complete(_ test: TestRecord, _ rows: [String]) {
    self.test = test
    self.rows = rows
  }

  /// Writes all files that can be written.
  /// - Parameter progress: gets a line for each file, written or without need to be written.
  /// - Returns: one error for each file that could not be written.
  package func write(_ progress: ProgressReporter) -> [InputError] {
    guard let test else { preconditionFailure("an evaluation is recorded before it is complete") }
    return [
      failure {
        guard let predictions else { return }
        try predictions.write(rows.map { $0 + "\n" }.joined())
        progress.message("wrote \(predictions.path): \(counted(rows.count - 1, "prediction"))")
      },
      failure {
        guard let target, let note = try target.record(test) else { return }
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
}
