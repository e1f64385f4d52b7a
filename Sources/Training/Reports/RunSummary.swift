import Basics
import Experiments
import Foundation
import Metrics
import Presentation

/// The result of a run, as `summary.json` holds it.
package struct RunSummary: Codable, Equatable, Sendable {
  /// The state of the run after an epoch.
  package struct Epoch: Codable, Equatable, Sendable {
    /// Counted from 1.
    package var epoch: Int
    package var trainLoss: Double
    package var validationLoss: Double
    /// Metrics on the training patches, if they were computed.
    package var train: ClassificationMetrics?
    package var validation: ClassificationMetrics
    /// What the network takes of each sensor; nil for a network that does not decide that.
    package var sensorShares: [SensorShare]?

    package init(
      epoch: Int, trainLoss: Double, validationLoss: Double, train: ClassificationMetrics? = nil,
      validation: ClassificationMetrics, sensorShares: [SensorShare]? = nil
    ) {
      self.epoch = epoch
      self.trainLoss = trainLoss
      self.validationLoss = validationLoss
      self.train = train
      self.validation = validation
      self.sensorShares = sensorShares
    }

    enum CodingKeys: String, CodingKey {
      case epoch, train, validation
      case trainLoss = "train_loss"
      case validationLoss = "validation_loss"
      case sensorShares = "sensor_shares"
    }
  }

  /// A change of the data, with which a resumed run went on.
  package struct DataChange: Codable, Equatable, Sendable {
    /// Number of epochs that were finished before the change.
    package var afterEpoch: Int
    /// The parts that changed, such as "labels of the training patches".
    package var changed: [String]

    package init(afterEpoch: Int, changed: [String]) {
      (self.afterEpoch, self.changed) = (afterEpoch, changed)
    }

    enum CodingKeys: String, CodingKey {
      case changed
      case afterEpoch = "after_epoch"
    }
  }

  /// Name of the experiment.
  package var name: String
  package var fusion: String
  package var sensors: [String]
  package var architecture: String
  package var task: ClassificationTask
  package var classes: [String]
  /// Number of trained parameters.
  package var parameters: Int
  /// Epochs asked for.
  package var epochs: Int
  /// Epochs completed.
  package var completedEpochs: Int
  /// The epoch of highest validation micro-F1; nil before the first.
  package var best: Epoch?
  /// The first of the epochs among which the best is chosen; nil where all are compared.
  package var bestComparedFrom: Int?
  /// Changes of the data that the user accepted; nil for none.
  package var acceptedChanges: [DataChange]?
  /// Folders, command line and machine; nil in summaries of older versions.
  package var run: RunIdentity?
  /// The patches of training and validation, by split; nil in summaries of older versions.
  package var splits: [String: PatchRecord]?
  /// The networks of a late fusion, which was not trained itself; nil for a run.
  package var networks: [CheckpointRecord]?
  private var recordedTests: [TestRecord]?
  /// The result of a test that an older version wrote; `tests` has it once the file is read.
  private var testOfOlderVersion: ClassificationMetrics?
  /// Wall-clock seconds of training, over all parts of an interrupted run.
  package var seconds: Double
  /// Training patches a second.
  package var imagesPerSecond: Double
  /// Share of the training time spent waiting for patches, 0…1; nil when it is not known.
  package var dataWaitShare: Double?
  /// The most bytes of an accelerator's memory that the run has had at a time; nil where the CPU computed.
  package var peakDeviceBytes: Int?
  package var threads: Int
  package var seed: UInt64
  /// Whether all epochs are done.
  package var finished: Bool
  /// Version of the program that wrote the summary.
  package var version: String

  /// The summary of an experiment that has no results yet.
  /// - Parameters:
  ///   - parameters: number of trained parameters.
  ///   - threads: number of threads of each rank.
  package init(_ experiment: Experiment, parameters: Int, threads: Int) {
    name = experiment.name
    fusion = experiment.model.fusion.rawValue
    sensors = experiment.model.sensors.map(\.text)
    architecture = experiment.model.architecture.rawValue
    task = experiment.labels.type
    classes = experiment.classScheme.classNames
    self.parameters = parameters
    epochs = experiment.training.epochs
    completedEpochs = 0
    (seconds, imagesPerSecond) = (0, 0)
    self.threads = threads
    seed = experiment.training.seed
    finished = false
    version = ProgramVersion.current
  }

  /// The results of a run so far, without its tests and without the notes of earlier parts of the run.
  init(_ start: RunStart, _ standing: RunStanding) {
    self.init(start.experiment, parameters: start.parameters, threads: start.threads)
    let history = standing.history
    completedEpochs = standing.epoch
    (best, bestComparedFrom) = (history.best, history.bestComparedFrom)
    acceptedChanges = history.acceptedChanges
    run = start.identity
    for part in run?.parts.indices ?? 0..<0 { run?.parts[part].ended = DateText.now }
    splits = Dictionary(uniqueKeysWithValues: start.splits.map { ($0.rawValue, $1) })
    seconds = history.seconds
    imagesPerSecond = Double(history.images) / max(history.trainingSeconds, 1e-9)
    dataWaitShare = history.waitSeconds.map { $0 / max(history.trainingSeconds, 1e-9) }
    peakDeviceBytes = history.epochs.compactMap(\.peakDeviceBytes).max()
    finished = standing.isFinished
  }

  /// Reads `summary.json`.
  /// - Throws: `InputError` (data) if it is missing or damaged.
  package init(contentsOf path: String) throws {
    let data = try ReportFile.read(
      path, what: "the summary of the run", absent: "is this the folder of a run that has completed an epoch?"
    )
    do {
      self = try ReportJSON.decode(RunSummary.self, from: data)
      if let metrics = testOfOlderVersion {
        tests.insert(TestRecord(ofOlderVersion: metrics), at: 0)
        testOfOlderVersion = nil
      }
    } catch {
      throw InputError(
        .data, path, "not the summary of a run: \(Self.explain(error))",
        remedy: "resume the run to write it anew, or leave the run out")
    }
  }

  /// Every test of the run's checkpoints, in the order in which they were made.
  package var tests: [TestRecord] {
    get { recordedTests ?? [] }
    set { recordedTests = newValue.isEmpty ? nil : newValue }
  }

  /// Adds a test. It replaces an earlier record of the same test, and no other.
  package mutating func add(_ test: TestRecord) {
    tests = tests.filter { !test.repeats($0) } + [test]
  }

  /// Replaces `summary.json`.
  /// - Throws: `InputError` (environment) if the file cannot be written.
  package func write(to path: String, files: FileSystem = .system) throws {
    try ReportFile.write(ReportJSON.encode(self), to: path, files: files)
  }

  private static func explain(_ error: any Error) -> String {
    func place(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      return "'\((context.codingPath + [key]).map(\.stringValue).joined(separator: "."))' is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      return "'\(place(context))' is of another type than expected"
    case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
      return "'\(place(context))' has an unknown value"
    default:
      return "it is not valid JSON"
    }
  }

  enum CodingKeys: String, CodingKey {
    case name, fusion, sensors, architecture, task, classes, parameters, epochs, best, seconds, threads
    case seed, finished, version, run, splits, networks
    case recordedTests = "tests"
    case testOfOlderVersion = "test"
    case completedEpochs = "completed_epochs"
    case bestComparedFrom = "best_compared_from"
    case acceptedChanges = "accepted_changes"
    case imagesPerSecond = "images_per_second"
    case dataWaitShare = "data_wait_share"
    case peakDeviceBytes = "peak_device_bytes"
  }
}
