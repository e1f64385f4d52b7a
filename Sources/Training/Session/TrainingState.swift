import Basics
import Checkpoints
import Foundation
import Metrics
import Presentation

/// Where a run stands, apart from the numbers of the network and the optimizer.
struct TrainingState: Codable {
  /// Values of the largest history that is read: 70 an epoch, so 57,000 epochs.
  static let historyValues = 4_000_000

  /// Finished epochs.
  var epoch = 0
  /// Steps and samples of the epoch in flight.
  var step = 0
  var samples = 0
  var globalStep = 0
  /// Sums of the epoch in flight: one loss for each objective, each times the samples it was the mean of.
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

  /// - Parameter epochs: that the run shall have.
  func standing(of epochs: Int) -> RunStanding {
    RunStanding(epochs: epochs, epoch: epoch, step: step, history: history)
  }

  /// Whether the network is that of the end of an epoch.
  var isBetweenEpochs: Bool { epoch > 0 && step == 0 }

  /// The best epoch so far counts no more: the choice begins anew with the newest epoch.
  mutating func forgetBest() {
    history.best = nil
    history.bestComparedFrom = isBetweenEpochs ? epoch : epoch + 1
  }

  /// Goes on with other data. Results on them compare with none before, and an epoch whose patches are others
  /// is begun again with the network as it is.
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
    // A forged file may hold any number. Those that are added to must be what the patches of the epoch can give.
    guard trainingMetrics.isPlausible(samples: samples, like: fresh), (0...1 << 48).contains(history.images)
    else { throw missing("results that can be those of its epochs") }
    // A file of earlier versions lacks what an epoch notes now; the next epoch begins with everything.
    if samples == 0 { trainingMetrics = fresh }
  }
}
