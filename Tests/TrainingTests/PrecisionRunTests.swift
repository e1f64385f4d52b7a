import Foundation
import RunSupport
import Testing

@testable import Basics
@testable import Experiments
@testable import Imagery
@testable import Networks
@testable import Training

/// Trainings in bfloat16 beside those in float32.
@Suite(.serialized) struct PrecisionRunTests {
  /// The mean loss of each epoch.
  private func losses(_ precision: Precision, seed: UInt64) throws -> [Double] {
    var run = try SmallRun()
    run.experiment.precision = precision
    run.experiment.training.learningRate = 3e-4
    let splits = try run.session.splits(nil)
    let runner = try run.session.runner(splits)
    try runner.state.initialise(seed: seed)
    let options = BatchOptions(run.experiment, splits, batchSize: 5, augmentation: .none, shuffle: true)
    return try (0..<12).map { epoch in
      let stream = try BatchStream(splits[.train], in: splits.store, options: options, epoch: epoch)
      var sum = 0.0
      while let batch = try stream.next() {
        let step = StepNumbers(batch.index, learningRate: 3e-4, samples: batch.count)
        sum += try #require(try runner.train(batch, step)).losses[0] * Double(batch.count)
      }
      return sum / Double(splits[.train].patches.count)
    }
  }

  /// The distance of two curves, as a mean over epochs of the difference in logarithms.
  private func distance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + abs(log($1.0 / $1.1)) } / Double(a.count)
  }

  /// Rounding moves the loss no further than another seed does.
  @Test func lossesFollowThoseOfFloat32() throws {
    let exact = try losses(.fp32, seed: 1)
    #expect(exact.last! < 0.5 * exact[0])
    let spread = try [2, 3, 4].map { distance(try losses(.fp32, seed: $0), exact) }
    for precision in Precision.available(.auto) where precision != .fp32 {
      let rounded = try losses(precision, seed: 1)
      #expect(rounded.last! < 0.5 * rounded[0])
      #expect(distance(rounded, exact) < spread.max()!, "\(rounded) \(exact)")
    }
  }

  /// A run goes on in the precision it was begun with, and is evaluated in it unless told otherwise.
  @Test func runsKeepTheirPrecision() throws {
    var run = try SmallRun()
    run.experiment.precision = .bf16Emulated
    #expect(try run.train(in: "run") == .finished)
    #expect(try run.model("run").experiment.precision == .bf16Emulated)
    run.experiment.precision = .fp32
    let error = try #require(throws: InputError.self) { try run.train(in: "run") }
    #expect(
      error.kind == .usage
        && error.description.hasPrefix("precision: is fp32, but the run to be resumed has bf16-emulated"))

    let path = "\(run.folder("run"))/checkpoints/last.h5"
    func validation(_ precision: String?) throws -> Double {
      let session = try EvaluationSession(
        .one(path),
        overrides: [("threads", "2" as String?), ("precision", precision)].compactMap { key, value in
          value.map { Experiment.Override(flag: "--\(key)", path: key, value: $0) }
        }, progress: run.progress)
      return try session.run(.validation, data: run.data, labels: run.session.labels).loss
    }
    let kept = try validation(nil)
    #expect(try kept == run.table("run").rows.last?.validationLoss)
    let exact = try validation("fp32")
    #expect(exact != kept && abs(exact - kept) < 0.02 * exact)
    let unknown = try #require(throws: InputError.self) { try validation("half") }
    #expect(unknown.description.contains("expected one of fp32, tf32, bf16, fp16, bf16-emulated"))
    let refused = try #require(throws: InputError.self) { try validation("fp16") }
    #expect(refused.description.hasPrefix("precision: is fp16, which only GPUs have"))
  }
}
