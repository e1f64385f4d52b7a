import Architectures
import Cluster
import Networks
import SEN12MS
import Tensors

/// A training from the command line to the last epoch: data, network and trainer put together.
public struct TrainingSession {
  public let experiment: Experiment
  public let data: String
  public let labels: String
  public let progress: ProgressReporter
  /// A checkpoint whose weights a new run starts from; nil for random ones.
  public var initialWeights: String?
  /// The kernels of the network, a path that the processor has, and that has the experiment's precision.
  public var kernels = KernelPath.auto

  public init(experiment: Experiment, data: String, labels: String, progress: ProgressReporter) {
    self.experiment = experiment
    self.data = data
    self.labels = labels
    self.progress = progress
  }

  /// Trains in a run folder, from the start or from where the run was left.
  /// - Throws: `InputError`: see `PatchSplits`, `NetworkRunner` and `Trainer`.
  public func train(in folder: RunFolder) throws -> Trainer.Outcome {
    let logger = folder.log.logger
    // Slurm is asked while the data are looked through.
    let jobEnd = JobEnd.ofThisJob()
    do {
      if !folder.isLocked {
        progress.message("note: the file system of \(folder.path) has no locks: start no second run in it")
      }
      let initial = try initialWeights.map(TrainedModel.init(path:))
      // A resumed run keeps its normalisation, computed or not.
      let normalisation = try folder.newestCheckpoint().map { try TrainedModel($0.file).normalisation }
      let splits = try splits(normalisation)
      for note in try splits.notes + [experiment.threadNote].compactMap({ $0 }) {
        progress.message("note: \(note)")
        logger.notice("\(note)")
      }
      let runner = try runner(splits)
      let trainer = try Trainer(
        experiment, splits: splits, runner: runner, folder: folder, progress: progress)
      trainer.initialWeights = initial
      trainer.jobEnd = jobEnd
      try trainer.resume()
      return try trainer.run()
    } catch {
      logger.error("\(error)")
      throw error
    }
  }

  /// What a training would be, with one batch run for real; nothing is written.
  public func dryRun() throws -> String {
    let splits = try splits(nil)
    let runner = try runner(splits)
    runner.store.initialise(seed: experiment.training.seed)
    let stream = try BatchStream(
      splits[.train], in: splits.folder,
      options: .init(
        experiment, splits, batchSize: min(experiment.training.batchSize, splits[.train].patches.count),
        augmentation: experiment.trainingAugmentation, shuffle: true), epoch: 0)
    guard let batch = try stream.next() else { preconditionFailure("a split is never empty") }
    let start = ContinuousClock.now
    let (losses, _) = runner.train(batch, step: 0)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    var largest = experiment
    largest.training.batchSize = batch.count
    largest.evaluation.batchSize = min(experiment.evaluation.batchSize, splits[.validation].patches.count)
    let memory = MemoryEstimate(
      largest, size: batch.size, threads: runner.pool.threads, kernels: kernels)
    let lines =
      [
        (
          "experiment",
          "\(experiment.name): \(experiment.model.architecture.rawValue), fusion \(experiment.model.fusion.rawValue)"
        ),
        ("parameters", NumberText.grouped(runner.store.parameters.reduce(0) { $0 + $1.count })),
        ("training patches", NumberText.grouped(splits[.train].patches.count)),
        ("validation patches", NumberText.grouped(splits[.validation].patches.count)),
        (
          "patch size",
          "\(splits.fileSize) pixels" + (batch.size == splits.fileSize ? "" : ", cropped to \(batch.size)")
        ),
        ("batch", "\(batch.count) patches"),
        ("precision", experiment.precision.rawValue),
        ("steps an epoch", NumberText.grouped(stream.batchCount)),
        ("peak memory", "\(NumberText.bytes(memory.total)) in training"),
        (
          "first batch",
          "loss \(losses.map(NumberText.loss).joined(separator: ", ")), forward and backward pass in "
            + "\(NumberText.fixed(seconds, 2)) s"
        ),
      ] + splits.notes.map { ("note", $0) }
    return TextTable(
      columns: [.init("", .left), .init("", .left)], rows: lines.map { [$0.0, $0.1] }
    ).text
  }

  func splits(_ normalisation: Normalisation?) throws -> PatchSplits {
    try PatchSplits(
      experiment, data: data, labels: labels, wanted: [.train, .validation], normalisation: normalisation,
      threads: experiment.threadCount, progress: progress)
  }

  func runner(_ splits: PatchSplits) throws -> NetworkRunner {
    let training = experiment.training
    let size = try experiment.trainingAugmentation.outputSize(of: splits.fileSize)
    let samples = splits[.train].patches.count
    let trainingSizes = NetworkRunner.batchSizes(
      samples: samples, batchSize: training.batchSize, dropLast: training.dropLast)
    guard !trainingSizes.isEmpty else {
      throw InputError(
        .usage, "training.drop_last",
        "no batch is left: \(samples) training patches, \(training.batchSize) a batch",
        remedy: "set training.drop_last: false or a smaller training.batch_size")
    }
    return try NetworkRunner(
      experiment.network, size: size, loss: experiment.loss, trainingSizes: trainingSizes,
      inferenceSizes: NetworkRunner.batchSizes(
        samples: splits[.validation].patches.count, batchSize: experiment.evaluation.batchSize),
      pool: experiment.makePool(), seed: training.seed,
      kernels: kernels, precision: experiment.precision, memory: experiment.memory)
  }
}
