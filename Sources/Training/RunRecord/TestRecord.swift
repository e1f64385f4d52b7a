import Basics
import Foundation
import Metrics

/// A list of patches with checksums that tell the list, its labels and its pixels from others.
package struct PatchRecord: Codable, Equatable, Sendable {
  /// Number of patches.
  package var count: Int
  /// Checksum of the patches' names in order; nil in files of older versions, as are the next two.
  package var list: String?
  /// Checksum of their targets, which follow from label fractions, scheme, type and threshold.
  package var labels: String?
  /// Checksum of some of their samples, in the bands of the network.
  package var pixels: String?

  package init(count: Int, list: String? = nil, labels: String? = nil, pixels: String? = nil) {
    (self.count, self.list, self.labels, self.pixels) = (count, list, labels, pixels)
  }

  /// Why figures on these patches cannot be compared with figures on the other patches; nil where no reason is known.
  ///
  /// Pixels are not compared: networks of different sensors read different pixels.
  package func difference(from other: PatchRecord) -> Difference? {
    if count != other.count { return .patches }
    if let list, let theirs = other.list, list != theirs { return .patches }
    if let labels, let theirs = other.labels, labels != theirs { return .labels }
    return nil
  }

  package enum Difference: Equatable { case patches, labels }
}

/// A checkpoint that was tested.
package struct CheckpointRecord: Codable, Equatable, Sendable {
  /// Absolute path of the file.
  package var path: String
  /// Finished epochs.
  package var epoch: Int
  /// Steps done in the epoch that follows; 0 at the end of an epoch.
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
  /// The checkpoint, or those of a late fusion; empty where an older version did not note it.
  package var checkpoints: [CheckpointRecord]
  package var split: String
  package var patches: PatchRecord
  /// Absolute paths of the folders of patches and of labels. Nil in files of older versions, as are the properties
  /// from here to `loss`.
  package var data: String?
  package var labels: String?
  /// ISO 8601, UTC.
  package var date: String?
  /// Number format of activations and products: the experiment's `precision`.
  package var precision: String?
  /// Version of the program.
  package var version: String?
  package var loss: Double?
  package var metrics: ClassificationMetrics

  /// A test with only the entries that every test has; the others are nil.
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

  /// Whether the other is the same test: the same weights on the same patches, labels and pixels.
  func repeats(_ other: TestRecord) -> Bool {
    !checkpoints.isEmpty && checkpoints.map(\.weights) == other.checkpoints.map(\.weights)
      && split == other.split && patches == other.patches
  }
}
