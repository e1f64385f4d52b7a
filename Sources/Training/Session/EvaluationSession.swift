import Basics
import CPUEngine
import Cluster
import Experiments
import Foundation
import Imagery
import Metrics
import Presentation

/// An evaluation from the command line to the tables: checkpoint, data and network put together.
package struct EvaluationSession {
  /// Where the numbers of the network come from.
  package enum Source: Sendable {
    case one(String)
    /// Late fusion of two networks that were trained on one sensor each.
    case pair(s1: String, s2: String)
  }

  /// What an evaluation came to.
  package struct Result: Sendable {
    package let metrics: ClassificationMetrics
    package let subject: EvaluationSubject
    /// Mean over the patches.
    package var loss: Double { subject.loss }
    /// What is still to be written, see `EvaluationRecords`.
    package let records: EvaluationRecords

    /// The tables: see `EvaluationReport`.
    package func text(_ style: TextStyle, all: Bool = false) -> String {
      EvaluationReport(subject, metrics).text(style, all: all)
    }

    package var json: String {
      get throws {
        String(decoding: try ReportJSON.encode(Document(loss: loss, metrics: metrics)), as: UTF8.self)
      }
    }

    private struct Document: Encodable {
      let loss: Double
      let metrics: ClassificationMetrics
    }
  }

  package let experiment: Experiment
  /// The run folder of a late pair; nil for none. A single checkpoint has that in which it lies.
  package var out: String?
  /// The command line as a shell reads it, for the summary of a late pair; nil where there is none.
  package var command: String?
  private let normalisation: Normalisation
  let models: [(model: TrainedModel, prefix: String)]
  private let progress: ProgressReporter
  private let kernels: KernelPath

  /// Opens the checkpoints.
  /// - Parameters:
  ///   - kernels: a path that the processor has.
  ///   - precision: by name; nil for that of the training.
  /// - Throws: `InputError`: checkpoint for files that are damaged or do not fit together; usage for a
  ///   precision that the path does not have.
  package init(
    _ source: Source, batchSize: Int?, threads: Int?, kernels: KernelPath = .auto, precision: String? = nil,
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
    case .pair(let s1, let s2):
      let (first, second) = (try TrainedModel(path: s1), try TrainedModel(path: s2))
      experiment = try Self.lateFusion(first, second)
      normalisation = second.normalisation.taking(
        first.experiment.sensors.map(\.name), from: first.normalisation)
      models = [
        (first, "\(first.experiment.inputs[0].name)."), (second, "\(second.experiment.inputs[0].name)."),
      ]
    }
    experiment.threads = nil
    let flags = [
      ("--batch-size", "evaluation.batch_size", batchSize.map(String.init)),
      ("--threads", "threads", threads.map(String.init)), ("--precision", "precision", precision),
    ]
    try experiment.apply(
      flags.compactMap { flag, path, value in
        value.map { Experiment.Override(flag: flag, path: path, value: $0) }
      })
    try experiment.precision.require(kernels)
    self.experiment = experiment
  }

  /// The experiment of two single-sensor networks taken together.
  private static func lateFusion(_ s1: TrainedModel, _ s2: TrainedModel) throws -> Experiment {
    let places = [
      ("--checkpoint-s1", s1, [DataSets.radar]), ("--checkpoint-s2", s2, DataSets.optical),
    ]
    for (flag, model, allowed) in places {
      let sensors = model.experiment.model.sensors
      guard sensors.count != 1 || !allowed.contains(sensors[0]) else { continue }
      throw InputError(
        .checkpoint, "\(flag) \(model.file.path)",
        "is a network for \(sensors.map(\.name).joined(separator: " and "))",
        remedy: "give a network for \(allowed.map(\.name).joined(separator: " or ")) alone")
    }
    for path in ["model.architecture", "labels.scheme", "labels.type", "labels.threshold", "data.patch_size"]
    {
      guard let key = ExperimentKey.byPath[path] else { preconditionFailure("there is no key \(path)") }
      let (first, second) = (key.text(s1.experiment), key.text(s2.experiment))
      guard first != second else { continue }
      throw InputError(
        .checkpoint, s2.file.path, "was trained with \(path) \(second), but \(s1.file.path) with \(first)",
        remedy: "fuse networks of the same architecture, labels and patch size")
    }
    var experiment = s2.experiment
    // One policy holds for both sensors. Sentinel-1 misses samples more often.
    experiment.data.nan = s1.experiment.data.nan
    if s1.experiment.precision != s2.experiment.precision { experiment.precision = .fp32 }
    experiment.name = "late"
    experiment.model.fusion = .late
    experiment.model.sensors = s2.experiment.model.sensors + s1.experiment.model.sensors
    return experiment
  }

  /// Evaluates a split. Nothing is written: the result comes with its records, for the first rank to write once
  /// the result is told.
  /// - Parameters:
  ///   - predictions: a CSV file to be written.
  ///   - form: of that file.
  ///   - replaces: whether a file there is replaced that another evaluation wrote.
  ///   - isRecorded: whether the result is added to the summary of the run.
  ///   - ranks: those that evaluate together; each calls this with the same checkpoint and split.
  ///   - early: heeds signals until there is a result; nil where nobody listens to them.
  /// - Returns: the same on all ranks, but for the records.
  /// - Throws: `InputError`: usage or environment for predictions that cannot be written there; see also
  ///   `PatchSplits` and `Evaluation`; `AgreedError` among several ranks for what concerns all of them.
  package func run(
    _ split: Split, data: String, labels: String, predictions: String?,
    form: PredictionLines.Form = .names, replaces: Bool = false, isRecorded: Bool = true,
    among ranks: Ranks = .alone, early: EarlyStop? = nil
  ) throws -> Result {
    early?.tell { [progress] _ in progress.clear() }
    try ranks.requireSame(experiment, "experiment of the checkpoint", kernels)
    let checkpoints = try ranks.agree {
      try ranks.isFirst && split == .test && isRecorded ? models.map { try $0.model.record() } : []
    }
    var records = try ranks.agree {
      let target = try ranks.isFirst && isRecorded ? target(checkpoints, data, labels, ranks) : nil
      return try EvaluationRecords(
        split, of: models.map(\.model), data: data, labels: labels,
        predictions: ranks.isFirst ? predictions : nil, replaces: replaces, target: target)
    }
    let splits = try PatchSplits(
      experiment, data: data, labels: labels, wanted: [split], normalisation: normalisation,
      threads: experiment.threadCount, progress: progress, among: ranks)
    let threadNote = try ranks.agree { try experiment.threadNote }
    let memoryNotes = try ranks.agree { try memoryFit(splits, split, ranks).notes() }
    for note in splits.notes + memoryNotes + [threadNote, ranks.coreNote].compactMap({ $0 }) {
      progress.message("note: \(note)")
    }
    let network = try ranks.agree { try runner(splits[split].patches.count, splits.fileSize) }
    let digest = try ranks.agree { try DataDigest(splits, experiment) }
    if ranks.size > 1 {
      try ranks.requireSame([
        ("data", digest.text), ("checkpoint", "checksum \(String(network.store.checksum, radix: 16))"),
      ])
    }

    try ranks.agree { try records.settle(patches: splits[split].patches, splits.catalogue) }
    let lines = PredictionLines(
      task: experiment.labels.type, classNames: experiment.classScheme.classNames, form: form)
    var rows = [lines.header]
    let setting = Evaluation.Setting(
      runner: network, splits: splits, experiment: experiment, communicator: ranks.communicator,
      progress: progress)
    let evaluation = try Evaluation.run(
      setting, split, label: split.rawValue,
      each: records.wantPredictions
        ? { patch, probabilities, truth in
          rows.append(
            lines.line(
              id: splits.catalogue.id(patch), scene: splits.catalogue.group(patch),
              probabilities: probabilities,
              truth: truth))
        } : nil)
    guard case .finished(let result) = evaluation else {
      preconditionFailure("nobody asked the evaluation to stop")
    }
    early?.end()
    records.complete(
      TestRecord(
        checkpoints: checkpoints, split: split.rawValue,
        patches: digest.records[split] ?? PatchRecord(count: result.metrics.samples),
        data: RunIdentity.absolute(data), labels: RunIdentity.absolute(labels), date: DateText.now,
        precision: experiment.precision.rawValue, version: ProgramVersion.current, loss: result.loss,
        metrics: result.metrics), rows)
    return Result(
      metrics: result.metrics,
      subject: EvaluationSubject(
        run: name, split: split.rawValue, scenes: splits.catalogue.groupCount(of: splits[split].patches),
        checkpoint: checkpointText, loss: result.loss),
      records: records)
  }

  private func memoryFit(_ splits: PatchSplits, _ split: Split, _ ranks: Ranks) throws -> MemoryFit {
    MemoryFit(
      experiment: experiment, size: try experiment.evaluationAugmentation.outputSize(of: splits.fileSize),
      threads: try experiment.threadCount, kernels: kernels, trains: false, ranks: ranks.size,
      ranksOnHost: ranks.onThisHost, trainingPatches: 0, evaluationPatches: splits[split].patches.count)
  }

  /// The network of the checkpoints, for so many patches.
  private func runner(_ patches: Int, _ fileSize: PatchSize) throws -> NetworkRunner {
    let runner = try NetworkRunner(
      experiment.network, size: experiment.evaluationAugmentation.outputSize(of: fileSize),
      loss: experiment.loss, trainingSizes: [],
      inferenceSizes: NetworkRunner.batchSizes(
        samples: patches, batchSize: experiment.evaluation.batchSize),
      pool: experiment.makePool(), seed: experiment.training.seed,
      kernels: kernels, precision: experiment.precision)
    for (model, prefix) in models { try model.load(into: runner.store, prefix: prefix) }
    return runner
  }
}
