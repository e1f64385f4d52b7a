@testable import Basics
@testable import Experiments
@testable import Imagery
@testable import Metrics
@testable import Presentation
@testable import Training

/// All results of an evaluation.
package struct Predictions {
  package private(set) var ids: [String] = []
  /// Probabilities `[N, K]`.
  package private(set) var probabilities: [Float] = []
  package private(set) var truth: [Float] = []
  package let metrics: ClassificationMetrics
  package let loss: Double

  package init(
    of split: Split, _ runner: NetworkRunner, _ splits: PatchSplits, _ experiment: Experiment,
    _ communicator: any Communicator = OneProcess()
  ) throws {
    let setting = Evaluation.Setting(
      runner: runner, splits: splits, experiment: experiment, communicator: communicator,
      progress: ProgressReporter(quiet: true))
    var (ids, probabilities, truth): ([String], [Float], [Float]) = ([], [], [])
    let evaluation = try Evaluation.run(
      setting, split, label: split.rawValue,
      each: { patch, values, classes in
        ids.append(splits.catalogue.id(patch))
        probabilities += values
        truth += classes
      })
    guard case .finished(let evaluation) = evaluation else {
      preconditionFailure("nobody asked the evaluation to stop")
    }
    (self.ids, self.probabilities, self.truth) = (ids, probabilities, truth)
    (metrics, loss) = (evaluation.metrics, evaluation.loss)
  }
}
