import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Training

/// A best checkpoint that is lost is noticed, and chosen anew.
@Suite(.serialized) struct BestCheckpointTests {
  /// Nothing is learnt, so that all epochs are equally good and the first is the best.
  private func idle(_ sink: RecordingSink) throws -> SmallRun {
    var run = try SmallRun(progress: sink.reporter())
    run.experiment.training.learningRate = 1e-12
    run.experiment.training.optimizer = .sgd
    run.experiment.training.batchSize = 12
    run.experiment.training.epochs = 2
    return run
  }

  private func best(_ run: SmallRun) throws -> (path: String, epoch: Int?) {
    (try run.model("run").file.path.replacing("last.h5", with: "best.h5"), try run.summary("run").best?.epoch)
  }

  enum Loss: CaseIterable, Sendable { case removed, damaged, ofAnotherEpoch }

  @Test(arguments: Loss.allCases) func isChosenAnew(_ loss: Loss) throws {
    let sink = RecordingSink(isTerminal: false)
    var run = try idle(sink)
    #expect(try run.train(in: "run") == .finished)
    let (path, epoch) = try best(run)
    try #require(epoch == 1)
    let words: String
    switch loss {
    case .removed:
      try FileManager.default.removeItem(atPath: path)
      words = "does not exist"
    case .damaged:
      try Data("no checkpoint".utf8).write(to: URL(filePath: path))
      words = "is not a fusionctl checkpoint, or its beginning is damaged"
    case .ofAnotherEpoch:
      try CheckpointStore(runFolder: run.folder("run")).markLastAsBest()
      words = "holds epoch 2, but the best is epoch 1"
    }
    run.experiment.training.epochs = 3
    #expect(try run.train(in: "run") == .finished)
    let line = "\(path): \(words); the best epoch is chosen anew, from epoch 2 on"
    #expect(sink.written.contains("fusionctl: warning: \(line)\n"), "\(sink.written)")
    #expect(try String(contentsOfFile: "\(run.folder("run"))/train.log", encoding: .utf8).contains(line))
    #expect(sink.written.last?.hasSuffix("in epoch 2, of epochs 2 to 3\n") == true, "\(sink.written)")
    // The newest epoch is compared: it was validated again, to the same figures.
    let summary = try run.summary("run")
    #expect(summary.best?.epoch == 2 && summary.bestComparedFrom == 2)
    let row = try #require(try run.table("run").rows.first { $0.epoch == 2 })
    #expect(summary.best?.trainLoss == row.trainLoss && summary.best?.validationLoss == row.validationLoss)
    #expect(summary.best?.validation[.microF1] == row.validation[.microF1])
    #expect(try run.model("run", "best").file.contents.progress.epoch == 2)
    // A run that is resumed once more knows what was compared.
    run.experiment.training.epochs = 4
    #expect(try run.train(in: "run") == .finished)
    #expect(try run.summary("run").bestComparedFrom == 2 && run.summary("run").best?.epoch == 2)
  }

  /// A finished run that is resumed gets its best checkpoint back, and the result of a test of another goes.
  @Test func aFinishedRunToo() throws {
    let run = try idle(RecordingSink(isTerminal: false))
    #expect(try run.train(in: "run") == .finished)
    try FileManager.default.removeItem(atPath: best(run).path)
    var summary = try run.summary("run")
    summary.test = summary.best?.validation
    try summary.write(to: RunFolder.summaryPath(in: run.folder("run")))
    #expect(try run.train(in: "run") == .finished)
    #expect(try best(run).epoch == 2 && run.summary("run").test == nil)
    #expect(try run.model("run", "best").file.contents.best?.epoch == 2)
  }

  @Test func isMissedAtTheEndOfARun() throws {
    let sink = RecordingSink(isTerminal: false)
    let run = try idle(sink)
    let path = run.folder("run")
    let files = FileSystem { call, file in
      // Somebody cleans up while the last checkpoint is written.
      if call == .sync, file.contains("/.last.h5.") { unlink("\(path)/checkpoints/best.h5") }
      return 0
    }
    #expect(try run.session.train(in: RunFolder(path, .new, files: files)) == .finished)
    #expect(sink.written.contains { $0.contains("best.h5: does not exist; the best epoch is chosen anew") })
    #expect(try run.model("run", "best").file.contents.progress.epoch == 2)
    #expect(try run.summary("run").bestComparedFrom == 2)
  }

  /// What cannot be read may be good: the run is refused before anything is written.
  @Test func outOfReachItIsNotReplaced() throws {
    let run = try idle(RecordingSink(isTerminal: false))
    #expect(try run.train(in: "run") == .finished)
    let path = try best(run).path
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/absent/best.h5")
    let log = try Data(contentsOf: URL(filePath: "\(run.folder("run"))/train.log"))
    let error = try #require(throws: InputError.self) { try run.train(in: "run") }
    #expect(error.subject == path && error.kind == .environment)
    #expect(error.remedy?.hasSuffix("or remove it: the best epoch is then chosen anew") == true, "\(error)")
    #expect(try Data(contentsOf: URL(filePath: "\(run.folder("run"))/train.log")) == log)
  }
}
