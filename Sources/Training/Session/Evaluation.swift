import Networks
import SEN12MS
import Tensors

/// Runs a network over the patches of a split and gathers what it says of them.
public struct Evaluation {
  public let metrics: ClassificationMetrics
  /// Mean loss of the predictions, over the patches.
  public let loss: Double
  public let seconds: Double

  /// What an evaluation is made with.
  public struct Setting {
    let runner: NetworkRunner
    let splits: PatchSplits
    let experiment: Experiment
    let progress: ProgressReporter

    public init(
      runner: NetworkRunner, splits: PatchSplits, experiment: Experiment, progress: ProgressReporter
    ) {
      self.runner = runner
      self.splits = splits
      self.experiment = experiment
      self.progress = progress
    }
  }

  /// - Parameters:
  ///   - split: whose patches.
  ///   - summary: whether a line tells what it came to.
  ///   - shouldStop: asked after every batch.
  ///   - each: given id, probabilities `[K]` and truth `[K]` of every patch, in order.
  /// - Returns: nil when it was stopped.
  /// - Throws: `InputError`: data for a file that cannot be read; numerics when a probability is not finite.
  public static func run(
    _ setting: Setting, _ split: Split, label: String, summary: Bool = true,
    shouldStop: () -> Bool = { false },
    each: ((PatchID, ArraySlice<Float>, ArraySlice<Float>) throws -> Void)? = nil
  ) throws -> Evaluation? {
    let experiment = setting.experiment
    let patches = setting.splits[split]
    let stream = try BatchStream(
      patches, in: setting.splits.folder,
      options: .init(
        experiment, setting.splits,
        // No memory for patches that will not come.
        batchSize: min(experiment.evaluation.batchSize, patches.patches.count),
        augmentation: experiment.evaluationAugmentation), epoch: 0)
    var counts = MetricsAccumulator(
      task: experiment.labels.type, classNames: experiment.classScheme.classNames)
    let classes = patches.classes
    var total = 0.0
    let start = ContinuousClock.now
    setting.progress.begin(label, total: patches.patches.count)
    do {
      while let batch = try stream.next() {
        var logits = setting.runner.predict(batch)
        let truth = Array(UnsafeBufferPointer(start: batch.targets.pointer, count: batch.count * classes))
        let probabilities = experiment.labels.type.probabilities(logits: logits, classes: classes)
        // The gradient is not wanted: it overwrites the logits.
        let loss = logits.withUnsafeMutableBufferPointer {
          setting.runner.loss.evaluate(
            logits: $0.baseAddress!, targets: truth, samples: batch.count, classes: classes,
            gradient: $0.baseAddress!)
        }
        total += loss * Double(batch.count)
        try counts.add(probabilities: probabilities, truth: truth)
        if let each {
          for (row, index) in batch.indices.enumerated() {
            let range = row * classes..<(row + 1) * classes
            try each(patches.patches[index], probabilities[range], truth[range])
          }
        }
        setting.progress.update(
          done: counts.samples, loss: total / Double(counts.samples), waited: stream.waitSeconds)
        if shouldStop() {
          setting.progress.clear()
          return nil
        }
      }
    } catch {
      setting.progress.clear()
      throw error
    }
    if summary { setting.progress.end() } else { setting.progress.clear() }
    return Evaluation(
      metrics: counts.metrics, loss: total / Double(counts.samples),
      seconds: (ContinuousClock.now - start) / .seconds(1))
  }
}

extension BatchOptions {
  /// Batches for an experiment.
  init(
    _ experiment: Experiment, _ splits: PatchSplits, batchSize: Int, augmentation: Augmentation,
    shuffle: Bool = false, dropLast: Bool = false
  ) {
    self.init(inputs: experiment.inputs, fileSize: splits.fileSize, batchSize: batchSize)
    normalisation = splits.normalisation
    nanPolicy = experiment.nanPolicy
    self.augmentation = augmentation
    self.shuffle = shuffle
    self.dropLast = dropLast
    seed = experiment.training.seed
    workers = experiment.data.workers
    prefetch = experiment.data.prefetch
  }
}
