import Basics
import Foundation
import Imagery
import Presentation

/// What an evaluation leaves in files: predictions, and the result of a test in the summary of the run.
///
/// Written when the result has been told: nothing that goes wrong here may cost the result.
package struct EvaluationRecords: Sendable {
  private let target: TestTarget?
  private var predictions: PredictionsFile?
  private var rows: [String] = []
  private var test: TestRecord?

  /// - Parameters:
  ///   - models: one, or two that are fused.
  ///   - predictions: the file that gets the prediction of every patch; nil for none.
  ///   - target: where a test is noted; nil for nowhere.
  /// - Throws: `InputError`: see `OutputFile`.
  init(
    _ split: Split, of models: [TrainedModel], data: String, labels: String,
    predictions: PredictionsRequest?, target: TestTarget?
  ) throws {
    self.target = split == .test ? target : nil
    self.predictions = try predictions.map { request in
      var inputs = CommandInputs()
      inputs.add(data: data, labels: labels)
      for model in models { inputs.add(checkpoint: model.file.path) }
      let evaluation = OutputOrigin.Evaluation(
        split: split.rawValue, networks: try models.map(OutputOrigin.Network.init))
      return try PredictionsFile(request.path, inputs: inputs, force: request.replaces, evaluation)
    }
  }

  /// The folder of the run that notes the test; nil where none does.
  package var run: String? { target?.folder }

  /// Whether each patch's prediction is needed.
  var wantPredictions: Bool { predictions != nil }

  /// Checks that predictions which will be replaced are of the same patches.
  /// - Throws: `InputError` (usage).
  mutating func settle(patches: [Int], _ catalogue: Catalogue) throws {
    guard predictions != nil else { return }
    try predictions?.settle(patches: "\(patches.count) patches, checksum \(catalogue.digest(of: patches))")
  }

  /// - Parameter rows: the lines of the predictions, without their ends.
  mutating func complete(_ test: TestRecord, _ rows: [String]) {
    self.test = test
    self.rows = rows
  }

  /// Writes everything that can be written.
  /// - Parameter progress: told what was written, and what needed not be.
  /// - Returns: what could not be written, and why.
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
