import Checkpoints
import Foundation
import TestSupport
import Testing

/// Runs that end without warning, and files that are damaged.
@Suite(.besideOthers, .sampleData) struct InterruptKillTests {
  let sample = SampleData.current!
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private var out: URL { scratch.file("run") }

  /// Killed two hundred times anywhere between its start and its end, a run has a good newest checkpoint each
  /// time, never loses what a checkpoint had, and ends with the weights of a run that nobody killed.
  @Test func twoHundredKills() throws {
    // Small files, saved after every step.
    let small = ["training.momentum=0"]
    let every = small + ["training.checkpoint_every_minutes=0.000001"]
    let endless = sample.training(out, set: every, ["--resume", "--quiet", "--epochs", "1000000"])
    let last = RunFiles(out).path("last")

    func run(until end: (Process) throws -> Void) throws {
      let process = try BuiltProgram.start(endless, output: scratch.file("out"), errors: scratch.file("err"))
      defer { kill(process.processIdentifier, SIGKILL) }
      try end(process)
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      try #require(process.terminationReason == .uncaughtSignal, "it ended by itself: \(failure)")
    }
    let begin = ContinuousClock.now
    try run { process in
      try waitUntil { FileManager.default.fileExists(atPath: last) || !process.isRunning }
    }
    let firstSave = (ContinuousClock.now - begin) / .seconds(1)

    var reached = try newest()
    for attempt in 1...200 {
      try run { process in
        let saved = lastSave
        switch attempt % 3 {
        // When it has got on; anywhere; in the middle of writing a file; early in the start.
        case 0 where attempt.isMultiple(of: 2): try waitUntil { lastSave != saved || !process.isRunning }
        case 0: Thread.sleep(forTimeInterval: .random(in: 0...1.5 * firstSave))
        case 1:
          try waitUntil { isWriting || !process.isRunning }
          Thread.sleep(forTimeInterval: .random(in: 0...0.1))
        default: Thread.sleep(forTimeInterval: .random(in: 0...0.7 * firstSave))
        }
      }
      let now = try newest()
      #expect(now.globalStep >= reached.globalStep && now.epoch >= reached.epoch, "attempt \(attempt)")
      reached = now
      let epochs = try RunFiles(out).metrics.dropFirst().map(\.[0])
      #expect(epochs == (0..<epochs.count).map { "\($0 + 1)" })
    }
    // Of 33 saves that were waited for every second is that of a step, the others may end an epoch.
    #expect(reached.globalStep > 16, "the run gets on in spite of all")

    let epochs = ["--epochs", "\(reached.epoch + 1)"]
    try sample.train(out, set: every, epochs + ["--resume"])
    let straight = try sample.train(scratch.file("straight"), set: small, epochs)
    let run = RunFiles(out)
    for name in ["last", "best"] {
      #expect(try differences(run.checkpoint(name), straight.checkpoint(name)) == [])
    }
    #expect(try run.metricsWithoutTimes == straight.metricsWithoutTimes)
    #expect(try run.summary.best.epoch.int == straight.summary.best.epoch.int)
    #expect(try run.names == straight.names, "no half-written file is left")
  }

  private var failure: String { (try? String(contentsOf: scratch.file("err"), encoding: .utf8)) ?? "" }

  private var lastSave: Date? {
    try? FileManager.default.attributesOfItem(atPath: RunFiles(out).path("last"))[.modificationDate] as? Date
  }

  private var isWriting: Bool {
    let names = try? FileManager.default.contentsOfDirectory(atPath: out.appending(path: "checkpoints").path)
    return names?.contains { $0.hasSuffix(".tmp") } == true
  }

  private func newest() throws -> TrainingProgress {
    let newest = try #require(try CheckpointStore(runFolder: out.path).openNewest())
    #expect(newest.warning == nil)
    return newest.file.contents.progress
  }

  private enum Damage: CaseIterable { case flipped, truncated, emptied, removed }

  private func inflict(_ damage: Damage, on path: String) throws {
    let url = URL(filePath: path)
    var bytes = try Data(contentsOf: url)
    // Another file, so that a best checkpoint that is the same file stays good.
    try FileManager.default.removeItem(at: url)
    switch damage {
    case .flipped: bytes[bytes.count / 3] ^= 0x10
    case .truncated: bytes.removeLast(bytes.count / 2)
    case .emptied: bytes = Data()
    case .removed: return
    }
    try bytes.write(to: url)
  }

  @Test func aDamagedCheckpointFallsBackToTheOneBefore() throws {
    let straight = try sample.train(scratch.file("straight"), ["--epochs", "3"])
    try sample.train(scratch.file("short"), ["--epochs", "2"])
    for damage in Damage.allCases {
      let folder = scratch.file("\(damage)")
      try FileManager.default.copyItem(at: scratch.file("short"), to: folder)
      let run = RunFiles(folder)
      try inflict(damage, on: run.path("last"))
      // Quiet does not hide it.
      let result = try BuiltProgram.run(sample.training(folder, ["--resume", "--epochs", "3", "--quiet"]))
      let lines = result.errors.split(separator: "\n")
      #expect(result.status == 0 && lines.count == 1, "\(result.errors)")
      #expect(lines.first?.hasPrefix("fusionctl: warning: \(run.path("last")): ") == true, "\(result.errors)")
      #expect(lines.first?.contains("continuing from \(run.path("previous"))") == true)
      #expect(try run.text("train.log").contains(" warning \(run.path("last")): "))
      #expect(try differences(run.checkpoint("last"), straight.checkpoint("last")) == [], "\(damage)")
      #expect(try differences(run.checkpoint("best"), straight.checkpoint("best")) == [], "\(damage)")
      #expect(try run.metricsWithoutTimes == straight.metricsWithoutTimes)
    }
  }

  /// Wherever a checkpoint is cut or changed, the program says so and goes on from the one before.
  @Test func twentyDamages() throws {
    let small = ["training.momentum=0"]
    let straight = try sample.train(scratch.file("straight"), set: small, ["--epochs", "2"])
    let run = try sample.train(out, set: small, ["--epochs", "2"])
    let names = ["last", "previous"]
    let whole = try names.map { try Data(contentsOf: URL(filePath: run.path($0))) }
    for attempt in 0..<20 {
      for (name, bytes) in zip(names, whole) {
        try FileManager.default.removeItem(atPath: run.path(name))
        try bytes.write(to: URL(filePath: run.path(name)))
      }
      let place = Int.random(in: 0..<whole[0].count)
      let file = try FileHandle(forUpdating: URL(filePath: run.path("last")))
      if attempt.isMultiple(of: 2) {
        try file.truncate(atOffset: UInt64(place))
      } else {
        try file.seek(toOffset: UInt64(place))
        try file.write(contentsOf: [whole[0][place] ^ 1 << UInt8.random(in: 0..<8)])
      }
      try file.close()
      let result = try BuiltProgram.run(
        sample.training(out, set: small, ["--resume", "--epochs", "2", "--quiet"]))
      let lines = result.errors.split(separator: "\n")
      #expect(result.status == 0 && lines.count == 1, "attempt \(attempt) at \(place): \(result.errors)")
      #expect(lines.first?.hasPrefix("fusionctl: warning: \(run.path("last")): ") == true)
      #expect(lines.first?.hasSuffix("continuing from \(run.path("previous"))") == true)
      #expect(try differences(run.checkpoint("last"), straight.checkpoint("last")) == [])
    }
  }

  @Test func withoutAGoodCheckpointTheRunIsRefused() throws {
    let run = try sample.train(out, ["--epochs", "2"])
    for name in ["last", "previous"] { try inflict(.flipped, on: run.path(name)) }
    let refused = try refusal(sample.training(out, ["--resume", "--epochs", "3"]))
    #expect(refused.status == 2 && refused.lines.count == 1)
    #expect(refused.lines[0].hasPrefix("fusionctl: \(run.path("last")): is damaged"), "\(refused.lines)")
  }

  @Test func aLossThatIsNotFiniteEndsTheRunAndLeavesGoodCheckpoints() throws {
    let refused = try refusal(
      sample.training(
        out, set: ["training.learning_rate=1e30", "training.checkpoint_every_minutes=0.000001"], ["--quiet"]))
    #expect(refused.status == 1 && refused.lines.count == 1)
    #expect(
      refused.lines[0].hasPrefix("fusionctl: epoch 1, step 2: the loss is no longer finite"),
      "\(refused.lines)")
    let progress = try newest()
    #expect(progress.epoch == 0 && progress.stepInEpoch == 1)
    #expect(try RunFiles(out).text("train.log").contains(" error epoch 1, step 2: "))
  }

  /// The same when there is no second step: the validation notices.
  @Test func probabilitiesThatAreNotFiniteEndTheRun() throws {
    let refused = try refusal(
      sample.training(out, set: ["training.learning_rate=1e30", "training.batch_size=16"], ["--quiet"]))
    #expect(refused.status == 1 && refused.lines.count == 1)
    #expect(refused.lines[0].contains("is not finite"), "\(refused.lines)")
    #expect(!FileManager.default.fileExists(atPath: RunFiles(out).path("best")))
  }
}
