import Basics
import Cluster
import Experiments
import Imagery
import Metrics
import Presentation

/// Runs a network over the patches of a split and gathers what it says of them.
package struct Evaluation {
  package let metrics: ClassificationMetrics
  /// Mean loss of the predictions, over the patches.
  package let loss: Double
  package let seconds: Double

  /// What an evaluation is made with.
  package struct Setting {
    let runner: NetworkRunner
    let splits: PatchSplits
    let experiment: Experiment
    let communicator: any Communicator
    let progress: ProgressReporter

    /// - Parameter communicator: of the ranks that evaluate together, all with the same network and patches.
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
    /// Stopped after a batch because some rank wished so.
    case stopped(StopReason)
  }

  /// The batches are those of one process, whatever the number of ranks: each is computed whole by one rank, so
  /// that nobody gets other numbers than alone, and every rank gathers the results of all in their order.
  /// - Parameters:
  ///   - split: whose patches.
  ///   - rest: what the run does afterwards, for the progress; nil for none.
  ///   - summary: whether a line tells the figures at the end.
  ///   - stopReason: asked after every batch; why this rank wants to stop.
  ///   - each: given number, probabilities `[K]` and truth `[K]` of every patch, in order.
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
    let classes = patches.classes
    var total = 0.0
    let start = ContinuousClock.now
    setting.progress.begin(label, total: patches.patches.count, rest: rest)
    do {
      for _ in stride(from: 0, to: schedule.batches.count, by: communicator.size) {
        let own = try stream.next().map { setting.predict($0) }
        let (results, reason, _) = communicator.exchange(own, stopping: stopReason(), "evaluation")
        for result in results {
          let truth = patches.targets(of: result.indices)
          let probabilities = experiment.labels.type.probabilities(logits: result.logits, classes: classes)
          total += result.losses[0] * Double(result.indices.count)
          // Every rank sees the same, and throws the same.
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
        seconds: (ContinuousClock.now - start) / .seconds(1)))
  }
}

extension Evaluation.Setting {
  /// Logits of a batch and their loss.
  fileprivate func predict(_ batch: Batch) -> BatchResult {
    let logits = runner.predict(batch)
    let loss = runner.loss.evaluate(
      logits: logits, targets: batch.targets.pointer, samples: batch.count,
      classes: logits.count / batch.count)
    return BatchResult(indices: batch.indices, losses: [loss], logits: logits)
  }
}

extension BatchOptions {
  /// Batches for an experiment.
  /// - Parameter form: the one that the device takes.
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
