import ReferenceNetworks
import RunSupport
import TestSupport
import Testing

@testable import Basics
@testable import CPUEngine
@testable import Experiments
@testable import Imagery
@testable import Metrics
@testable import Networks
@testable import Training

/// A batch is computed the same in whatever company it comes.
@Suite(.serialized) struct NetworkRunnerTests {
  private func runner(
    _ run: SmallRun, _ splits: PatchSplits, training: Set<Int> = [], inference: Set<Int> = [],
    threads: Int = 2
  ) throws -> NetworkRunner {
    let runner = try NetworkRunner(
      run.experiment,
      run.experiment.request(splits.fileSize, training: training, inference: inference, updates: false),
      on: CPUDevice(threads: threads))
    try runner.state.fill(PaperNames(fusion: run.experiment.network.fusion).callAsFunction)
    return runner
  }

  @Test(arguments: [ModelSettings.FusionKind.early, .middle, .late])
  func evaluationsDoNotDependOnBatchSizeOrThreads(_ fusion: ModelSettings.FusionKind) throws {
    var run = try SmallRun()
    run.experiment.model.fusion = fusion
    let splits = try run.splits([.train])
    let samples = splits[.train].patches.count
    var reference: (ids: [String], probabilities: [Float], metrics: ClassificationMetrics)?
    for (batchSize, threads) in [(1, 1), (5, 1), (5, 2), (samples, 3), (25, 2)] {
      run.experiment.evaluation.batchSize = batchSize
      let runner = try runner(
        run, splits,
        inference: NetworkRunner.batchSizes(samples: samples, batchSize: batchSize), threads: threads)
      let found = try Predictions(of: .train, runner, splits, run.experiment)
      guard let reference else {
        reference = (found.ids, found.probabilities, found.metrics)
        continue
      }
      #expect(found.ids == reference.ids)
      // BLAS sums in an order that depends on the size of its matrices.
      let difference = zip(found.probabilities, reference.probabilities).map { abs($0 - $1) }.max()!
      #expect(difference < 2e-6, "batch size \(batchSize), \(threads) threads")
      #expect(found.metrics == reference.metrics)
    }
  }

  /// The last, smaller batch of an epoch shares its memory with the full ones.
  @Test func smallerBatchesHaveTheirOwnGradients() throws {
    let run = try SmallRun()
    let splits = try run.splits([.train])
    let options = BatchOptions(run.experiment, splits, batchSize: 5, augmentation: .none)
    let stream = try BatchStream(splits[.train], in: splits.store, options: options, epoch: 0)
    let shared = try runner(run, splits, training: [5, 2], inference: [5, 2])
    let alone = try runner(run, splits, training: [2])
    while let batch = try stream.next() {
      _ = try shared.predict(batch)
      let step = StepNumbers(batch.index, learningRate: 0, samples: batch.count)
      let result = try #require(try shared.train(batch, step))
      guard batch.count == 2 else { continue }
      let fresh = try #require(try alone.train(batch, step))
      #expect(result.losses == fresh.losses)
      #expect(result.logits == fresh.logits)
      let stores = try [shared, alone].map { try #require($0.state as? CPUState).store }
      for (index, parameter) in alone.state.parameters.enumerated() {
        #expect(stores[0].gradientTensor(index) == stores[1].gradientTensor(index), "\(parameter.name)")
      }
      return
    }
    Issue.record("the epoch had no smaller batch")
  }

  @Test func sizesOfAnEpoch() {
    #expect(NetworkRunner.batchSizes(samples: 12, batchSize: 5) == [5, 2])
    #expect(NetworkRunner.batchSizes(samples: 10, batchSize: 5) == [5])
    #expect(NetworkRunner.batchSizes(samples: 3, batchSize: 5) == [3])
  }

  @Test func aBatchOfOneSmallPatchIsRefused() throws {
    let run = try SmallRun()
    let splits = try run.splits([.train])
    let error = try #require(throws: InputError.self) { try runner(run, splits, training: [5, 1]) }
    #expect(
      error.kind == .usage
        && error.description.hasPrefix(
          "training.batch_size: an epoch would have a batch of one patch, and at 32")
    )
  }
}
