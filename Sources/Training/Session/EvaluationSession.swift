import Checkpoints
import Foundation
import Networks
import SEN12MS
import Tensors

/// An evaluation from the command line to the tables: checkpoint, data and network put together.
public struct EvaluationSession {
  /// Where the numbers of the network come from.
  public enum Source: Sendable {
    case one(String)
    /// Late fusion of two networks that were trained on one sensor each.
    case pair(s1: String, s2: String)
  }

  /// What an evaluation came to.
  public struct Result: Sendable {
    public let metrics: ClassificationMetrics
    public let loss: Double
    let title: String

    /// All tables.
    public var text: String { "\(title)\nloss \(NumberText.loss(loss))\n\n" + EvaluationReport(metrics).text }

    public var json: String {
      get throws {
        String(decoding: try ReportJSON.encode(Document(loss: loss, metrics: metrics)), as: UTF8.self)
      }
    }

    private struct Document: Encodable {
      let loss: Double
      let metrics: ClassificationMetrics
    }
  }

  private let experiment: Experiment
  private let normalisation: SEN12MS.Normalisation
  private let models: [(model: TrainedModel, prefix: String)]
  private let progress: ProgressReporter
  private let runFolder: String?
  private let kernels: KernelPath

  /// Opens the checkpoints.
  /// - Parameter kernels: a path that the processor has.
  /// - Throws: `InputError` (checkpoint) for files that are damaged or do not fit together.
  public init(
    _ source: Source, batchSize: Int?, threads: Int?, kernels: KernelPath = .auto,
    progress: ProgressReporter
  ) throws {
    self.progress = progress
    self.kernels = kernels
    var experiment: Experiment
    switch source {
    case .one(let path):
      let model = try TrainedModel(path: path)
      experiment = model.experiment
      normalisation = model.normalisation
      models = [(model, "")]
      runFolder = RunFolder.folder(ofCheckpoint: path)
    case .pair(let s1, let s2):
      let (first, second) = (try TrainedModel(path: s1), try TrainedModel(path: s2))
      experiment = try Self.lateFusion(first, second)
      normalisation = try SEN12MS.Normalisation(s1: first.normalisation.s1, s2: second.normalisation.s2)
      models = [(first, "s1."), (second, "\(second.experiment.inputs[0].rawValue).")]
      runFolder = nil
    }
    for (flag, value) in [("--batch-size", batchSize), ("--threads", threads)] {
      guard let value, value < 1 else { continue }
      throw InputError(.usage, "\(flag) \(value)", "expected a number of at least 1")
    }
    if let batchSize { experiment.evaluation.batchSize = batchSize }
    experiment.threads = threads
    self.experiment = experiment
  }

  /// The experiment of two single-sensor networks taken together.
  private static func lateFusion(_ s1: TrainedModel, _ s2: TrainedModel) throws -> Experiment {
    for (model, allowed) in [(s1, [Experiment.Sensor.s1]), (s2, [.s2, .rgb])]
    where model.experiment.model.sensors.count != 1 || !allowed.contains(model.experiment.model.sensors[0]) {
      throw InputError(
        .checkpoint, model.file.path,
        "is a network for \(model.experiment.model.sensors.map(\.rawValue).joined(separator: " and "))",
        remedy: "give a network for \(allowed.map(\.rawValue).joined(separator: " or ")) alone")
    }
    guard s1.experiment.labels == s2.experiment.labels,
      s1.experiment.model.architecture == s2.experiment.model.architecture
    else {
      throw InputError(
        .checkpoint, s2.file.path, "has other labels or another architecture than \(s1.file.path)",
        remedy: "fuse networks of the same architecture and labels")
    }
    var experiment = s2.experiment
    experiment.name = "late"
    experiment.model.fusion = .late
    experiment.model.sensors = s2.experiment.model.sensors + s1.experiment.model.sensors
    return experiment
  }

  /// Evaluates a split. A test of a checkpoint in a run folder is added to the run's summary.
  /// - Parameter predictions: a CSV file to be written.
  /// - Throws: `InputError`: see `PatchSplits` and `Evaluation`.
  public func run(_ split: Split, data: String, labels: String, predictions: String?) throws -> Result {
    let splits = try PatchSplits(
      experiment, data: data, labels: labels, wanted: [split], normalisation: normalisation,
      threads: experiment.threadCount, progress: progress)
    for note in splits.notes { progress.message("note: \(note)") }
    let runner = try NetworkRunner(
      experiment.network, size: experiment.evaluationAugmentation.outputSize(of: splits.fileSize),
      loss: experiment.loss, trainingSizes: [],
      inferenceSizes: NetworkRunner.batchSizes(
        samples: splits[split].patches.count, batchSize: experiment.evaluation.batchSize),
      pool: ThreadPool(threads: experiment.threadCount), seed: experiment.training.seed,
      kernels: kernels)
    for (model, prefix) in models { try model.load(into: runner.store, prefix: prefix) }

    let lines = PredictionLines(task: experiment.labels.type, classNames: experiment.classScheme.classNames)
    var rows = [lines.header]
    let setting = Evaluation.Setting(
      runner: runner, splits: splits, experiment: experiment, progress: progress)
    let evaluation = try Evaluation.run(
      setting, split, label: split.rawValue,
      each: { patch, probabilities, truth in
        guard predictions != nil else { return }
        rows.append(
          lines.line(
            id: patch.description, scene: patch.scene.description, probabilities: probabilities, truth: truth)
        )
      })
    guard let result = evaluation else { preconditionFailure("nobody asked the evaluation to stop") }
    if let predictions { try AtomicFile.write(rows.joined(separator: "\n") + "\n", to: predictions) }
    if split == .test, let runFolder { try record(result.metrics, in: runFolder) }
    return Result(
      metrics: result.metrics, loss: result.loss,
      title: "\(experiment.name), \(split.rawValue): \(NumberText.grouped(result.metrics.samples)) patches")
  }

  private func record(_ metrics: ClassificationMetrics, in folder: String) throws {
    let path = RunFolder.summaryPath(in: folder)
    var summary = try RunSummary(contentsOf: path)
    summary.test = metrics
    try summary.write(to: path)
  }
}
