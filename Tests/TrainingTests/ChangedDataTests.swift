import Foundation
import RunSupport
import Synchronization
import TestSupport
import Testing

@testable import Basics
@testable import Checkpoints
@testable import Imagery
@testable import SEN12MS
@testable import Training

/// What a resumed run knows of the data that it was begun with.
@Suite(.serialized) struct ChangedDataTests {
  private let scratch: ScratchFolder
  private let sink = RecordingSink(isTerminal: false)
  private var run: SmallRun

  init() throws {
    scratch = try ScratchFolder()
    run = try SmallRun(progress: sink.reporter())
    run.experiment.training.optimizer = .sgd
  }

  /// The data set of the run made with another seed: the same patches with other pixels and labels.
  private func otherData() throws -> URL {
    let url = scratch.file("other")
    try SyntheticDataSet.write(
      to: url, SyntheticOptions(scenes: 5, patchesPerScene: 4, size: 32, seed: 4, signal: .additive),
      threads: 2)
    return url
  }

  /// A label folder with the lists of the run after a change.
  private func labels(fractions: URL? = nil, _ change: (Split, [PatchID]) -> [PatchID] = { $1 }) throws
    -> String
  {
    let (own, url) = (URL(filePath: run.session.labels!), scratch.file(UUID().uuidString))
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    for split in [Split.train, .validation] {
      let list = change(split, try LabelFolder(own).requiredList(split).patches)
      try list.map { "\($0)\n" }.joined().write(
        to: url.appending(path: "\(split.listName).txt"), atomically: true, encoding: .utf8)
    }
    let name = "IGBP_probability_labels.pkl"
    try FileManager.default.copyItem(
      at: fractions ?? own.appending(path: name), to: url.appending(path: name))
    return url.path
  }

  private func session(data: String? = nil, labels: String) -> TrainingSession {
    TrainingSession(
      experiment: run.experiment, data: data ?? run.data, labels: labels, progress: run.progress)
  }

  private func digest(data: String? = nil, labels: String) throws -> DataDigest {
    try DataDigest(session(data: data, labels: labels).splits(nil), run.experiment)
  }

  @Test func partsThatDifferAreNamed() throws {
    let saved = try digest(labels: labels()).metadata
    func differences(_ digest: DataDigest) -> [String] { digest.differences(from: saved).map(\.title) }
    #expect(try differences(digest(labels: run.session.labels!)) == [])
    let fractions = try otherData().appending(
      path: "\(SyntheticDataSet.labelFolder)/IGBP_probability_labels.pkl")
    #expect(
      try differences(digest(labels: labels(fractions: fractions)))
        == ["labels of the training patches", "labels of the validation patches"])
    #expect(
      try differences(digest(data: scratch.file("other").path, labels: labels()))
        == ["pixels of the training patches", "pixels of the validation patches"])
    #expect(
      try differences(digest(labels: labels { $0 == .train ? $1.dropLast(2) : $1 })) == ["training list"])
    #expect(
      try differences(digest(labels: labels { $0 == .validation ? $1.dropLast() : $1 }))
        == ["validation list"])
    var other = run.experiment
    other.model.sensors = ["rgb", "s1"]
    let bands = try DataDigest(session(labels: labels()).splits(nil), other)
    #expect(
      differences(bands)
        == ["pixels of the training patches", "pixels of the validation patches", "bands"])
    let splits = try session(labels: labels()).splits(
      Normalisation(
        Normalisation.published.sensors.map { figures in
          guard figures.sensor == "s2" else { return figures }
          return .init(
            sensor: "s2", bandNames: figures.bandNames,
            bands: .init(mean: .init(repeating: 1, count: 10), std: figures.bands.std))
        }))
    #expect(try differences(DataDigest(splits, run.experiment)) == ["normalisation"])
  }

  /// A run of one epoch and, of the second, two steps.
  private mutating func interrupt() throws {
    run.experiment.training.checkpointEveryMinutes = 1e-9
    run.experiment.training.epochs = 2
    let saves = Mutex(0)
    let files = FileSystem { call, path in
      guard call == .open, path.contains("/.last.h5.") else { return 0 }
      // Three steps and the end of the first epoch, two steps.
      return saves.withLock { saves in
        saves += 1
        return saves > 6 ? ENOSPC : 0
      }
    }
    #expect(throws: InputError.self) {
      try run.session.train(in: RunFolder(run.folder("run"), .new, files: files))
    }
    let progress = try run.model("run").file.contents.progress
    try #require(progress.epoch == 1 && progress.stepInEpoch == 2 && progress.position == 10)
  }

  private func resume(_ session: TrainingSession) throws -> Trainer.Outcome {
    try session.train(in: RunFolder(run.folder("run"), .resume))
  }

  /// With other training patches the place in the order of the epoch means nothing: it begins again.
  @Test mutating func anotherTrainingListInMidEpoch() throws {
    try interrupt()
    let metrics = try run.table("run").text
    var session = session(labels: try labels { $0 == .train ? $1.dropLast(2) : $1 })
    let error = try #require(throws: InputError.self) { try resume(session) }
    #expect(error.kind == .data && error.problem.contains("training list (now 10 patches (checksum "))
    #expect(error.problem.contains("then 12 patches (checksum "), "\(error)")
    #expect(try run.table("run").text == metrics)
    session.acceptsChangedData = true
    #expect(try resume(session) == .finished)
    let line =
      "going on with other data, as --accept-changed-data wants: training list; the best epoch is chosen anew, "
      + "from epoch 2 on; epoch 2 begins again with its first patch"
    #expect(sink.written.contains("fusionctl: warning: \(line)\n"), "\(sink.written)")
    #expect(
      try String(contentsOfFile: "\(run.folder("run"))/train.log", encoding: .utf8).contains(
        " warning \(line)\n"))
    let summary = try run.summary("run")
    #expect(summary.acceptedChanges == [.init(afterEpoch: 1, changed: ["training list"])])
    #expect(summary.best?.epoch == 2 && summary.bestComparedFrom == 2)
    #expect(summary.best?.train?.samples == 10)
    // Three steps of the first epoch, two of the second before and two after it began again.
    #expect(try run.model("run").file.contents.progress.globalStep == 7)
    // The run knows its new data now.
    session.acceptsChangedData = false
    #expect(try resume(session) == .finished)
  }

  /// Other labels for the same patches: the epoch goes on where it was.
  @Test mutating func otherLabelsInMidEpoch() throws {
    try interrupt()
    let fractions = try otherData().appending(
      path: "\(SyntheticDataSet.labelFolder)/IGBP_probability_labels.pkl")
    var session = session(labels: try labels(fractions: fractions))
    session.acceptsChangedData = true
    #expect(try resume(session) == .finished)
    let summary = try run.summary("run")
    #expect(
      summary.acceptedChanges == [
        .init(
          afterEpoch: 1, changed: ["labels of the training patches", "labels of the validation patches"])
      ])
    #expect(summary.best?.epoch == 2 && summary.best?.train?.samples == 12)
    #expect(try run.model("run").file.contents.progress.globalStep == 6)
  }

  /// The newest epoch is validated on the new data, to be compared with those to come.
  @Test mutating func anotherValidationListAfterAnEpoch() throws {
    #expect(try run.train(in: "run") == .finished)
    var session = session(labels: try labels { $0 == .validation ? $1.dropLast() : $1 })
    session.acceptsChangedData = true
    #expect(try resume(session) == .finished)
    let summary = try run.summary("run")
    #expect(summary.best?.validation.samples == 3 && summary.bestComparedFrom == 1)
    #expect(try run.table("run").rows.map(\.epoch) == [1])
  }

  @Test mutating func acceptingNothingChangesNothing() throws {
    #expect(try run.train(in: "run") == .finished)
    let before = try run.summary("run")
    var session = run.session
    session.acceptsChangedData = true
    #expect(try resume(session) == .finished)
    #expect(try run.summary("run") == before)
  }

  /// Checkpoints once knew no more than the training list.
  @Test mutating func aCheckpointThatDoesNotKnowItsDataGoesOn() throws {
    #expect(try run.train(in: "run") == .finished)
    let keys = DataDigest.keys.filter { $0 != "training_patches" }
    let store = CheckpointStore(runFolder: run.folder("run"))
    try store.save(try without(keys, CheckpointFile(path: store.lastPath)))
    let fractions = try otherData().appending(
      path: "\(SyntheticDataSet.labelFolder)/IGBP_probability_labels.pkl")
    run.experiment.training.epochs = 2
    #expect(try resume(session(labels: labels(fractions: fractions))) == .finished)
    let note =
      "note: \(store.lastPath) does not tell with what data the run was begun; not checked: labels of the training "
      + "patches, pixels of the training patches, validation list, labels of the validation patches, "
    #expect(sink.written.contains { $0.hasPrefix(note) }, "\(sink.written)")
    // From now on it is known.
    #expect(throws: InputError.self) { try resume(session(labels: labels())) }
  }

  /// The same checkpoint with less metadata.
  private func without(_ keys: [String], _ file: CheckpointFile) throws -> Checkpoint<TensorSource> {
    func sources(_ tensors: [TensorInfo], _ section: CheckpointSection) throws -> [TensorSource] {
      try tensors.map { TensorSource(name: $0.name, try file.tensor($0.name, from: section)) }
    }
    let old = file.contents
    var copy = Checkpoint(
      parameters: try sources(old.parameters, .parameters), buffers: try sources(old.buffers, .buffers),
      counters: old.counters,
      optimizer: try old.optimizer.map { optimizer in
        OptimizerState(
          kind: optimizer.kind, step: optimizer.step,
          slots: try optimizer.slots.map {
            OptimizerSlot(name: $0.name, tensors: try sources($0.tensors, .optimizerSlot($0.name)))
          })
      },
      progress: old.progress, experiment: old.experiment,
      metadata: old.metadata.filter { !keys.contains($0.key) })
    (copy.best, copy.accumulators, copy.history) = (old.best, old.accumulators, old.history)
    return copy
  }
}
