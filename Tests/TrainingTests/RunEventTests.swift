import Extending
import Foundation
import RunSupport
import Synchronization
import TestSupport
import Testing

@testable import Basics
@testable import Training

/// What a real run tells its outputs.
@Suite(.serialized) struct RunEventTests {
  /// Lines of the example in `JSONLinesObserver.swift`.
  private func lines(_ path: String) throws -> [JSON] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
      try JSON(data: Data($0.utf8))
    }
  }

  private func text(_ line: JSON) -> String {
    "\(line.event.string ?? "?") \(line.epoch.int ?? -1)" + (line.step.int.map { ".\($0)" } ?? "")
  }

  /// An output is a file and a line of a list. It is told everything in order, also by an evaluation and when the run
  /// goes on, and its file survives `--overwrite` of the run's own.
  @Test func anOutputIsAFileAndALine() throws {
    var run = try SmallRun()
    run.experiment.training.batchSize = 6
    let path = "\(run.folder("run"))/events.jsonl"
    func train(_ epochs: Int, _ use: RunFolder.Use) throws {
      run.experiment.training.epochs = epochs
      var session = run.session
      session.outputs.append(JSONLinesObserver.output)
      #expect(try session.train(in: RunFolder(run.folder("run"), use)) == .finished)
    }
    func epoch(_ number: Int) -> [String] {
      [
        "step \(number).1", "step \(number).2", "validation \(number)", "checkpoint \(number).0",
        "epoch \(number)",
      ]
    }
    try train(1, .new)
    let first = ["started 0.0"] + epoch(1) + ["finished 1"]
    #expect(try lines(path).map(text) == first)
    try "mine".write(toFile: "\(run.folder("run"))/thesis.tex", atomically: true, encoding: .utf8)
    try train(2, .resume)
    let all = try lines(path)
    #expect(all.map(text) == first + ["started 1.0"] + epoch(2) + ["finished 2"])
    let rows = try run.table("run").rows
    #expect(all.filter { $0.event.string == "epoch" }.map(\.loss.double) == rows.map(\.trainLoss))
    #expect(all.filter { $0.event.string == "validation" }.map(\.loss.double) == rows.map(\.validationLoss))
    let best = try #require(try run.summary("run").best)
    #expect(
      all.first { text($0) == "epoch \(best.epoch)" }?.found.ints
        == best.validation.classes.map(\.truePositives))

    var evaluation = try EvaluationSession(
      .one("\(run.folder("run"))/checkpoints/last.h5"),
      overrides: [.init(flag: "--threads", path: "threads", value: "2")], progress: run.progress)
    let other = run.folder("test.jsonl")
    evaluation.observers = [JSONLinesObserver(path: other)]
    let result = try evaluation.run(.test, data: run.data, labels: run.session.labels)
    #expect(try lines(other).map(text) == ["test 2"] && lines(other)[0].loss.double == result.loss)

    run.experiment.training.batchSize = 12
    let folder = try RunFolder(run.folder("run"), .overwrite)
    try folder.begin()
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(names == [".lock", "events.jsonl", "thesis.tex", "train.log"])
  }

  /// Reports that cannot be written are warned of once. The run goes on, and writes them when it is resumed.
  @Test func reportsThatFailAreLeftOut() throws {
    let sink = RecordingSink(isTerminal: false)
    var run = try SmallRun(progress: sink.reporter())
    run.experiment.training.batchSize = 12
    run.experiment.training.epochs = 2
    // The CPU chooses nothing that a file could keep. Event files do not wait for a checkpoint: see EventFolderTests.
    let names = RunOutput.names.filter { ![DeviceChoicesFile.name, EventFolder.name].contains($0) }
    let paths = names.map { $0 == RunPredictions.folder ? "predictions/validation.csv" : $0 }
    let files = FileSystem { call, path in
      call == .write && paths.contains { path.contains("/.\(Path.name(of: $0)).") } ? ENOSPC : 0
    }
    let path = run.folder("run")
    #expect(try run.session.train(in: RunFolder(path, .new, files: files)) == .finished)
    let lines = zip(names, paths).map { name, place in
      "\(path)/\(place): could not write (no space left on the device, errno \(ENOSPC)); the run goes on without \(name)"
    }
    #expect(
      sink.written.filter { $0.contains("errno") } == lines.map { "fusionctl: warning: \($0)\n" },
      "\(sink.written)")
    let log = try String(contentsOfFile: "\(path)/train.log", encoding: .utf8)
    #expect(lines.allSatisfy { log.contains("warning \($0)\n") } && log.contains(" info epoch 2/2: "))
    #expect(try run.model("run").file.contents.progress.epoch == 2)
    #expect(paths.allSatisfy { PathState.of("\(path)/\($0)") == .absent })
    #expect(try run.session.train(in: RunFolder(path, .resume)) == .finished)
    // Predictions need the validation again: `fusionctl validate` writes them.
    #expect(paths.dropLast().allSatisfy { PathState.of("\(path)/\($0)") == .present(.file) })
    #expect(try run.table("run").rows.map(\.epoch) == [1, 2] && run.summary("run").completedEpochs == 2)
  }

  @Test func aLogOnAFullDiskIsWarnedOfOnce() throws {
    let warnings = Mutex<[String]>([])
    let log = LogLines(try RunLog(path: "/dev/full"), nil)
    let events = RunEvents([log]) { line in warnings.withLock { $0.append(line) } }
    let standing = RunStanding(epochs: 1, epoch: 1, step: 0, globalStep: 0, history: RunHistory())
    for _ in 0..<2 { events.tell(.finished(RunEnd(bestCheckpoint: nil, standing: standing))) }
    let lines = warnings.withLock { $0 }
    #expect(lines.count == 1 && lines[0].hasPrefix("/dev/full: could not write ("), "\(lines)")
    #expect(lines.first?.hasSuffix("); the run goes on without train.log") == true, "\(lines)")
  }

  /// The best checkpoint of a run may be the same file as its last.
  @Test func aRunThatGoesOnChecksItsCheckpointOnce() throws {
    let run = try SmallRun()
    #expect(try run.train(in: "run") == .finished)
    let reads = Mutex<[String: Int]>([:])
    let files = FileSystem { call, path in
      if call == .read { reads.withLock { $0[URL(filePath: path).lastPathComponent, default: 0] += 1 } }
      return 0
    }
    let folder = try RunFolder(run.folder("run"), .resume, files: files)
    let opened = reads.withLock { $0 }
    try #require(opened["last.h5", default: 0] > 40)
    #expect(try run.session.train(in: folder) == .finished)
    let tensors = try run.model("run").file.contents
    let count = 3 * tensors.parameters.count + tensors.buffers.count
    // The tensors, and nothing else.
    #expect(reads.withLock { $0["last.h5"] } == opened["last.h5", default: 0] + count)
    #expect(reads.withLock { $0["best.h5"] } == nil)
  }
}
