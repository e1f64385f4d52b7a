import Basics
import Checkpoints
import Foundation
import Metrics
import Presentation

/// The state of a run without the network and the optimizer state.
struct TrainingState: Codable {
  /// Largest number of values in a history that is read. An epoch has 70 values, so the limit is 57,000 epochs.
  static let historyValues = 4_000_000

  /// Finished epochs.
  var epoch = 0
  /// Steps and samples of the epoch in flight.
  var step = 0
  var samples = 0
  var globalStep = 0
  /// Sums over the samples of the epoch in flight: one sum of losses for each objective.
  var lossSums: [Double]
  var seconds = 0.0
  var waitSeconds = 0.0
  var trainingMetrics: MetricsAccumulator
  /// Results of the finished epochs.
  var history = RunHistory()

  init(objectives: Int, metrics: MetricsAccumulator) {
    lossSums = .init(repeating: 0, count: objectives)
    trainingMetrics = metrics
  }

  /// Begins the next epoch.
  mutating func nextEpoch(metrics: MetricsAccumulator) {
    epoch += 1
    step = 0
    clearEpoch(metrics: metrics)
  }

  /// - Parameter epochs: number of epochs that the experiment asks for.
  func standing(of epochs: Int) -> RunStanding {
    RunStanding(
      epochs: epochs, epoch: epoch, step: step, globalStep: globalStep, history: history)
  }

  /// Whether the network is in the state at the end of an epoch.
  var isBetweenEpochs: Bool { epoch > 0 && step == 0 }

  /// Discards the best epoch so far. The choice starts again with the newest epoch, or with the epoch in flight.
  mutating func forgetBest() {
    history.best = nil
    history.bestComparedFrom = isBetweenEpochs ? epoch : epoch + 1
  }

  /// Goes on with other data. Earlier results cannot be compared with results on these data. If the list of training
  /// patches differs, the epoch in flight starts again with the network as it is.
  mutating func accept(_ change: DataChange, metrics: MetricsAccumulator) {
    history.acceptedChanges =
      (history.acceptedChanges ?? []) + [.init(afterEpoch: epoch, changed: change.parts)]
    forgetBest()
    guard change.hasOtherPatches, step > 0 else { return }
    clearEpoch(metrics: metrics)
  }

  private mutating func clearEpoch(metrics: MetricsAccumulator) {
    (samples, seconds, waitSeconds) = (0, 0, 0)
    lossSums = lossSums.map { _ in 0 }
    trainingMetrics = metrics
  }

  /// Mean training loss of the epoch so far: the mean over objectives where there are several.
  var loss: Double {
    samples == 0 ? .nan : lossSums.reduce(0, +) / Double(lossSums.count * samples)
  }

  var accumulators: [String: Double] {
    var values = ["seconds": seconds, "wait_seconds": waitSeconds]
    for (index, sum) in lossSums.enumerated() { values["loss_\(index)"] = sum }
    return values
  }

  func progress(seed: UInt64) -> TrainingProgress {
    TrainingProgress(
      epoch: epoch, stepInEpoch: step, globalStep: globalStep, position: samples, seed: seed)
  }

  /// Takes the state from a checkpoint.
  /// - Throws: `InputError` (checkpoint) when something is missing.
  mutating func restore(_ file: CheckpointFile) throws {
    let contents = file.contents
    func missing(_ what: String) -> InputError {
      InputError(.checkpoint, file.path, "does not hold \(what)", remedy: "it cannot be resumed; start anew")
    }
    (epoch, step) = (contents.progress.epoch, contents.progress.stepInEpoch)
    (globalStep, samples) = (contents.progress.globalStep, contents.progress.position)
    lossSums = try lossSums.indices.map { index in
      guard let sum = contents.accumulators["loss_\(index)"] else { throw missing("the losses of the epoch") }
      return sum
    }
    seconds = contents.accumulators["seconds"] ?? 0
    waitSeconds = contents.accumulators["wait_seconds"] ?? 0
    let fresh = trainingMetrics
    do {
      history = try ReportJSON.decode(
        RunHistory.self, from: Data(contents.history.utf8), values: Self.historyValues)
      let text = contents.metadata[ModelMetadata.trainingMetrics] ?? ""
      trainingMetrics = try ReportJSON.decode(MetricsAccumulator.self, from: Data(text.utf8))
    } catch {
      throw missing("the results of the epochs before")
    }
    // A forged file may hold any number. Numbers that later steps add to must be possible for the patches of the epoch.
    guard trainingMetrics.isPlausible(samples: samples, like: fresh), (0...1 << 48).contains(history.images)
    else { throw missing("results that can be those of its epochs") }
    // A file of an earlier version may lack entries of the metrics; the next epoch starts with all of them.
    if samples == 0 { trainingMetrics = fresh }
  }
}
