import Foundation
import TestSupport
import Testing

/// Every kind of experiment trains, and its checkpoint says the same as its run.
@Suite(.sampleData) struct TrainVariantTests {
  let sample = SampleData.current!
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  struct Variant: Sendable, CustomTestStringConvertible {
    let settings: [String]
    let parameters: Int
    var testDescription: String { settings.joined(separator: " ") }

    init(_ settings: [String], _ parameters: Int) {
      (self.settings, self.parameters) = (settings, parameters)
    }
  }

  /// ResNet18 has 11,172,234 parameters without what depends on the input bands, 3,136 for each band, and its
  /// classifier has 513 for each class.
  static let variants: [Variant] = [
    .init(["model.sensors=[s1]"], 11_178_506),
    .init(["model.sensors=[rgb]"], 11_181_642),
    .init(["model.fusion=early", "model.sensors=[s2,s1]"], 11_209_866),
    .init(["model.fusion=early", "model.sensors=[rgb,s1]"], 11_187_914),
    .init(["model.fusion=middle", "model.sensors=[s2,s1]", "model.fusion_stage=0"], 11_209_994),
    .init(
      [
        "model.fusion=middle", "model.sensors=[rgb,s1]", "model.fusion_stage=2", "model.fusion_weights=[2,1]",
      ],
      11_861_578),
    .init(["model.fusion=middle", "model.sensors=[s2,s1]", "model.fusion_stage=4"], 22_376_970),
    .init(["model.fusion=late", "model.sensors=[s2,s1]"], 22_382_100),
    .init(["model.fusion=late", "model.sensors=[s2,s1]", "model.late_training=joint"], 22_382_100),
    .init(["labels.type=single"], 11_203_594),
    .init(["labels.scheme=full"], 11_207_185),
    .init(["labels.type=single", "labels.scheme=full", "model.dropout=0.3"], 11_207_185),
    // The smallest patches; a band has 576 weights in the stem.
    .init(["model.stem=3x3", "data.patch_size=16", "data.validation=list"], 11_177_994),
    .init(["data.validation=paper", "data.normalisation=computed"], 11_203_594),
    .init(["data.flips=true", "data.rotations=true", "training.optimizer=adam"], 11_203_594),
    .init(["training.batch_size=6", "evaluation.batch_size=3"], 11_203_594),
    .init(["training.batch_size=5", "training.drop_last=true"], 11_203_594),
  ]

  @Test(arguments: variants) func trains(_ variant: Variant) throws {
    let run = try sample.train(scratch.file("run"), set: variant.settings)
    let summary = try run.summary
    #expect(summary.parameters.int == variant.parameters)
    #expect(summary.completed_epochs.int == 1 && summary.best.train_loss.double?.isFinite == true)
    // The checkpoint, read back by another process, is worth what the run said.
    let validation = try JSON(
      data: Data(
        TrainedRun.succeed(
          ["validate", "--checkpoint", run.path("best"), "--json", "--quiet"] + sample.places
        ).utf8))
    let values = validation.metrics.values.dictionary
    #expect(
      values.count > 20
        && values.mapValues(\.double) == summary.best.validation.values.dictionary.mapValues(\.double))
    #expect(validation.metrics.classes.array.count == summary.classes.array.count)
    let difference =
      try #require(validation.loss.double) - (try #require(summary.best.validation_loss.double))
    #expect(abs(difference) <= 1e-6 * max(1, abs(validation.loss.double!)))
    #expect(
      try TrainedRun.succeed(["test", "--checkpoint", run.path("last"), "--quiet"] + sample.places).contains(
        "OA"))
    #expect(try run.summary.tests[0].metrics.samples.int == 4)
  }

  @Test func aBatchOfOnePatchHasNoStatistics() throws {
    let refused = try refusal(sample.training(scratch.file("run"), set: ["training.batch_size=5"]))
    #expect(refused.status == 64 && refused.lines.count == 1)
    #expect(refused.lines[0].contains("training.batch_size: an epoch would have a batch of one patch"))
  }

  @Test func labelsFromLandCoverAreThoseOfTheFile() throws {
    let lists = ["train", "val", "test"]
    let labels = scratch.file("labels")
    try FileManager.default.createDirectory(at: labels, withIntermediateDirectories: true)
    for name in lists.map({ "\($0)_list.pkl" }) {
      try FileManager.default.copyItem(
        at: sample.labels.appending(path: name), to: labels.appending(path: name))
    }
    let fromFile = try sample.train(scratch.file("file"))
    let arguments = ["--data", sample.data.path, "--labels", labels.path, "--threads", "1"]
    let result = try BuiltProgram.run(
      ["train", "--config", sample.configuration, "--out", scratch.file("cover").path] + arguments)
    #expect(result.status == 0)
    #expect(result.errors.contains("labels are computed from land cover band 1"))
    #expect(try RunFiles(scratch.file("cover")).metricsWithoutTimes == fromFile.metricsWithoutTimes)
  }

  /// Scenes that are in two splits are mentioned, and refused where the experiment says so.
  @Test func sharedScenes() throws {
    let patches = try sample.patches()
    let labels = try sample.labelFolder(
      in: scratch,
      [
        "train": patches.indices.filter { $0 % 4 != 3 }.map { patches[$0] },
        "val": patches.indices.filter { $0 % 4 == 3 }.map { patches[$0] },
      ])
    func arguments(_ policy: String) -> [String] {
      [
        "train", "--config", sample.configuration, "--data", sample.data.path, "--labels", labels.path,
        "--dry-run",
        "--set", "data.validation=list", "--set", "data.leakage=\(policy)",
      ]
    }
    #expect(try TrainedRun.succeed(arguments("warn")).contains("train and validation share 6 scenes"))
    #expect(try !TrainedRun.succeed(arguments("ignore")).contains("share"))
    let refused = try refusal(arguments("fail"))
    #expect(refused.status == 2 && refused.lines.count == 1 && refused.lines[0].contains("share 6 scenes"))
  }
}

/// Patches of the real size, one with missing samples.
@Suite struct TrainFullSizeTests {
  private let tree = Fixtures.url("tiny-sen12ms")

  private func arguments(_ policy: String, _ more: [String]) -> [String] {
    let settings = [
      "model.architecture=resnet18", "data.nan=\(policy)", "data.patch_size=32", "training.batch_size=7",
      "threads=1",
    ]
    return [
      "train", "--config", TrainedRun.repository.appending(path: "configs/demo/early.yaml").path, "--data",
      tree.path, "--labels", tree.appending(path: "labels_splits").path, "--epochs", "1",
    ]
      + settings.flatMap { ["--set", $0] } + more
  }

  @Test func aPatchWithMissingSamplesStopsTheRunByName() throws {
    let scratch = try ScratchFolder()
    let refused = try refusal(arguments("fail", ["--out", scratch.file("run").path, "--quiet"]))
    #expect(refused.status == 2 && refused.lines.count == 1)
    let line = try #require(refused.lines.first)
    #expect(line.contains("Sentinel-1: 1 of 13 training patches has missing samples, first "))
    #expect(
      line.contains(
        "ROIs1868_summer_s1_146_p203.tif (4 of 131072 samples are NaN or infinite); data.nan is fail"))
    #expect(line.contains("--set data.nan=skip"))
  }

  @Test(arguments: [("skip", 12), ("fill", 13), ("paper", 13)])
  func policies(policy: String, patches: Int) throws {
    let result = try BuiltProgram.run(arguments(policy, ["--dry-run"]))
    #expect(result.status == 0)
    #expect(result.output.contains("data     \(patches) training patches of "), "\(result.output)")
    #expect(result.output.contains("left out ROIs1868_summer_s2_146_p202.tif"))
    #expect(result.output.contains("left out 1 patch with missing samples") == (policy == "skip"))
  }

  @Test(arguments: ["random", "centre"]) func cropsFlipsAndTurns(crop: String) throws {
    let scratch = try ScratchFolder()
    try TrainedRun.succeed(
      arguments(
        "fill",
        [
          "--set", "data.crop=\(crop)", "--set", "data.flips=true", "--set", "data.rotations=true", "--out",
          scratch.file("run").path, "--quiet",
        ]))
    let run = RunFiles(scratch.file("run"))
    #expect(try run.summary.finished.bool == true)
    #expect(
      try TrainedRun.succeed([
        "test", "--checkpoint", run.path("best"), "--data", tree.path, "--labels",
        tree.appending(path: "labels_splits").path, "--quiet",
      ]).contains(" · test · "))
  }
}
