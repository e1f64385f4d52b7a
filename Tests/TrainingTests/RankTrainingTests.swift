import Extending
import Foundation
import RunSupport
import TestSupport
import Testing

@testable import CPUEngine
@testable import Cluster
@testable import Networks
@testable import Presentation
@testable import Training

/// Trainings and evaluations by several ranks, which here are threads.
@Suite(.serialized) struct RankTrainingTests {
  /// 12 training patches in one batch, which 1, 2 and 3 ranks can share. The last batch norms have one value a
  /// patch: of few of them rounding makes other statistics, and it grows from step to step.
  private func smallRun(epochs: Int = 2, batchSize: Int = 12) throws -> SmallRun {
    var run = try SmallRun()
    run.experiment.threads = 1
    run.experiment.data.rotations = true
    run.experiment.model.dropout = 0.3
    run.experiment.training.batchSize = batchSize
    run.experiment.training.epochs = epochs
    run.experiment.training.optimizer = .sgd
    run.experiment.training.learningRate = 1e-5
    return run
  }

  /// Trains on so many ranks; the state that each of them ends with, and its network.
  @discardableResult private func train(
    _ run: SmallRun, in name: String, ranks: Int, progress: ProgressReporter = .silent
  ) throws -> [(state: TrainingState, checksum: UInt64)] {
    let (experiment, session, path) = (run.experiment, run.session, run.folder(name))
    let splits = try session.splits(nil)
    let isThere = FileManager.default.fileExists(atPath: RunFolder.configurationPath(in: path))
    return try ThreadRanks.run(ranks) { communicator in
      let folder = communicator.isFirst ? try RunFolder(path, isThere ? .resume : .new) : nil
      let position = folder?.newest?.file.contents.progress.position ?? 0
      let start = communicator.broadcast([UInt8(position)], "position")[0]
      let trainer = try Trainer(
        TrainingTask(
          experiment, splits: splits, runner: session.runner(splits, among: communicator, from: Int(start))),
        from: TrainingOrigin(folder?.takeNewest()), in: folder,
        at: Workplace(
          communicator: communicator, progress: communicator.isFirst ? progress : .silent, log: folder?.log))
      #expect(try trainer.run() == .finished)
      return (trainer.state, try trainer.runner.state.checksum)
    }
  }

  private func expectClose(_ a: MetricsTable, _ b: MetricsTable, within tolerance: Double) {
    #expect(a.rows.count == b.rows.count)
    for (one, other) in zip(a.rows, b.rows) {
      #expect(abs(one.trainLoss - other.trainLoss) < tolerance * one.trainLoss)
      #expect(abs(one.validationLoss - other.validationLoss) < tolerance * one.validationLoss)
    }
  }

  @Test(arguments: [(MemoryMode.balanced, false), (.low, false), (.low, true)])
  func severalRanksTrainTheSameNetwork(_ memory: MemoryMode, isLate: Bool) throws {
    var run = try smallRun()
    if isLate { run.makeDevice = LateDevice.make }
    run.experiment.memory = memory
    try train(run, in: "1", ranks: 1)
    let reference = try run.table("1")
    for ranks in 2...3 {
      let ends = try train(run, in: "\(ranks)", ranks: ranks)
      #expect(Set(ends.map(\.checksum)).count == 1)
      let states = try ends.map { end in
        var state = end.state
        // Each rank's clock is its own, and so are the times in its table.
        (state.seconds, state.waitSeconds) = (0, 0)
        (state.history.seconds, state.history.trainingSeconds, state.history.waitSeconds) = (0, 0, nil)
        for index in state.history.epochs.indices {
          state.history.epochs[index].pace = .init(seconds: 0, imagesPerSecond: 0, dataWaitShare: 0)
        }
        return try ReportJSON.line(state)
      }
      #expect(Set(states).count == 1)
      expectClose(try run.table("\(ranks)"), reference, within: 1e-4)
      #expect(try run.model("\(ranks)").file.contents.progress.globalStep == 2)
    }
  }

  /// Checkpoints say where in the epoch a run is, not on how many ranks.
  @Test func anotherNumberOfRanksGoesOn() throws {
    var run = try smallRun(epochs: 1)
    try train(run, in: "run", ranks: 2)
    run.experiment.training.epochs = 3
    try train(run, in: "straight", ranks: 1)
    let sink = RecordingSink(isTerminal: false)
    for (epochs, ranks) in [(2, 3), (3, 1)] {
      run.experiment.training.epochs = epochs
      try train(run, in: "run", ranks: ranks, progress: sink.reporter())
    }
    #expect(sink.written.contains("resuming after epoch 1, on 3 ranks instead of 2\n"), "\(sink.written)")
    #expect(sink.written.contains("resuming after epoch 2, on 1 rank instead of 3\n"), "\(sink.written)")
    expectClose(try run.table("run"), try run.table("straight"), within: 1e-4)
  }

  /// Without synchronisation every rank normalises by its own patches: another training, but one network.
  @Test func ranksKeepTogetherWithoutSynchronisedStatistics() throws {
    var run = try smallRun()
    try train(run, in: "1", ranks: 1)
    run.experiment.training.syncBatchNorm = false
    let ends = try train(run, in: "2", ranks: 2)
    #expect(Set(ends.map(\.checksum)).count == 1)
    let (one, other) = (try run.table("1").rows, try run.table("2").rows)
    #expect(zip(one, other).allSatisfy { abs($0.trainLoss - $1.trainLoss) > 1e-4 * $0.trainLoss })
  }

  /// The batch of a rank, and the learning rate that belongs to it.
  @Test func batchesThatGrowWithTheRanks() throws {
    var run = try smallRun()
    run.experiment.training.learningRate = 2e-5
    try train(run, in: "1", ranks: 1)
    run.experiment.training.batchScope = .rank
    run.experiment.training.batchSize = 6
    run.experiment.training.learningRate = 1e-5
    run.experiment.training.learningRateScaling = .linear
    try train(run, in: "2", ranks: 2)
    expectClose(try run.table("2"), try run.table("1"), within: 1e-4)
    #expect(try run.table("2").rows.map(\.learningRate) == [2e-5, 2e-5])
    run.experiment.training.learningRateScaling = .sqrt
    #expect(run.experiment.learningRate(ranks: 4) == 2e-5)
  }

  @Test func aLossThatIsNotFiniteStopsAllRanksAlike() throws {
    var run = try smallRun(batchSize: 4)
    run.experiment.training.learningRate = 1e30
    let broken = run
    let agreed = try #require(throws: AgreedError.self) { try train(broken, in: "run", ranks: 2) }
    #expect(agreed.line.hasPrefix("epoch 1, step ") && agreed.status == 1)
  }

  /// The same bits and the same order, also when ranks do not divide the batches or have none at all.
  @Test func evaluationsEqualThatOfOneProcess() throws {
    var run = try smallRun()
    run.experiment.evaluation.batchSize = 5
    let experiment = run.experiment
    let splits = try run.splits([.train])
    let network = try run.session.runner(try run.session.splits(nil))
    try network.state.initialise(seed: 5)
    let numbers = try network.state.parameters.indices.map { try network.state.tensor(.parameter($0)) }
    func evaluate(_ ranks: Int) throws -> [(Predictions, rank: Int)] {
      try ThreadRanks.run(ranks) { communicator in
        let runner = try NetworkRunner(
          experiment, experiment.request(splits.fileSize, inference: [5, 2]), on: CPUDevice(threads: 1))
        for (index, tensor) in numbers.enumerated() { try runner.state.set(.parameter(index), tensor) }
        return (
          try Predictions(of: .train, runner, splits, experiment, communicator), communicator.rank
        )
      }
    }
    let alone = try #require(try evaluate(1).first?.0)
    #expect(alone.ids.count == 12)
    for ranks in [2, 3, 5] {
      for (found, rank) in try evaluate(ranks) {
        #expect(found.ids == alone.ids, "rank \(rank) of \(ranks)")
        #expect(found.probabilities == alone.probabilities && found.truth == alone.truth)
        #expect(found.metrics == alone.metrics && found.loss == alone.loss)
      }
    }
  }
}
