import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Basics
@testable import Experiments
@testable import Imagery
@testable import Presentation
@testable import SEN12MS
@testable import Training

/// Trainings with joins that learn: what their summary says of the sensors, and what their files say of the network.
@Suite(.serialized) struct JoinRunTests {
  struct Choice: CustomTestStringConvertible {
    let settings: [String]
    /// Layers that the summary tells about.
    let layers: [String]
    /// The description of the fusion in files.
    let text: String

    var testDescription: String { settings.joined(separator: " ") }
  }

  static let choices = [
    Choice(
      settings: ["model.fusion=middle", "model.fusion_stages=[1, 3]", "model.join=gated"],
      layers: ["fusion1", "fusion3"], text: "middle after stages 1 3, join gated"),
    Choice(
      settings: ["model.fusion=middle", "model.join=se"], layers: ["fusion2"],
      text: "middle after stage 2, join se"),
    Choice(
      settings: ["model.fusion=late", "model.join=class_weights"], layers: ["fusion"],
      text: "late, separate losses, join class_weights"),
    Choice(
      settings: ["model.fusion=middle", "model.fusion_stages=[3]", "model.join=attention"], layers: [],
      text: "middle after stage 3, join attention"),
  ]

  @Test(arguments: choices) func summaryTellsWhatIsTakenOfEachSensor(_ choice: Choice) throws {
    var run = try SmallRun()
    run.experiment.model.fusion = .noFusion
    run.experiment.model.sensors = ["s2"]
    try run.experiment.apply(
      (["model.sensors=[s2, s1]"] + choice.settings).map(Experiment.Override.init(setting:)))
    run.experiment.training.batchSize = 12
    #expect(try run.train(in: "run") == .finished)

    let best = try #require(try run.summary("run").best)
    #expect((best.sensorShares ?? []).map(\.layer) == choice.layers)
    for shares in best.sensorShares ?? [] {
      #expect(shares.order == ["s2", "s1"] && Set(shares.sensors.keys) == ["s2", "s1"])
      #expect(!shares.classes.isEmpty)
      for values in [shares.sensors] + Array(shares.classes.values) {
        // Gates and weights of classes are shares of 1. Weights of channels begin at a half each.
        let total = values.values.reduce(0, +)
        #expect(
          values.values.allSatisfy { $0 > 0 && $0 < 1 } && abs(total - 1) < (shares.join == "se" ? 0.4 : 1e-5)
        )
      }
      #expect(shares.sensors["s2"] != 0.5, "nothing was learnt")
      #expect(shares.sentence.hasPrefix("\(shares.layer) (\(shares.join)) takes "))
    }
    let log = try String(contentsOfFile: "\(run.folder("run"))/train.log", encoding: .utf8)
    for shares in best.sensorShares ?? [] { #expect(log.contains(shares.sentence)) }

    // An evaluation of the best network finds the same shares.
    let session = try EvaluationSession(
      .one("\(run.folder("run"))/checkpoints/best.h5"), progress: run.progress)
    let result = try session.run(
      .validation, data: run.data, labels: "\(run.data)/\(SyntheticDataSet.labelFolder)")
    #expect(result.shares.map(\.sentence) == (best.sensorShares ?? []).map(\.sentence))
    for shares in result.shares { #expect(result.text(.plain).contains(shares.sentence + "\n")) }
    #expect(try result.json.contains("\"sensor_shares\"") == !choice.layers.isEmpty)

    // The checkpoint says what it is, and its weights are those of the network.
    let model = try run.model("run", "best")
    #expect(model.file.contents.metadata["fusion"] == choice.text)
    #expect(model.experiment.network.graph(batch: 1, height: 32, width: 32).parameters.count > 0)
    _ = try WeightExport(checkpoint: "\(run.folder("run"))/checkpoints/best.h5")
  }

  /// The shares are means over all patches, whoever evaluates them.
  @Test func sharesDoNotDependOnBatches() throws {
    var run = try SmallRun()
    run.experiment.model.fusion = .middle
    run.experiment.model.join = .gated
    run.experiment.training.epochs = 1
    _ = try run.train(in: "run")
    let best = try #require(try run.summary("run").best?.sensorShares)
    let splits = try run.splits([.validation])
    let shares = try [1, 4].map { size in
      run.experiment.evaluation.batchSize = size
      let (session, checkpoint) = (run.session, "\(run.folder("run"))/checkpoints/best.h5")
      return try ThreadRanks.run(size == 1 ? 2 : 1) { communicator in
        let all = try session.splits(nil)
        let runner = try session.runner(all, among: communicator)
        try TrainedModel(path: checkpoint).load(into: runner.state)
        let outcome = try Evaluation.run(
          .init(
            runner: runner, splits: splits, experiment: session.experiment, communicator: communicator,
            progress: ProgressReporter(quiet: true)), .validation, label: "validation")
        guard case .finished(let evaluation) = outcome else { return [SensorShare]() }
        return evaluation.shares
      }
    }
    for found in shares.joined() {
      #expect(found.count == 1 && found[0].classes.keys == best[0].classes.keys)
      #expect(abs(found[0].sensors["s1"]! - best[0].sensors["s1"]!) < 1e-6)
    }
  }
}
