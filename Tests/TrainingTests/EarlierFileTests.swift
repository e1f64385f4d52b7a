import Foundation
import TestSupport
import Testing

@testable import Checkpoints
@testable import Experiments
@testable import Metrics
@testable import Training

/// Files that an earlier version of the program has written, see `Fixtures/before/README.md`. They are never made anew.
@Suite struct EarlierFileTests {
  @Test func thereIsOneOfEachFusion() throws {
    let fusions = try EarlierCheckpoint.all.map { try TrainedModel(path: $0.path).experiment.model }
    #expect(Set(fusions.map(\.fusion.rawValue)) == ["none", "early", "middle", "late"])
    #expect(Set(fusions.map(\.sensors)).count == 4)
    #expect(EarlierCheckpoint.all.count == 6)
  }

  @Test(arguments: EarlierCheckpoint.all) func numbersAreThere(_ checkpoint: EarlierCheckpoint)
    throws
  {
    let (file, expected) = (try CheckpointFile(path: checkpoint.path), checkpoint.expected)
    let contents = file.contents
    #expect(
      try SectionDigest(.parameters, contents.parameters, of: file)
        == SectionDigest(expected.parameters))
    #expect(
      try SectionDigest(.buffers, contents.buffers, of: file) == SectionDigest(expected.buffers))
    let optimizer = try #require(contents.optimizer)
    #expect(
      optimizer.kind == expected.optimizer.kind.string
        && optimizer.step == expected.optimizer.step.int)
    #expect(Set(optimizer.slots.map(\.name)) == Set(expected.slots.dictionary.keys))
    for slot in optimizer.slots {
      let digest = try SectionDigest(.optimizerSlot(slot.name), slot.tensors, of: file)
      #expect(digest == SectionDigest(expected.slots[slot.name]), "\(slot.name)")
      #expect(slot.tensors.map(\.name) == contents.parameters.map(\.name), "\(slot.name)")
    }
    #expect(contents.counters.count == contents.buffers.count / 2)
    #expect(contents.counters.allSatisfy { $0.value == Int64(contents.progress.globalStep) })
  }

  @Test(arguments: EarlierCheckpoint.all) func theStateOfTheRunGoesOn(
    _ checkpoint: EarlierCheckpoint
  ) throws {
    let expected = checkpoint.expected
    let model = try TrainedModel(path: checkpoint.path)
    var state = TrainingState(
      objectives: model.experiment.model.fusion == .late ? 2 : 1,
      metrics: Trainer.noMetrics(model.experiment)
    )
    try state.restore(model.file)

    let progress = expected.progress
    #expect(state.epoch == progress.epoch.int && state.step == progress.step_in_epoch.int)
    #expect(state.globalStep == progress.global_step.int && state.samples == progress.position.int)
    #expect(state.accumulators == expected.accumulators.dictionary.compactMapValues(\.double))
    #expect(state.trainingMetrics.samples == state.samples)

    let history = expected.history
    let table = MetricsTable(state.history.epochs)
    #expect(table.rows.count == state.epoch && table.rows.count >= 2)
    #expect(cells(table) == history.rows.array.map { $0.array.map(\.double) })
    #expect(MetricsTable.columns == history.columns.strings)
    #expect(
      state.history.images == history.images.int && state.history.seconds == history.seconds.double)
    #expect(state.history.trainingSeconds == history.trainingSeconds.double)
    #expect(state.history.waitSeconds == history.waitSeconds.double)
    let best = try #require(state.history.best)
    #expect(best.epoch == expected.best.epoch.int && best.epoch == history.best.epoch.int)
    #expect(best.validation[.microF1] == expected.best.value.double)
    #expect(best.trainLoss == history.best.train_loss.double)
    #expect(best.validationLoss == history.best.validation_loss.double)
  }

  @Test(arguments: EarlierCheckpoint.all)
  func theFileSaysWhatItsNetworkSees(_ checkpoint: EarlierCheckpoint) throws {
    let expected = checkpoint.expected
    let model = try TrainedModel(path: checkpoint.path)
    #expect(model.file.contents.experiment == expected.experiment.string)
    expectSettings(of: model.experiment, expected.experiment.string ?? "")
    #expect(model.experiment.bandText == expected.metadata.bands.string)
    #expect(
      model.experiment.classScheme.classNames.joined(separator: "; ")
        == expected.metadata.classes.string)
    let stored = try JSON(data: Data((expected.metadata.normalisation.string ?? "").utf8))
    for (bands, numbers) in [
      (model.normalisation[.s1], stored.s1), (model.normalisation[.s2], stored.s2),
    ] {
      #expect(bands.mean == numbers.mean.doubles.map(Float.init) && !bands.mean.isEmpty)
      #expect(bands.std == numbers.std.doubles.map(Float.init))
    }
    #expect(
      (model.normalisation == .published) == (model.experiment.data.normalisation == .published))
  }

  /// A copy of the run folder: all its files, and a run that may go on in it.
  @Test func theRunFolderReads() throws {
    let scratch = try ScratchFolder()
    let path = scratch.file("run").path
    try FileManager.default.copyItem(atPath: Fixtures.url("before/run").path, toPath: path)
    let configuration = try String(
      contentsOfFile: RunFolder.configurationPath(in: path), encoding: .utf8)
    let expected = try #require(
      EarlierCheckpoint.all.first { $0.name == "run/checkpoints/last.h5" }
    ).expected
    #expect(configuration == expected.experiment.string)
    let table = try MetricsTable(contentsOf: "\(path)/metrics.csv")
    #expect(cells(table) == expected.history.rows.array.map { $0.array.map(\.double) })

    let summary = try RunSummary(contentsOf: RunFolder.summaryPath(in: path))
    #expect(
      summary.name == "middle" && summary.fusion == "middle" && summary.sensors == ["s2", "s1"])
    #expect(summary.completedEpochs == 3 && summary.finished && summary.seed == 11)
    #expect(summary.best?.epoch == expected.best.epoch.int)
    #expect(summary.run?.parts.count == 1)
    let best = try TrainedModel(path: CheckpointArgument(path).path)
    #expect(
      best.file.path.hasSuffix("best.h5")
        && best.file.contents.progress.epoch == summary.best?.epoch)
    // The test was of these weights.
    let test = try #require(summary.results.first)
    #expect(summary.results.count == 1)
    #expect(try test.checkpoints[0].weights == best.record().weights)

    let folder = try RunFolder(path, .resume)
    let newest = try #require(folder.newest)
    #expect(newest.warning == nil && newest.file.contents.progress.epoch == 3)
    var experiment = try Experiment(yaml: configuration, source: "config.yaml")
    experiment.training.epochs = 5
    let start = try StartingPoint(TrainedModel(newest.file), for: experiment)
    #expect(start.epoch == 3 && start.position == 0 && start.normalisation == best.normalisation)
  }

  /// Read as that version read them, key by key. Keys that came later have their defaults.
  @Test func configurationsReadAsBefore() throws {
    let folder = Fixtures.url("before/configurations")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".yaml") }
    #expect(names.count == 17)
    for name in names {
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      let resolved = try String(
        contentsOf: folder.appending(path: "resolved/\(name)"), encoding: .utf8)
      expectSettings(of: try Experiment(yaml: text, source: name), resolved)
    }
  }

  /// Every setting of a resolved configuration is that of the experiment.
  private func expectSettings(of experiment: Experiment, _ resolved: String) {
    let (then, now) = (settings(resolved), settings(experiment.yaml))
    #expect(then.count > 40)
    for (key, value) in then {
      // Middle fusion had one stage, under another name.
      if key == "model.fusion_stage" {
        #expect(now["model.fusion_stages"] == "[\(value)]")
      } else {
        #expect(now[key] == value, "\(key)")
      }
    }
  }

  /// Values by path of a resolved configuration: groups, and keys indented under them.
  private func settings(_ yaml: String) -> [String: String] {
    var (values, group): ([String: String], String) = ([:], "")
    for line in yaml.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      let isInGroup = line.hasPrefix(" ")
      if !isInGroup { group = parts[0] + "." }
      if parts.count == 2, !parts[1].isEmpty {
        values[isInGroup ? group + parts[0] : parts[0]] = parts[1]
      }
    }
    return values
  }

  /// The numbers of a table in the order of its columns; nil for a figure that does not exist.
  private func cells(_ table: MetricsTable) -> [[Double?]] {
    table.rows.map { row in
      ([Double(row.epoch), row.trainLoss, row.validationLoss]
        + MetricKey.allCases.map { row.validation[$0] ?? .nan }
        + [row.pace.seconds, row.pace.imagesPerSecond, row.pace.dataWaitShare, row.learningRate])
        .map { $0.isNaN ? nil : $0 }
    }
  }
}
