import Foundation
import ReferenceNetworks
import RunSupport
import TestSupport
import Testing

@testable import CPUEngine
@testable import Experiments
@testable import Imagery
@testable import Metrics
@testable import Networks
@testable import Training

/// From files to figures: the tiny data set through loader, network and metrics, against the paper's own code.
@Suite(.serialized) struct EndToEndTests {
  @Test(arguments: EndToEndReference.networks)
  func probabilitiesAndMetrics(_ network: String) throws {
    for task in ClassificationTask.allCases {
      var experiment = EndToEndReference.experiment(network, task)
      // Seven patches: two batches and a smaller one.
      experiment.evaluation.batchSize = 3
      let reference = EndToEndReference.evaluation(network, task)
      let splits = try EndToEndReference.splits(experiment, [.test])
      let sizes = NetworkRunner.batchSizes(
        samples: splits[.test].patches.count, batchSize: experiment.evaluation.batchSize)
      let runner = try NetworkRunner(
        experiment, experiment.request(splits.fileSize, inference: sizes), on: CPUDevice(threads: 2))
      try runner.state.fill(PaperNames(fusion: experiment.network.fusion).callAsFunction)
      let predicted = try Predictions(of: .test, runner, splits, experiment)
      #expect(predicted.ids == reference.ids.strings)
      #expect(predicted.truth.map(Double.init) == reference.truth.array.flatMap(\.doubles))
      let expected = reference.probabilities_f32.array.flatMap(\.doubles)
      let difference = zip(predicted.probabilities, expected).map { abs(Double($0) - $1) }.max()
      #expect(try #require(difference) < 1e-5)
      check(predicted.metrics, reference.metrics, "\(network), \(task.rawValue)-label")
      let logits = try Self.logits(of: .test, runner, splits, experiment)
      #expect(relativeError(logits, reference.logits_f64.array.flatMap(\.doubles)) < 1e-5)
    }
  }

  /// Three epochs of one step each on all training patches, so that their order does not matter.
  @Test func fullBatchTraining() throws {
    let reference = EndToEndReference.document.full_batch_training
    var experiment = EndToEndReference.experiment("early", .multi)
    experiment.training.batchSize = reference.ids_train.array.count
    experiment.evaluation.batchSize = reference.ids_val.array.count
    let splits = try EndToEndReference.splits(experiment, [.train, .validation])
    #expect(splits[.train].patches.map(splits.catalogue.id) == reference.ids_train.strings)
    let runner = try NetworkRunner(
      experiment,
      experiment.request(
        splits.fileSize, training: [experiment.training.batchSize],
        inference: [experiment.evaluation.batchSize]), on: CPUDevice(threads: 2))
    try runner.state.fill(PaperNames(fusion: experiment.network.fusion).callAsFunction)
    let options = BatchOptions(
      experiment, splits, batchSize: experiment.training.batchSize, augmentation: .none)
    for epoch in 0..<3 {
      let stream = try BatchStream(splits[.train], in: splits.store, options: options, epoch: epoch)
      let batch = try #require(try stream.next())
      let step = StepNumbers(
        epoch, learningRate: Float(experiment.training.learningRate), samples: batch.count)
      let losses = try #require(try runner.train(batch, step)).losses

      let exact = reference.f64
      let rounded = reference.f32
      let loss = exact.epoch_train_loss.doubles[epoch]
      let limit = 10 * abs(rounded.epoch_train_loss.doubles[epoch] - loss)
      #expect(abs(losses[0] - loss) < max(limit, 1e-6 * loss), "epoch \(epoch + 1)")
      let exactLogits = exact.val_logits[epoch].array.flatMap(\.doubles)
      let roundedLogits = rounded.val_logits[epoch].array.flatMap { $0.doubles.map(Float.init) }
      let logits = try Self.logits(of: .validation, runner, splits, experiment)
      let error = relativeError(logits, exactLogits)
      #expect(error < 10 * relativeError(roundedLogits, exactLogits), "epoch \(epoch + 1)")

      let validation = try Predictions(of: .validation, runner, splits, experiment)
      #expect(validation.ids == reference.ids_val.strings)
      #expect(validation.truth.map(Double.init) == reference.val_truth.array.flatMap(\.doubles))
      #expect(abs(validation.metrics[.microF1] - exact.val_microF1.doubles[epoch]) < 1e-12)
    }
  }

  /// Logits `[N, K]` of a split.
  private static func logits(
    of split: Split, _ runner: NetworkRunner, _ splits: PatchSplits, _ experiment: Experiment
  ) throws -> [Float] {
    let options = BatchOptions(
      experiment, splits, batchSize: experiment.evaluation.batchSize,
      augmentation: experiment.evaluationAugmentation)
    let stream = try BatchStream(splits[split], in: splits.store, options: options, epoch: 0)
    var logits: [Float] = []
    while let batch = try stream.next() { logits += try runner.predict(batch) }
    return logits
  }
}
