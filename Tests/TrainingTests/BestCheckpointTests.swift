import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Basics
@testable import Checkpoints
@testable import Training

/// A best checkpoint that is lost is noticed, and chosen anew.
@Suite(.serialized) struct BestCheckpointTests {
  /// A run whose best epoch is not its last. Nothing is learnt, so that it soon gets no better.
  private func trained(_ sink: RecordingSink) throws -> (run: SmallRun, best: Int, last: Int) {
    var run = try SmallRun(progress: sink.reporter())
    run.experiment.training.learningRate = 1e-12
    run.experiment.training.optimizer = .sgd
    run.experiment.training.batchSize = 12
    for epochs in 2...20 {
      run.experiment.training.epochs = epochs
      try #require(try run.train(in: "run") == .finished)
      let best = try #require(try run.summary("run").best?.epoch)
      if best < epochs { return (run, best, epochs) }
    }
    throw InputError(.numerics, "micro-F1", "still grows after 20 epochs")
  }

  private func bestPath(_ run: SmallRun, in name: String) -> String {
    "\(run.folder(name))/checkpoints/best.h5"
  }

  private func log(_ run: SmallRun, in name: String) throws -> String {
    try String(contentsOfFile: "\(run.folder(name))/train.log", encoding: .utf8)
  }

  enum Loss: String, CaseIterable { case removed, damaged, ofAnotherEpoch }

  @Test func isChosenAnew() throws {
    let sink = RecordingSink(isTerminal: false)
    let (run, best, last) = try trained(sink)
    for loss in Loss.allCases {
      let name = loss.rawValue
      try FileManager.default.copyItem(atPath: run.folder("run"), toPath: run.folder(name))
      let path = bestPath(run, in: name)
      if loss != .ofAnotherEpoch { try FileManager.default.removeItem(atPath: path) }
      let words: String
      switch loss {
      case .removed: words = "does not exist"
      case .damaged:
        try Data("no checkpoint".utf8).write(to: URL(filePath: path))
        words = "is not a fusionctl checkpoint, or its beginning is damaged"
      case .ofAnotherEpoch:
        try CheckpointStore(runFolder: run.folder(name)).markLastAsBest()
        words = "holds epoch \(last), but the best is epoch \(best)"
      }
      var longer = run
      longer.experiment.training.epochs = last + 1
      #expect(try longer.train(in: name) == .finished)
      let line = "\(path): \(words); the best epoch is chosen anew, from epoch \(last) on"
      #expect(sink.written.contains("fusionctl: warning: \(line)\n"), "\(sink.written)")
      #expect(try log(run, in: name).contains(line))
      #expect(sink.written.last?.contains(", of epochs \(last) to \(last + 1): ") == true, "\(sink.written)")
      let summary = try run.summary(name)
      #expect(summary.bestComparedFrom == last && [last, last + 1].contains(summary.best?.epoch))
      #expect(try run.model(name, "best").file.contents.progress.epoch == summary.best?.epoch)
    }
    try aFinishedRunGetsOneToo(run, last: last)
    try outOfReachItIsNotReplaced(run)
  }

  /// The newest epoch of a finished run is validated again, to the same figures, and becomes the best.
  private func aFinishedRunGetsOneToo(_ run: SmallRun, last: Int) throws {
    let name = "finished"
    try FileManager.default.copyItem(atPath: run.folder("run"), toPath: run.folder(name))
    try FileManager.default.removeItem(atPath: bestPath(run, in: name))
    var summary = try run.summary(name)
    let best = try #require(summary.best)
    summary.add(sampleTest(best.validation, epoch: best.epoch))
    #expect(summary.results.count == 1)
    try summary.write(to: RunFolder.summaryPath(in: run.folder(name)))
    #expect(try run.train(in: name) == .finished)
    let anew = try run.summary(name)
    let row = try #require(try run.table(name).rows.last)
    #expect(anew.best?.epoch == last && anew.tests == summary.tests && row.epoch == last)
    // The test stays, but not as the result of the run.
    #expect(anew.results.isEmpty == (best.epoch != last) && anew.otherTests.isEmpty == (best.epoch == last))
    #expect(anew.best?.trainLoss == row.trainLoss && anew.best?.validationLoss == row.validationLoss)
    #expect(anew.best?.validation[.microF1] == row.validation[.microF1])
    #expect(try run.model(name, "best").file.contents.best?.epoch == last)
    // Once more: nothing is lost now, and what was compared is still known.
    #expect(try run.train(in: name) == .finished)
    #expect(try run.summary(name) == anew && anew.bestComparedFrom == last)
  }

  /// What cannot be read may be good: the run is refused before anything is written.
  private func outOfReachItIsNotReplaced(_ run: SmallRun) throws {
    let path = bestPath(run, in: "run")
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/absent/best.h5")
    let before = try log(run, in: "run")
    let error = try #require(throws: InputError.self) { try run.train(in: "run") }
    #expect(error.subject == path && error.kind == .environment)
    #expect(error.remedy?.hasSuffix("or remove it: the best epoch is then chosen anew") == true, "\(error)")
    #expect(try log(run, in: "run") == before)
  }

  @Test func isMissedAtTheEndOfARun() throws {
    let sink = RecordingSink(isTerminal: false)
    let (run, _, last) = try trained(sink)
    let path = run.folder("cleaned")
    // Somebody cleans up whenever a checkpoint is written.
    let files = FileSystem { call, file in
      if call == .sync, file.contains("/.last.h5.") { unlink("\(path)/checkpoints/best.h5") }
      return 0
    }
    #expect(try run.session.train(in: RunFolder(path, .new, files: files)) == .finished)
    let line = "best.h5: does not exist; the best epoch is chosen anew, from epoch \(last) on"
    #expect(sink.written.contains { $0.contains(line) }, "\(sink.written)")
    #expect(try run.model("cleaned", "best").file.contents.progress.epoch == last)
    #expect(try run.summary("cleaned").bestComparedFrom == last)
  }
}
