import Basics
import Foundation
import Metrics

/// Which patches, with which labels and pixels.
package struct PatchRecord: Codable, Equatable, Sendable {
  /// Number of patches.
  package var count: Int
  /// Checksum of their names in order; nil in files of older versions, as below.
  package var list: String?
  /// Checksum of their targets: of label fractions, scheme, type and threshold.
  package var labels: String?
  /// Checksum of some of their samples, in the bands of the network.
  package var pixels: String?

  package init(count: Int, list: String? = nil, labels: String? = nil, pixels: String? = nil) {
    (self.count, self.list, self.labels, self.pixels) = (count, list, labels, pixels)
  }

  /// What keeps figures on these patches from standing beside those on others; nil where nothing is known to.
  ///
  /// Pixels are no part of it: networks of different sensors read different ones.
  package func difference(from other: PatchRecord) -> Difference? {
    if count != other.count { return .patches }
    if let list, let theirs = other.list, list != theirs { return .patches }
    if let labels, let theirs = other.labels, labels != theirs { return .labels }
    return nil
  }

  package enum Difference: Equatable { case patches, labels }
}

/// A checkpoint that was used.
package struct CheckpointRecord: Codable, Equatable, Sendable {
  /// Absolute path of the file.
  package var path: String
  /// Finished epochs.
  package var epoch: Int
  /// Steps of the epoch after these; 0 at the end of an epoch.
  package var step: Int
  /// Digest of all weights and running statistics.
  package var weights: String

  package init(path: String, epoch: Int, step: Int = 0, weights: String) {
    (self.path, self.epoch, self.step, self.weights) = (path, epoch, step, weights)
  }

  /// The name of the file: "best.h5".
  package var name: String { URL(filePath: path).lastPathComponent }

  /// "best.h5, epoch 5".
  package var title: String {
    "\(shownName(name)), epoch \(epoch)" + (step > 0 ? " and \(counted(step, "step"))" : "")
  }
}

/// An evaluation on the test split: the checkpoint, the patches, the time, and the figures.
package struct TestRecord: Codable, Equatable, Sendable {
  /// The checkpoint, or the two of a late pair; empty where an older version did not note it.
  package var checkpoints: [CheckpointRecord]
  package var split: String
  package var patches: PatchRecord
  /// Absolute paths of the folders of patches and of labels; nil in files of older versions, as below.
  package var data: String?
  package var labels: String?
  /// ISO 8601, UTC.
  package var date: String?
  /// Type of activations and products.
  package var precision: String?
  /// Version of the program.
  package var version: String?
  package var loss: Double?
  package var metrics: ClassificationMetrics

  /// A test of which no more is noted.
  package init(
    _ checkpoints: [CheckpointRecord], split: String = "test", patches: PatchRecord,
    metrics: ClassificationMetrics
  ) {
    (self.checkpoints, self.split, self.patches, self.metrics) = (checkpoints, split, patches, metrics)
  }

  /// A test whose checkpoint and patches an older version did not note.
  init(ofOlderVersion metrics: ClassificationMetrics) {
    self.init([], patches: PatchRecord(count: metrics.samples), metrics: metrics)
  }

  /// Whether the other is the same test made again: of the same weights, on the same patches, labels and pixels.
  func repeats(_ other: TestRecord) -> Bool {
    !checkpoints.isEmpty && checkpoints.map(\.weights) == other.checkpoints.map(\.weights)
      && split == other.split && patches == other.patches
  }
}
