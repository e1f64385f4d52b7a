import Basics
import Foundation
import Imagery
import Metrics
import Presentation

/// The files that an evaluation writes: predictions, and the result of a test in the summary of the run.
///
/// They are written after the result has been printed, so that an error in writing does not lose the result.
package struct EvaluationRecords: Sendable {
  private let target: TestTarget?
  /// The run that keeps the predictions; nil for none.
  private let kept: KeptPredictions?
  private var predictions: PredictionsFile?
  private let form: PredictionLines.Form
  private var table: PredictionTable?
  private var test: TestRecord?

  /// - Parameters:
  ///   - models: one network, or several that are fused.
  ///   - inputs: the files and folders that the evaluation reads, besides networks.
  ///   - predictions: the file that gets the prediction of every patch; nil for none.
  ///   - target: the summary in which a test is noted; nil for none.
  ///   - kept: the run that keeps the predictions; nil for none.
  /// - Throws: `InputError`: see `OutputFile`.
  init(
    _ split: Split, of models: [TrainedModel], inputs: CommandInputs,
    predictions: PredictionsRequest?, target: TestTarget?, kept: KeptPredictions?
  ) throws {
    self.target = split == .test ? target : nil
    self.kept = kept
    form = predictions?.form ?? .names
    self.predictions = try predictions.map { request in
      var inputs = inputs
      for model in models { inputs.add(checkpoint: model.file.path) }
      let evaluation = OutputOrigin.Evaluation(
        split: split.rawValue, networks: try models.map(OutputOrigin.Network.init))
      return try PredictionsFile(request.path, inputs: inputs, force: request.replaces, evaluation)
    }
  }

  /// Whether the prediction of each patch is needed.
  var wantPredictions: Bool { predictions != nil || kept != nil }

  /// Checks that predictions in a file to be replaced are for the same patches.
  /// - Throws: `InputError` (usage).
  mutating func settle(patches: [Int], _ catalogue: Catalogue) throws {
    guard predictions != nil else { return }
    try predictions?.settle(patches: "\(patches.count) patches, checksum \(catalogue.digest(of: patches))")
  }

  /// - Parameter table: what the networks say of each patch; nil where nobody wants it.
  mutating func complete(_ test: TestRecord, _ table: PredictionTable?) {
    self.test = test
    self.table = table
  }

  /// What was written.
  package struct Outcome {
    /// One error for each file that could not be written.
    package var failures: [InputError] = []
    /// Whether the summary of the run notes the test.
    package var isNoted = false
    /// Whether the run has the predictions.
    package var isKept = false
  }

  /// Writes all files that can be written.
  /// - Parameter progress: gets a line for each file, written or without need to be written.
  package func write(_ progress: ProgressReporter) -> Outcome {
    guard let test else { preconditionFailure("an evaluation is recorded before it is complete") }
    var isWithoutRoom = false
    var outcome = Outcome()
    outcome.failures = [
      failure {
        guard let predictions, let table else { return }
        let lines = PredictionLines(task: table.task, classNames: table.classes, form: form)
        try predictions.write(lines.text(table))
        progress.message("wrote \(predictions.path): \(counted(table.count, "prediction"))")
      },
      failure {
        guard let target else { return }
        if let note = try target.record(test) {
          progress.message("note: \(note)")
          // The same holds for the predictions.
          isWithoutRoom = true
        } else {
          outcome.isNoted = true
        }
      },
      failure {
        guard let kept, let table, !isWithoutRoom else { return }
        let (isKept, line) = try kept.write(table, test)
        progress.message(line)
        outcome.isKept = isKept
      },
    ].compactMap { $0 }
    return outcome
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
