import Basics
import Cluster
import Experiments
import Foundation
import Imagery
import Metrics
import Networks
import Presentation

/// An evaluation as a command runs it: opens checkpoints and data, evaluates the network, and returns the tables.
package struct EvaluationSession {
  /// The checkpoints that the network is loaded from.
  package enum Source: Sendable {
    case one(String)
    /// Late fusion of a network of Sentinel-1 and one of Sentinel-2.
    case pair(s1: String, s2: String)
    /// Late fusion of two or more networks that were trained on one sensor each.
    case several([String])
  }

  /// The result of an evaluation.
  package struct Result: Sendable {
    package let metrics: ClassificationMetrics
    package let subject: EvaluationSubject
    /// Mean loss over the patches.
    package var loss: Double { subject.loss }
    /// What the network takes of each sensor; empty for a network that does not decide that.
    package let shares: [SensorShare]
    /// The files that are still to be written, see `EvaluationRecords`.
    package let records: EvaluationRecords

    /// The tables: see `EvaluationReport`.
    package func text(_ style: TextStyle, all: Bool = false) -> String {
      EvaluationReport(subject, metrics, shares: shares).text(style, all: all)
    }

    package var json: String {
      get throws {
        let document = Document(
          loss: loss, metrics: metrics, sensorShares: shares.isEmpty ? nil : shares)
        return String(decoding: try ReportJSON.encode(document), as: UTF8.self)
      }
    }

    private struct Document: Encodable {
      let loss: Double
      let metrics: ClassificationMetrics
      let sensorShares: [SensorShare]?

      enum CodingKeys: String, CodingKey {
        case loss, metrics
        case sensorShares = "sensor_shares"
      }
    }
  }

  package let experiment: Experiment
  /// The run folder that keeps the result of networks that are fused; nil for none. A single checkpoint has the run folder in which it lies.
  package var out: String?
  /// The command line as a shell reads it, for the summary of networks that are fused; nil where there is none.
  package var command: String?
  /// Outputs that get the result of an evaluation, on the first rank.
  package var observers: [any RunObserver] = []
  package let normalisation: Normalisation
  let models: [(model: TrainedModel, prefix: String)]
  private let progress: ProgressReporter
  package let device: any Device

  /// Opens the checkpoints.
  /// - Parameters:
  ///   - overrides: settings that differ from the training, e.g. the precision.
  ///   - data: path of the data folder, which may hold another data set; nil for the data set of the training.
  ///   - changes: keys of the data that the user changes.
  ///   - makeDevice: makes the device that computes.
  /// - Throws: `InputError`: checkpoint for files that are damaged or do not fit together; usage for a
  ///   device that is absent or lacks the precision.
  package init(
    _ source: Source, overrides: [Experiment.Override] = [], data: String? = nil,
    changes: [Experiment.Override] = [], progress: ProgressReporter,
    makeDevice: (Experiment) throws -> any Device = { try Devices().device(for: $0) }
  ) throws {
    self.progress = progress
    var experiment: Experiment
    let trained: Normalisation
    switch source {
    case .one(let path):
      let model = try TrainedModel(path: path)
      experiment = model.experiment
      trained = model.normalisation
      models = [(model, "")]
    case .pair(let s1, let s2):
      let found = [try TrainedModel(path: s1), try TrainedModel(path: s2)]
      let halves = found.map { ($0.file.path, $0.experiment) }
      experiment = try Self.lateFusion(s1: halves[0], s2: halves[1])
      (models, trained) = (Self.branches(found), try Self.normalisation(of: found))
    case .several(let paths):
      let found = try paths.map { try TrainedModel(path: $0) }
      experiment = try Self.lateFusion(found.map { ($0.file.path, $0.experiment) })
      (models, trained) = (Self.branches(found), try Self.normalisation(of: found))
    }
    // The threads and the device of the training may not suit this machine.
    (experiment.threads, experiment.device) = (nil, Experiment().device)
    try experiment.apply(overrides)
    (self.experiment, normalisation) = try Self.moved(experiment, trained, data: data, changes: changes)
    device = try makeDevice(self.experiment)
  }

  /// Evaluates a split and hands the result to the observers. Writes nothing else: the first rank writes the records of
  /// the result after it has printed the result.
  /// - Parameters:
  ///   - predictions: the file that gets the prediction of every patch; nil for none.
  ///   - isRecorded: whether the result is added to the summary of the run.
  ///   - ranks: the ranks that evaluate together; each calls this with the same checkpoint and split.
  ///   - early: ends the process on a signal before there is a result; nil where signals are not handled.
  /// - Returns: the same result on all ranks, except for the records.
  /// - Throws: `InputError`: usage or environment for predictions that cannot be written there; see also
  ///   `PatchSplits` and `Evaluation`; `AgreedError` among several ranks for an error that concerns all of them.
  package func run(
    _ split: Split, data: String, labels: String?, predictions: PredictionsRequest? = nil,
    isRecorded: Bool = true, among ranks: Ranks = .alone, early: EarlyStop? = nil
  ) throws -> Result {
    early?.tell { [progress] _ in progress.clear() }
    try ranks.requireSame(experiment, "experiment of the checkpoint", device)
    let events = RunEvents(ranks.isFirst ? observers : []) { [progress] in progress.warning($0) }
    let checkpoints = try ranks.agree { try ranks.isFirst ? models.map { try $0.model.record() } : [] }
    var records = try ranks.agree {
      let target = try ranks.isFirst && isRecorded ? target(checkpoints, data, labels, ranks) : nil
      return try EvaluationRecords(
        split, of: models.map(\.model), inputs: dataInputs(data, labels),
        predictions: ranks.isFirst ? predictions : nil, target: target,
        kept: ranks.isFirst ? kept(split, checkpoints, isMade: target != nil) : nil)
    }
    let splits = try PatchSplits(
      experiment, data: data, labels: labels, wanted: [split], normalisation: normalisation,
      passes: FilePasses(threads: experiment.threadCount, progress: progress, among: ranks))
    let threadNote = try ranks.agree { try experiment.threadNote }
    let memoryNotes = try ranks.agree { try memoryFit(splits, split, ranks).outcome().notes }
    let notes = device.notes + experiment.conversionNotes(on: device) + splits.notes + memoryNotes
    for note in notes + [threadNote, ranks.coreNote].compactMap({ $0 }) {
      progress.message("note: \(note)")
    }
    let network = try ranks.agree { try runner(splits[split].patches.count, splits.fileSize, ranks) }
    let digest = try ranks.agree { try DataDigest(splits, experiment) }
    if ranks.size > 1 {
      try ranks.requireSame([
        ("data", digest.text), ("checkpoint", "checksum \(String(network.state.checksum, radix: 16))"),
      ])
    }

    try ranks.agree { try records.settle(patches: splits[split].patches, splits.catalogue) }
    var rows = records.wantPredictions ? PredictionRows() : nil
    let setting = Evaluation.Setting(
      runner: network, splits: splits, experiment: experiment, communicator: ranks.communicator,
      progress: progress)
    let evaluation = try Evaluation.run(
      setting, split, label: split.rawValue,
      each: { rows?.add($0, $1, $2) })
    guard case .finished(let result) = evaluation else {
      preconditionFailure("nobody asked the evaluation to stop")
    }
    for note in network.executor.notes { progress.message("note: \(note)") }
    early?.end()
    let table = rows?.table(experiment, splits.catalogue)
    events.tell(
      .evaluation(
        RunEvaluation(
          result, of: split, epoch: models.map(\.model.file.contents.progress.epoch).max() ?? 0,
          predictions: table)))
    var test = TestRecord(
      checkpoints, split: split.rawValue,
      patches: digest.records[split] ?? PatchRecord(count: result.metrics.samples), metrics: result.metrics)
    (test.data, test.labels) = (RunIdentity.absolute(data), labels.map(RunIdentity.absolute))
    (test.date, test.version) = (DateText.now, ProgramVersion.current)
    (test.precision, test.loss) = (experiment.precision.rawValue, result.loss)
    records.complete(test, table)
    return Result(
      metrics: result.metrics,
      subject: EvaluationSubject(
        run: name, split: split.rawValue,
        places: experiment.placeText(splits[split].patches, splits.catalogue),
        checkpoint: checkpointText, loss: result.loss),
      shares: result.shares, records: records)
  }

  private func memoryFit(_ splits: PatchSplits, _ split: Split, _ ranks: Ranks) throws -> MemoryFit {
    MemoryFit(
      experiment: experiment, size: try experiment.evaluationAugmentation.outputSize(of: splits.fileSize),
      fileSize: splits.fileSize, device: device, trains: false, ranks: ranks.size,
      ranksOnHost: ranks.onThisHost, trainingPatches: 0, evaluationPatches: splits[split].patches.count)
  }

  /// The network of the checkpoints, for the batches of `patches` patches.
  private func runner(_ patches: Int, _ fileSize: PatchSize, _ ranks: Ranks) throws -> NetworkRunner {
    let request = experiment.request(
      try experiment.evaluationAugmentation.outputSize(of: fileSize), from: fileSize,
      inference: NetworkRunner.batchSizes(samples: patches, batchSize: experiment.evaluation.batchSize))
    let runner = try NetworkRunner(experiment, request, on: device, ranks: ranks.communicator)
    for (model, prefix) in models { try model.load(into: runner.state, prefix: prefix) }
    return runner
  }
}
