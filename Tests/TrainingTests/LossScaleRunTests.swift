import Foundation
import RunSupport
import SimulatedGPU
import Testing

@testable import Basics
@testable import Experiments
@testable import Training

/// Runs in float16 on the simulated GPU: their checkpoints hold the loss scale.
@Suite(.serialized) struct LossScaleRunTests {
  /// A run that was stopped goes on with the loss scale of its checkpoint, and ends as one that was left alone. The CPU
  /// evaluates it in float32.
  @Test func aResumedRunHasTheLossScaleOfItsCheckpoint() throws {
    var run = try SmallRun()
    (run.experiment.device, run.experiment.precision) = ("cuda", .fp16)
    try SimulatedGPU.exclusive { [run] environment in
      var run = run
      run.makeDevice = { experiment in
        var devices = Devices()
        (devices.environment, devices.ranks) = (environment, 1)
        return try devices.device(for: experiment)
      }
      for (name, epochs) in [("straight", 2), ("stopped", 1), ("stopped", 2)] {
        run.experiment.training.epochs = epochs
        #expect(try run.train(in: name) == .finished)
        let optimizer = try #require(try run.model(name).file.contents.optimizer)
        let lossScale = try #require(optimizer.lossScale)
        // 3 steps an epoch; those whose gradients overflow are not counted, and halve the scale.
        let skipped = 3 * epochs - optimizer.step
        #expect(lossScale.scale == 65536 / exp2(Double(skipped)))
        #expect(skipped == 0 ? lossScale.goodSteps == 3 * epochs : lossScale.goodSteps <= optimizer.step)
      }
      #expect(try run.numbers("stopped").differences(from: run.numbers("straight")) == [])
      #expect(try run.table("stopped").results == run.table("straight").results)
      let scales = try ["straight", "stopped"].map { name in
        try #require(try run.model(name).file.contents.optimizer?.lossScale)
      }
      #expect(scales[0] == scales[1])
    }
    let session = try EvaluationSession(
      .one("\(run.folder("straight"))/checkpoints/last.h5"),
      overrides: [("device", "cpu"), ("threads", "2"), ("precision", "fp32")].map { key, value in
        Experiment.Override(flag: "--\(key)", path: key, value: value)
      }, progress: run.progress)
    let loss = try session.run(.validation, data: run.data, labels: run.session.labels).loss
    let own = try #require(try run.table("straight").rows.last?.validationLoss)
    #expect(abs(loss - own) < 0.01 * own)
  }
}
