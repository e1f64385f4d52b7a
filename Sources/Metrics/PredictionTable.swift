/// The predictions of a network for the patches of a split, with what is true of them.
///
/// Figures, curves and intervals are computed from this table, so images are not needed any more.
package struct PredictionTable: Equatable, Sendable {
  package let task: ClassificationTask
  /// Names of the K classes.
  package let classes: [String]
  /// Names of the N patches.
  package let ids: [String]
  /// The cluster of each patch, by which intervals resample: its scene, city or tile. Empty texts where the data set names
  /// no clusters.
  package let clusters: [String]
  /// Row-major `[N, K]`, with the bits that the network's evaluation had.
  package let probabilities: [Float]
  /// Row-major `[N, K]`.
  package let truth: [Bool]

  /// N, the number of patches.
  package var count: Int { ids.count }

  package init(
    task: ClassificationTask, classes: [String], ids: [String], clusters: [String], probabilities: [Float],
    truth: [Bool]
  ) {
    precondition(
      clusters.count == ids.count && probabilities.count == ids.count * classes.count
        && truth.count == probabilities.count,
      "a table has a cluster for each of \(ids.count) patches, and \(classes.count) probabilities and truths")
    (self.task, self.classes, self.ids, self.clusters) = (task, classes, ids, clusters)
    (self.probabilities, self.truth) = (probabilities, truth)
  }

  /// Probabilities `[K]` of a patch.
  package func probabilities(of patch: Int) -> ArraySlice<Float> {
    probabilities[patch * classes.count..<(patch + 1) * classes.count]
  }

  /// Which classes the patch has, `[K]`.
  package func truth(of patch: Int) -> ArraySlice<Bool> {
    truth[patch * classes.count..<(patch + 1) * classes.count]
  }

  /// Which classes the network says that the patch has, `[K]`.
  package func predicted(_ patch: Int) -> [Bool] { task.predictedClasses(probabilities(of: patch)) }
}
