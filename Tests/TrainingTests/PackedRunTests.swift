import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Basics
@testable import DataSets
@testable import Experiments
@testable import Imagery
@testable import Packs
@testable import Presentation
@testable import Training

/// A run from a pack has the numbers of the run from the folder that was packed.
@Suite struct PackedRunTests {
  private let run: SmallRun

  init() throws {
    var run = try SmallRun()
    run.experiment.data.validation = .byScene
    self.run = run
  }

  private func pack(_ codec: PackCodec, bands: PackJob.Bands = .all) throws -> String {
    let folder = run.folder("pack-\(codec.rawValue)-\(bands.rawValue)")
    let job = try PackJob(
      run.experiment, data: run.data, labels: run.session.labels, bands: bands, unlisted: false,
      passes: FilePasses(threads: 2, progress: run.progress))
    // Two patches a shard.
    let options = PackOptions(codec: codec, shardBytes: 2 * 32 * 32 * 34, seed: 5)
    let outcome = try PackWriter(job.source, options, to: URL(filePath: folder), tool: "test")
      .write(threads: 2)
    #expect(outcome.isComplete && outcome.written > 6)
    return folder
  }

  private func experiment(on pack: String) throws -> Experiment {
    var experiment = run.experiment
    experiment.manifest = try Pack.manifest(in: pack)
    return experiment
  }

  private func train(_ name: String, from pack: String, epochs: Int = 1, stage: String? = nil) throws
    -> ModelNumbers
  {
    var experiment = try experiment(on: pack)
    experiment.training.epochs = epochs
    experiment.data.stage = stage
    var session = TrainingSession(experiment: experiment, data: pack, progress: run.progress)
    session.makeDevice = run.makeDevice
    _ = try session.train(in: RunFolder(run.folder(name), .new))
    return try run.numbers(name)
  }

  @Test func aRunHasTheNumbersOfTheFolders() throws {
    _ = try run.train(in: "tree")
    let tree = (numbers: try run.numbers("tree"), table: try run.table("tree").results)
    for (codec, bands) in [(PackCodec.none, PackJob.Bands.all), (.zstd, .used)] {
      let pack = try pack(codec, bands: bands)
      let name = "run-\(codec.rawValue)"
      #expect(try train(name, from: pack).differences(from: tree.numbers) == [])
      #expect(try run.table(name).results == tree.table)
      // A pack keeps the lists of the data set. Each run holds out scenes itself, or does not.
      let digests = try DataSettings.ValidationSplit.allCases.map { validation in
        try [run.data, pack].map { data in
          var experiment = data == pack ? try experiment(on: pack) : run.experiment
          experiment.data.validation = validation
          let splits = try PatchSplits(
            experiment, data: data, labels: data == pack ? nil : run.session.labels,
            wanted: [.train, .validation, .test], passes: FilePasses(threads: 2, progress: run.progress))
          return try DataDigest(splits, experiment).text
        }
      }
      for digest in digests { #expect(digest[0] == digest[1]) }
      #expect(digests[0][0] != digests[1][0])
    }
  }

  @Test func aStagedRunHasTheSameNumbers() throws {
    let pack = try pack(.none)
    let expected = try train("plain", from: pack, epochs: 2)
    let stage = run.folder("stage")
    try FileManager.default.createDirectory(atPath: stage, withIntermediateDirectories: false)
    #expect(try train("staged", from: pack, epochs: 2, stage: stage).differences(from: expected) == [])
    #expect(try run.table("staged").results == run.table("plain").results)
    let log = try String(contentsOfFile: "\(run.folder("staged"))/train.log", encoding: .utf8)
    #expect(log.contains(/info staging \d+ shards \(/), "\(log)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: stage).isEmpty)
  }

  @Test func aCheckpointIsTestedOnThePack() throws {
    _ = try run.train(in: "tree")
    let best = "\(run.folder("tree"))/checkpoints/best.h5"
    let pack = try pack(.none, bands: .used)
    let losses = try [(run.data, run.session.labels), (pack, nil)].map { data, labels in
      let session = try EvaluationSession(.one(best), data: data, progress: run.progress)
      return try session.run(.test, data: data, labels: labels, isRecorded: false).loss
    }
    #expect(losses[0] == losses[1])
  }

  @Test func aPackHasItsOwnLists() throws {
    let pack = try pack(.none)
    #expect(try experiment(on: pack).labelFolder(beside: pack) == .useless)
    let error = try #require(throws: InputError.self) {
      try PackJob(
        run.experiment, data: pack, labels: nil, bands: .all, unlisted: false,
        passes: FilePasses(threads: 1, progress: run.progress))
    }
    #expect(error.problem == "is a pack already" && error.kind == .usage)
  }
}
