import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Basics
@testable import Checkpoints
@testable import Metrics
@testable import Presentation
@testable import Training

@Suite struct TrainingStateTests {
  private func metrics(_ probabilities: [Float]) throws -> MetricsAccumulator {
    var metrics = MetricsAccumulator(task: .multi, classNames: ["A", "B"])
    try metrics.add(probabilities: probabilities, truth: [1, 0, 0, 1, 1, 1])
    return metrics
  }

  private func sample() throws -> TrainingState {
    var state = TrainingState(objectives: 2, metrics: try metrics([0.9, 0.1, 0.7, 0.2, 0.55, 0.6]))
    (state.epoch, state.step, state.samples, state.globalStep) = (3, 7, 3, 34)
    state.lossSums = [0.1 + 0.2, 1e-300]
    (state.seconds, state.waitSeconds) = (1.0 / 3, 0x1p-1074)
    state.history.best = .init(
      epoch: 2, trainLoss: 0.1, validationLoss: 1 / 7, validation: try sampleMetrics())
    for epoch in 1...2 { state.history.add(try sampleRecord(epoch, loss: epoch == 1 ? .nan : 1 / 3)) }
    state.history.images = 123
    state.history.waitSeconds = 0x1.8p-1
    return state
  }

  /// Writes a checkpoint with the state and reads it into a state that knows nothing.
  private func restored(
    _ state: TrainingState, change: (inout Checkpoint<TensorSource>) -> Void = { _ in }
  ) throws -> TrainingState {
    let scratch = try ScratchFolder()
    var checkpoint = Checkpoint<TensorSource>(
      parameters: [TensorSource(name: "w", Tensor(shape: [1], values: [1]))],
      progress: state.progress(seed: 5),
      metadata: [ModelMetadata.trainingMetrics: try ReportJSON.line(state.trainingMetrics)])
    checkpoint.accumulators = state.accumulators
    checkpoint.history = try ReportJSON.line(state.history)
    change(&checkpoint)
    let store = CheckpointStore(runFolder: scratch.path)
    try store.save(checkpoint)
    var result = TrainingState(
      objectives: 2, metrics: MetricsAccumulator(task: .multi, classNames: ["A", "B"]))
    try result.restore(try #require(try store.openNewest()).file)
    return result
  }

  @Test func survivesACheckpointToTheLastBit() throws {
    let state = try sample()
    let read = try restored(state)
    #expect(
      read.progress(seed: 5)
        == TrainingProgress(epoch: 3, stepInEpoch: 7, globalStep: 34, position: 3, seed: 5))
    #expect(read.lossSums == state.lossSums)
    #expect(read.seconds == state.seconds && read.waitSeconds == state.waitSeconds)
    #expect(read.loss == state.loss)
    #expect(read.history.best == state.history.best && read.history.images == 123)
    #expect(read.history.waitSeconds == 0x1.8p-1)
    // Figures that do not exist, too.
    #expect(MetricsTable(read.history.epochs) == MetricsTable(state.history.epochs))
    #expect(read.history.epochs.count == 2 && read.history.epochs[0].trainLoss.isNaN)
    // The running sums go on where they were.
    var (before, after) = (state.trainingMetrics, read.trainingMetrics)
    for turn in 0..<3 {
      #expect(after.metrics == before.metrics, "after \(turn) more batches")
      try before.add(probabilities: [0.3, 0.8], truth: [1, 1])
      try after.add(probabilities: [0.3, 0.8], truth: [1, 1])
    }
  }

  /// Checkpoints once said nothing about waiting.
  @Test func anUnknownWaitStaysUnknown() throws {
    let state = try sample()
    let read = try restored(state) { checkpoint in
      checkpoint.history = checkpoint.history.replacing("\"waitSeconds\"", with: "\"other\"")
    }
    #expect(read.history.waitSeconds == nil && read.history.images == 123)
  }

  /// Checkpoints of earlier versions have other names of figures, and no highest probabilities.
  @Test func checkpointsOfEarlierVersionsGoOn() throws {
    var state = try sample()
    state.history.epochs = []
    /// Epochs were the text of a table.
    func earlierHistory(_ history: String) -> String {
      precondition(history.contains("\"epochs\":[]"), "\(history) has no epochs")
      let text = EarlierReportTests.table.replacing("\n", with: "\\n")
      return history.replacing("\"epochs\":[]", with: "\"metrics\":\"\(text)\"")
    }
    func earlier(_ checkpoint: inout Checkpoint<TensorSource>) {
      let text = checkpoint.metadata[ModelMetadata.trainingMetrics] ?? ""
      precondition(text.contains("\"highest\":["), "\(text) has no highest probabilities")
      checkpoint.metadata[ModelMetadata.trainingMetrics] = text.replacing(
        "\"highest\":[", with: "\"other\":[")
      checkpoint.history = earlierHistory(checkpoint.history)
    }
    let read = try restored(state, change: earlier)
    #expect(read.history.epochs.map(\.epoch) == [1, 2])
    #expect(
      try MetricsTable(read.history.epochs) == MetricsTable(text: EarlierReportTests.table, source: "history")
    )
    // What the beginning of an epoch did not note is not known at its end.
    #expect(read.trainingMetrics.metrics.classes.map(\.highestProbability) == [nil, nil])
    #expect(read.trainingMetrics.metrics[.microF1] == state.trainingMetrics.metrics[.microF1])
    state.nextEpoch(metrics: MetricsAccumulator(task: .multi, classNames: ["A", "B"]))
    var next = try restored(state, change: earlier).trainingMetrics
    try next.add(probabilities: [0.25, 0.75], truth: [1, 1])
    #expect(next.metrics.classes.map(\.highestProbability) == [0.25, 0.75])
  }

  @Test func refusesACheckpointWithoutIt() throws {
    let state = try sample()
    let changes: [(inout Checkpoint<TensorSource>) -> Void] = [
      { $0.accumulators["loss_1"] = nil }, { $0.history = "{" }, { $0.metadata = [:] },
    ]
    for change in changes {
      let error = try #require(throws: InputError.self) { try restored(state, change: change) }
      #expect(error.kind == .checkpoint && error.problem.hasPrefix("does not hold the "))
    }
  }

  /// A file may say anything; these would end the process when they are added to, or printed as a table.
  @Test func refusesFiguresThatNoRunHas() throws {
    let state = try sample()
    func metrics(_ old: String, _ new: String) -> (inout Checkpoint<TensorSource>) -> Void {
      { checkpoint in
        let text = checkpoint.metadata[ModelMetadata.trainingMetrics] ?? ""
        precondition(text.contains(old), "\(text) has no \(old)")
        checkpoint.metadata[ModelMetadata.trainingMetrics] = text.replacing(old, with: new)
      }
    }
    let changes: [(inout Checkpoint<TensorSource>) -> Void] = [
      { $0.history = $0.history.replacing("\"images\":123", with: "\"images\":-1") },
      { $0.history = $0.history.replacing("\"images\":123", with: "\"images\":\(Int.max)") },
      { $0.history = $0.history.replacing("\"epochs\":[", with: "\"epochs\":[1,") },
      { $0.history = $0.history.replacing("\"epoch\":1,", with: "\"epoch\":2,") },
      { $0.history = $0.history.replacing("\"epoch\":1,", with: "\"epoch\":0,") },
      { $0.history = $0.history.replacing("\"epochs\"", with: "\"other\"") },
      { $0.history = $0.history.replacing("\"epochs\":[", with: "\"metrics\":\"epoch\",\"other\":[") },
      { $0.history = String(repeating: "[", count: 100_000) },
      { $0.history = "[" + String(repeating: "1,", count: 1_000_001) + "1]" },
      { $0.progress.position = 4 },
      metrics("\"support\":[2,2]", "\"support\":[2,\(Int.max)]"),
      metrics("\"support\":[2,2]", "\"support\":[2]"), metrics("\"support\":[2,2]", "\"support\":[-1,2]"),
      metrics("\"highest\":[0.9,", "\"highest\":[1.5,"), metrics("\"highest\":[0.9,", "\"highest\":["),
      metrics("\"A\"", "\"C\""), metrics("\"task\":\"multi\"", "\"task\":\"single\""),
    ]
    for (number, change) in changes.enumerated() {
      let error = try #require(throws: InputError.self, "\(number)") { try restored(state, change: change) }
      #expect(error.kind == .checkpoint && error.problem.hasPrefix("does not hold "), "\(number): \(error)")
    }
  }

  /// A run that goes on may have been there before.
  @Test func everyEpochIsThereOnce() throws {
    var history = RunHistory()
    for epoch in 1...5 { history.add(try sampleRecord(epoch)) }
    history.add(try sampleRecord(3, loss: 0.7))
    #expect(history.epochs.map(\.epoch) == [1, 2, 3] && history.epochs[2].trainLoss == 0.7)
  }

  @Test func theNextEpochStartsFromNothing() throws {
    var state = try sample()
    let metrics = MetricsAccumulator(task: .multi, classNames: ["A", "B"])
    state.nextEpoch(metrics: metrics)
    #expect(state.progress(seed: 5) == TrainingProgress(epoch: 4, globalStep: 34, seed: 5))
    #expect(state.lossSums == [0, 0] && state.seconds == 0 && state.waitSeconds == 0)
    #expect(state.trainingMetrics.samples == 0 && state.loss.isNaN)
    #expect(state.history.best?.epoch == 2)
  }
}
