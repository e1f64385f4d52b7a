import Basics

/// The labelled patches of one split.
public struct LabelledPatches: Sendable {
  /// Numbers in the catalogue.
  package let patches: [Int]
  /// Number of classes K.
  package let classes: Int
  /// Targets `[N, K]`, row-major.
  package let targets: [Float]

  /// - Precondition: `targets` holds `classes` numbers for each patch.
  public init(patches: [Int], classes: Int, targets: [Float]) {
    precondition(targets.count == patches.count * classes, "every patch needs \(classes) targets")
    self.patches = patches
    self.classes = classes
    self.targets = targets
  }
}

/// The settings by which patches become batches.
public struct BatchOptions: Sendable {
  /// The form in which samples are delivered.
  package enum Form: Sendable {
    /// Normalised floats, in `Batch.images`.
    case floats
    /// Samples as they are stored, in `Batch.raw`.
    case raw
  }

  /// One entry for each branch of the network.
  package var inputs: [Channels]
  /// The size of every patch as it is stored.
  package var fileSize: PatchSize
  package var batchSize: Int
  package var normalisation: Normalisation
  package var nanPolicy = NaNPolicy.fail
  package var augmentation = Augmentation.none
  package var form = Form.floats
  /// Whether each epoch has a new order. Otherwise patches come in the order of the list.
  public var shuffle = false
  package var seed: UInt64 = 0
  /// Number of threads that read.
  package var workers = 2
  /// Number of batches that are read ahead of the one in use.
  package var prefetch = 2

  /// Batches of floats in the order of the list. Other choices are set afterwards.
  public init(
    inputs: [Channels], normalisation: Normalisation, fileSize: PatchSize, batchSize: Int
  ) {
    self.inputs = inputs
    self.normalisation = normalisation
    self.fileSize = fileSize
    self.batchSize = batchSize
  }

  /// How the samples of each input become floats.
  var preparations: [SamplePreparation] {
    inputs.map { SamplePreparation($0, normalisation, nanPolicy) }
  }

  /// The batches of an epoch of `samples` samples, from a position in the epoch on.
  package func schedule(samples: Int, from position: Int = 0) -> BatchSchedule {
    BatchSchedule(samples: samples, batchSize: batchSize, from: position)
  }
}
