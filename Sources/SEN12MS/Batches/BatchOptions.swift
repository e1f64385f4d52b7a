/// The labelled patches of one split.
public struct LabelledPatches: Sendable {
  public let patches: [PatchID]
  /// Number of classes K.
  public let classes: Int
  /// Targets `[N, K]`, row-major.
  public let targets: [Float]

  public init(patches: [PatchID], classes: Int, targets: [Float]) {
    precondition(targets.count == patches.count * classes, "every patch needs \(classes) targets")
    self.patches = patches
    self.classes = classes
    self.targets = targets
  }
}

/// How patches become batches.
public struct BatchOptions: Sendable {
  /// One entry for each branch of the network.
  public var inputs: [SensorInput]
  /// The size of every file.
  public var fileSize: PatchSize
  public var batchSize: Int
  public var normalisation = Normalisation.published
  public var nanPolicy = NaNPolicy.fail
  public var augmentation = Augmentation.none
  /// Draw a new order each epoch instead of keeping that of the list.
  public var shuffle = false
  /// Leave out a last batch of fewer samples.
  public var dropLast = false
  public var seed: UInt64 = 0
  /// Threads that read.
  public var workers = 2
  /// Batches that are read ahead of the one in use.
  public var prefetch = 2

  public init(inputs: [SensorInput], fileSize: PatchSize, batchSize: Int) {
    self.inputs = inputs
    self.fileSize = fileSize
    self.batchSize = batchSize
  }

  /// The batches of an epoch of `samples` samples, from a position on.
  public func schedule(samples: Int, from position: Int = 0) -> BatchSchedule {
    BatchSchedule(samples: samples, batchSize: batchSize, dropLast: dropLast, from: position)
  }
}
