import Basics
import Cluster
import Experiments
import Imagery
import Metrics
import Presentation

/// The evaluation of a network on the patches of a split.
package struct Evaluation {
  package let metrics: ClassificationMetrics
  /// Mean loss of the predictions, over the patches.
  package let loss: Double
  package let seconds: Double
  /// What the network takes of each sensor; empty for a network that does not decide that.
  package let shares: [SensorShare]

  /// The network, the data and the ranks of an evaluation.
  package struct Setting {
    let runner: NetworkRunner
    let splits: PatchSplits
    let experiment: Experiment
    let communicator: any Communicator
    let progress: ProgressReporter

    /// - Parameter communicator: connects the ranks that evaluate together, all with the same network and patches.
    package init(
      runner: NetworkRunner, splits: PatchSplits, experiment: Experiment,
      communicator: any Communicator = OneProcess(), progress: ProgressReporter
    ) {
      self.runner = runner
      self.splits = splits
      self.experiment = experiment
      self.communicator = communicator
      self.progress = progress
    }
  }

  package enum Outcome {
    case finished(Evaluation)
    /// Stopped after a batch because a rank wanted to stop.
    case stopped(StopReason)
  }

  /// Evaluates a split. One rank computes each batch as a whole, and every rank gathers the results of all batches in
  /// order. The batches, and so the numbers, are therefore the same for any number of ranks.
  /// - Parameters:
  ///   - split: the split whose patches are evaluated.
  ///   - rest: the rest of the run after this evaluation, for the progress line; nil for none.
  ///   - summary: whether the progress ends with a line of figures.
  ///   - stopReason: called after every batch; returns why this rank wants to stop, or nil.
  ///   - each: called for every patch in order with its number, probabilities `[K]` and truth `[K]`.
  /// - Throws: `InputError`: data for a file that cannot be read; numerics when a probability is not finite.
  package static func run(
    _ setting: Setting, _ split: Split, label: String, rest: RunClock.Rest? = nil, summary: Bool = true,
    stopReason: () -> StopReason? = { nil },
    each: ((Int, ArraySlice<Float>, ArraySlice<Float>) throws -> Void)? = nil
  ) throws -> Outcome {
    let experiment = setting.experiment
    let communicator = setting.communicator
    let patches = setting.splits[split]
    let options = BatchOptions(
      experiment, setting.splits, batchSize: experiment.evaluation.batchSize,
      augmentation: experiment.evaluationAugmentation, form: setting.runner.batchForm)
    let schedule = options.schedule(samples: patches.patches.count)
    let stream = try BatchStream(
      patches, in: setting.splits.store, options: options, epoch: 0,
      schedule: schedule.every(communicator.size, from: communicator.rank))
    var counts = MetricsAccumulator(
      task: experiment.labels.type, classNames: experiment.classScheme.classNames)
    var shares = SensorShareCounts(setting.runner.network, classes: experiment.classScheme.classNames)
    let classes = patches.classes
    var total = 0.0
    let start = ContinuousClock.now
    setting.progress.begin(label, total: patches.patches.count, rest: rest)
    do {
      for _ in stride(from: 0, to: schedule.batches.count, by: communicator.size) {
        let own = try stream.next().map { try setting.predict($0) }
        let (results, reason, _) = communicator.exchange(own, stopping: stopReason(), "evaluation")
        for result in results {
          let truth = patches.targets(of: result.indices)
          let probabilities = experiment.labels.type.probabilities(logits: result.logits, classes: classes)
          total += result.losses[0] * Double(result.indices.count)
          shares.add(result.shares, truth: truth)
          // Every rank has the same results, and so throws the same error.
          do {
            try counts.add(probabilities: probabilities, truth: truth)
          } catch {
            throw communicator.agreed(error)
          }
          guard let each else { continue }
          for (row, index) in result.indices.enumerated() {
            let range = row * classes..<(row + 1) * classes
            try each(patches.patches[index], probabilities[range], truth[range])
          }
        }
        setting.progress.update(
          done: counts.samples, loss: total / Double(counts.samples), waited: stream.waitSeconds)
        if let reason {
          setting.progress.clear()
          return .stopped(reason)
        }
      }
    } catch {
      setting.progress.clear()
      throw error
    }
    if summary { setting.progress.end() } else { setting.progress.clear() }
    return .finished(
      Evaluation(
        metrics: counts.metrics, loss: total / Double(counts.samples),
        seconds: (ContinuousClock.now - start) / .seconds(1),
        shares: shares.shares + (try setting.runner.classShares(experiment.classScheme.classNames))))
  }
}

extension Evaluation.Setting {
  /// Computes the logits of a batch and their loss.
  fileprivate func predict(_ batch: Batch) throws -> BatchResult {
    let (logits, shares) = try runner.predictWithShares(batch)
    let loss = runner.loss.evaluate(
      logits: logits, targets: batch.targets.pointer, samples: batch.count,
      classes: logits.count / batch.count)
    return BatchResult(indices: batch.indices, losses: [loss], logits: logits, shares: shares)
  }
}

extension BatchOptions {
  /// The options of batches for an experiment.
  /// - Parameter form: the form of samples that the device takes.
  package init(
    _ experiment: Experiment, _ splits: PatchSplits, batchSize: Int, augmentation: Augmentation,
    form: Form = .floats, shuffle: Bool = false
  ) {
    self.init(
      inputs: experiment.inputs, normalisation: splits.normalisation, fileSize: splits.fileSize,
      batchSize: batchSize)
    nanPolicy = experiment.nanPolicy
    self.augmentation = augmentation
    self.form = form
    self.shuffle = shuffle
    seed = experiment.training.seed
    workers = experiment.data.workers
    prefetch = experiment.data.prefetch
  }
}
