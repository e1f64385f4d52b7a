import Basics

/// The labelled patches of one split.
package struct LabelledPatches: Sendable {
  package let patches: [PatchID]
  /// Number of classes K.
  package let classes: Int
  /// Targets `[N, K]`, row-major.
  package let targets: [Float]

  package init(patches: [PatchID], classes: Int, targets: [Float]) {
    precondition(targets.count == patches.count * classes, "every patch needs \(classes) targets")
    self.patches = patches
    self.classes = classes
    self.targets = targets
  }
}

/// How patches become batches.
package struct BatchOptions: Sendable {
  /// One entry for each branch of the network.
  package var inputs: [SensorInput]
  /// The size of every file.
  package var fileSize: PatchSize
  package var batchSize: Int
  package var normalisation = Normalisation.published
  package var nanPolicy = NaNPolicy.fail
  package var augmentation = Augmentation.none
  /// Draw a new order each epoch instead of keeping that of the list.
  package var shuffle = false
  /// Leave out a last batch of fewer samples.
  package var dropLast = false
  package var seed: UInt64 = 0
  /// Threads that read.
  package var workers = 2
  /// Batches that are read ahead of the one in use.
  package var prefetch = 2

  package init(inputs: [SensorInput], fileSize: PatchSize, batchSize: Int) {
    self.inputs = inputs
    self.fileSize = fileSize
    self.batchSize = batchSize
  }

  /// The batches of an epoch of `samples` samples, from a position on.
  package func schedule(samples: Int, from position: Int = 0) -> BatchSchedule {
    BatchSchedule(samples: samples, batchSize: batchSize, dropLast: dropLast, from: position)
  }
}
