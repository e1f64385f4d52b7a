import Experiments
import Imagery
import Metrics

/// Collects what a network says of the patches of a split, in the order of an evaluation.
struct PredictionRows {
  private var patches: [Int] = []
  private var probabilities: [Float] = []
  private var truth: [Bool] = []

  /// - Parameters:
  ///   - patch: number of the patch in the catalogue.
  ///   - probabilities, targets: `[K]`.
  mutating func add(_ patch: Int, _ probabilities: ArraySlice<Float>, _ targets: ArraySlice<Float>) {
    patches.append(patch)
    self.probabilities += probabilities
    truth += targets.lazy.map { $0 >= 0.5 }
  }

  /// The rows with the names of the patches and of their clusters.
  func table(_ experiment: Experiment, _ catalogue: Catalogue) -> PredictionTable {
    PredictionTable(
      task: experiment.labels.type, classes: experiment.classScheme.classNames,
      ids: patches.map(catalogue.id),
      clusters: patches.map { catalogue.hasClusters ? catalogue.cluster($0) : "" },
      probabilities: probabilities, truth: truth)
  }
}
