/// Which network predicted, and for which patches: the last columns of a predictions file of a run, the same in each row.
package struct PredictionOrigin: Equatable, Sendable {
  /// Finished epochs of the network; for several that are fused late, joined by "+": "3+5".
  package let epoch: String
  /// Digest of the network's weights; for several, joined by "+".
  package let weights: String
  /// Digest of the patches' names in order and of their labels.
  package let data: String

  init(epoch: String, weights: String, data: String) {
    (self.epoch, self.weights, self.data) = (epoch, weights, data)
  }

  /// The origin of predictions by these networks; nil where an older version noted too little.
  package init?(_ checkpoints: [CheckpointRecord], _ patches: PatchRecord) {
    guard !checkpoints.isEmpty, let data = patches.digest else { return nil }
    self.init(
      epoch: checkpoints.map { "\($0.epoch)" }.joined(separator: "+"),
      weights: checkpoints.map(\.weights).joined(separator: "+"), data: data)
  }
}

extension PatchRecord {
  /// Digest of the patches' names and labels; nil in files of older versions.
  package var digest: String? {
    guard let list, let labels else { return nil }
    return "\(list)-\(labels)"
  }
}
