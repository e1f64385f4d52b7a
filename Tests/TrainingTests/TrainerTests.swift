import Extending
import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Basics
@testable import Imagery
@testable import Networks
@testable import Training

@Suite(.serialized) struct TrainerTests {
  /// A run that breaks down in the middle of an epoch, and is continued twice with other numbers of batches read
  /// ahead and in other memory modes, ends as one that was left alone. A device whose results come one step late changes
  /// nothing.
  @Test(arguments: Precision.available(.auto).map { ($0, false) } + [(.fp32, true)])
  func resumedRunsEqualStraightOnes(_ precision: Precision, isLate: Bool) throws {
    let sink = RecordingSink(isTerminal: false)
    var run = try SmallRun(progress: sink.reporter())
    run.experiment.precision = precision
    run.experiment.training.epochs = 2
    #expect(try run.train(in: "straight") == .finished)
    let lines = sink.written
    #expect(lines.count == 4)
    #expect(lines.first?.hasPrefix("network ") == true)
    // The first line of the epochs brings the head of the table.
    let columns = lines[1].split(separator: "\n").first?.split(separator: " ").map(String.init)
    #expect(columns == ["epoch", "loss", "val", "loss", "micro-F1", "time", "patches/s", "left"])
    #expect(lines[1].contains("\n  1/2  ") && lines[2].hasPrefix("  2/2  "))
    #expect(
      lines.last?.contains(/^finished 2 epochs in 0:0[0-9]; best micro-F1 .* in epoch [12]: .*best\.h5/)
        == true)

    run.experiment.data.workers = 1
    run.experiment.data.prefetch = 1
    run.experiment.memory = .low
    if isLate { run.makeDevice = LateDevice.make }
    try breakDown(run, in: "broken")
    let broken = try run.model("broken").file.contents.progress
    #expect(broken.epoch == 0 && broken.stepInEpoch == 2 && broken.position == 10)
    for (epochs, memory) in [(1, MemoryMode.balanced), (2, .low)] {
      run.experiment.training.epochs = epochs
      run.experiment.memory = memory
      #expect(try run.train(in: "broken") == .finished)
      #expect(try run.summary("broken").completedEpochs == epochs)
    }

    #expect(try run.numbers("broken").differences(from: run.numbers("straight")) == [])
    #expect(try run.table("broken").results == run.table("straight").results)
    #expect(try run.table("straight").rows.map(\.epoch) == [1, 2])
    #expect(try run.summary("broken").best == run.summary("straight").best)
    for name in ["broken", "straight"] {
      let scores = try run.table(name).rows.map { $0.validation[.microF1] ?? .nan }
      let best = try #require(try run.summary(name).best)
      #expect(scores.firstIndex(of: scores.max()!) == best.epoch - 1)
      let file = try run.model(name, "best").file.contents
      #expect(file.progress.epoch == best.epoch && file.best?.epoch == best.epoch)
      #expect(file.best?.value == best.validation[.microF1])
    }
  }

  /// Trains with a checkpoint after every step until a file of the first epoch's last batch is missed.
  private func breakDown(_ run: SmallRun, in name: String) throws {
    var run = run
    run.experiment.training.checkpointEveryMinutes = 1e-9
    let splits = try run.session.splits(nil)
    let options = BatchOptions(
      run.experiment, splits, batchSize: run.experiment.training.batchSize, augmentation: .none, shuffle: true
    )
    let stream = try BatchStream(
      splits[.train], in: splits.store, options: options, epoch: 0,
      schedule: options.schedule(samples: splits[.train].patches.count, from: 10))
    let lastBatch = try #require(try stream.next())
    let trainer = try run.trainer(splits, run.session.runner(splits), in: RunFolder(run.folder(name), .new))
    let missing = URL(
      filePath: splits.store.source(of: splits[.train].patches[lastBatch.indices[0]], .sentinel2))
    let aside = missing.appendingPathExtension("aside")
    try FileManager.default.moveItem(at: missing, to: aside)
    defer { try? FileManager.default.moveItem(at: aside, to: missing) }
    let error = try #require(throws: InputError.self) { try trainer.run() }
    #expect(error.kind == .data && error.description.contains(missing.lastPathComponent))
  }

  @Test func checkpointsHoldTheNetwork() throws {
    var run = try SmallRun()
    let splits = try run.session.splits(nil)
    let runner = try run.session.runner(splits)
    do {
      let trainer = try run.trainer(splits, runner, in: RunFolder(run.folder("run"), .new))
      #expect(try trainer.run() == .finished)
    }
    let model = try run.model("run", "best")
    #expect(model.experiment == run.experiment)
    #expect(model.normalisation == splits.normalisation)
    let loaded = try run.session.runner(splits)
    try model.load(into: loaded.state)
    let predictions = try Predictions(of: .validation, loaded, splits, run.experiment)
    #expect(
      try predictions.probabilities
        == Predictions(of: .validation, runner, splits, run.experiment).probabilities)
    let best = try #require(try run.summary("run").best)
    #expect(predictions.metrics == best.validation && predictions.loss == best.validationLoss)

    // Killed between saving the best epoch and naming it the best; what a test added stays.
    try FileManager.default.removeItem(atPath: "\(run.folder("run"))/checkpoints/best.h5")
    var summary = try run.summary("run")
    summary.add(sampleTest(predictions.metrics, epoch: 1))
    try summary.write(to: RunFolder.summaryPath(in: run.folder("run")))
    #expect(try run.train(in: "run") == .finished)
    #expect(try run.model("run", "best").file.contents.progress.epoch == 1)
    var after = try run.summary("run")
    // The trainer above was not told what the session knows: whose run it is, and on which patches.
    #expect(after.run?.parts == [] && after.splits != nil)
    (after.run, after.splits) = (summary.run, summary.splits)
    #expect(after == summary)

    run.experiment.training.learningRate = 0.5
    let error = try #require(throws: InputError.self) { try run.train(in: "run") }
    #expect(
      error.kind == .usage && error.description.hasPrefix("training.learning_rate: is 0.5, but the run"))
  }

  /// Also in the step of a dry run.
  @Test func resultsThatAreNotFiniteAreRefused() throws {
    let sound = BatchResult(indices: [0], losses: [0.5], logits: [1, 2])
    try [sound].requireFiniteLosses(in: "the first step")
    for damaged in [
      BatchResult(indices: [1], losses: [.nan], logits: [1, 2]),
      BatchResult(indices: [1], losses: [0.5], logits: [.infinity, 2]),
    ] {
      let error = #expect(throws: InputError.self) {
        try [sound, damaged].requireFiniteLosses(in: "the first step")
      }
      #expect(error?.kind == .numerics && error?.subject == "the first step")
    }
  }

  @Test(arguments: MemoryMode.allCases) func aLossThatIsNotFiniteStopsTheRun(_ memory: MemoryMode) throws {
    var run = try SmallRun()
    run.experiment.memory = memory
    run.experiment.training.learningRate = 1e30
    let error = try #require(throws: InputError.self) { try run.train(in: "run") }
    #expect(error.kind == .numerics && error.description.hasPrefix("epoch 1, step "))
    #expect(!FileManager.default.fileExists(atPath: "\(run.folder("run"))/checkpoints/last.h5"))
  }

  /// Batch norms make a loss depend on who is with whom in a batch; at this learning rate on nothing else.
  @Test func batchesDoNotDependOnThreads() throws {
    var run = try SmallRun()
    run.experiment.training.learningRate = 1e-12
    run.experiment.training.epochs = 2
    run.experiment.data.flips = false
    var losses: [[Double]] = []
    for threads in 1...3 {
      run.experiment.threads = threads
      run.experiment.data.workers = threads
      #expect(try run.train(in: "\(threads)") == .finished)
      losses.append(try run.table("\(threads)").rows.map(\.trainLoss))
    }
    for (epoch, loss) in losses[0].enumerated() {
      #expect(losses.allSatisfy { abs($0[epoch] - loss) < 1e-5 * loss })
    }
    // The next epoch has another order, and it shows.
    #expect(abs(losses[0][0] - losses[0][1]) > 1e-3 * losses[0][0])
  }
}
