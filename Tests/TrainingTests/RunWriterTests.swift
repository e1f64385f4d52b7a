import Foundation
import RunSupport
import Synchronization
import TestSupport
import Testing

@testable import Basics
@testable import CPUEngine
@testable import Checkpoints
@testable import Experiments
@testable import Imagery
@testable import Metrics
@testable import Networks
@testable import Training

/// What a run writes, when the file system fails it.
@Suite struct RunWriterTests {
  /// What a small run writes at the end of an epoch.
  private struct Epoch {
    let number: Int
    var marker: Float { Float(number) + 0.25 }

    /// The run so far.
    var standing: RunStanding {
      get throws {
        var history = RunHistory()
        for epoch in 1...number { history.add(try sampleRecord(epoch, loss: 1 / Double(epoch))) }
        return RunStanding(epochs: 9, epoch: number, step: 0, globalStep: 0, history: history)
      }
    }

    /// How a run of that state begins.
    var start: RunStart {
      get throws {
        RunStart(
          experiment: experiment, parameters: 4, objectives: ["loss"], ranks: 1, threads: 1,
          splits: [.validation: PatchRecord(count: 2, list: "list", labels: "labels")], identity: nil,
          resumption: nil, standing: try standing, choices: "epoch \(number)")
      }
    }

    var experiment: Experiment {
      var experiment = Experiment()
      experiment.training.epochs = number
      return experiment
    }

    /// The validation of the epoch. Its probabilities tell the epoch.
    var validation: RunEvaluation {
      get throws {
        let table = PredictionTable(
          task: .multi, classes: ["A"], ids: ["a", "b"], clusters: ["", ""],
          probabilities: [1 / Float(number), 0.5], truth: [true, false])
        return RunEvaluation(
          Evaluation(metrics: try sampleMetrics(), loss: 1, seconds: 1, shares: []), of: .validation,
          epoch: number, predictions: table)
      }
    }

    var event: RunEvent {
      get throws {
        let metrics = try sampleMetrics()
        return .epoch(
          RunEpoch(
            record: try sampleRecord(number), training: metrics, validation: metrics, isBest: true,
            exchangeShare: nil, secondsLeft: nil, standing: try standing))
      }
    }

    /// `summary.json` of the state, in a run that began with another.
    func summary(startedAs start: Epoch) throws -> RunSummary {
      RunSummary(try start.start, try standing)
    }

    func checkpoint(_ numbers: any NetworkNumbers) -> Checkpoint<TensorSource> {
      Checkpoint(
        parameters: numbers.parameterSources, progress: TrainingProgress(epoch: number),
        metadata: ["epoch": "\(number)"])
    }
  }

  /// A run folder, and a writer for the four numbers of a network.
  private struct Bench {
    let folder: RunFolder
    let events: RunEvents
    let writer: RunWriter
    let state: any NetworkState
    let warnings = Warnings()

    final class Warnings: Sendable {
      private let list = Mutex<[String]>([])
      var all: [String] { list.withLock { $0 } }
      func add(_ line: String) { list.withLock { $0.append(line) } }
    }

    init(_ path: String, files: FileSystem = .system, inBackground: Bool = true) throws {
      var graph = Graph()
      _ = graph.linear(graph.input("x", Shape(1, 1, 1, 4)), "fc", outputs: 1)
      var request = NetworkRequest(of: graph)
      request.keepsSnapshot = inBackground
      state = try CPUDevice(threads: 2).executor(request, ranks: OneProcess()).state
      let folder = try RunFolder(path, .resume, files: files)
      self.folder = folder
      let voice = RunVoice(progress: .silent, log: nil, nextSteps: nil)
      events = RunEvents(RunOutput.all.compactMap { $0.observer(in: folder, voice) }) { [warnings] in
        warnings.add($0)
      }
      writer = RunWriter(folder, state, events: events, inBackground: inBackground)
    }

    /// A run that begins with an epoch, saves it, and tells of it.
    func save(_ epoch: Epoch) throws {
      events.tell(.started(try epoch.start))
      events.tell(.evaluation(try epoch.validation))
      try fill(epoch.marker)
      try writer.save(
        epoch.checkpoint,
        RunCheckpoint(
          path: folder.checkpoints.lastPath, occasion: .epoch, isBest: true, standing: epoch.standing))
      // Training goes on at once.
      events.tell(try epoch.event)
      try fill(-1)
      if let failure = Result(catching: writer.finish).failure { throw failure }
    }

    private func fill(_ value: Float) throws {
      try state.set(
        .parameter(0), Tensor(shape: state.parameters[0].shape, values: .init(repeating: value, count: 4)))
    }
  }

  @Test func whatIsSavedIsTheMomentOfTheCall() throws {
    let scratch = try ScratchFolder()
    let bench = try Bench(scratch.file("run").path)
    try bench.save(Epoch(number: 1))
    let file = try CheckpointFile(path: bench.folder.checkpoints.lastPath)
    #expect(try file.tensor("fc.weight").values.allSatisfy { $0 == 1.25 })
    #expect(bench.writer.longestWrite > 0)
  }

  /// Every call of the file layer fails once: each file is then the old or the new one. A checkpoint that fails ends
  /// the run, another file is warned of; the message names the path and the reason.
  @Test(arguments: [(ENOSPC, true), (EIO, false)])
  func everyFailingCallLeavesTheOldOrTheNewFiles(code: Int32, inBackground: Bool) throws {
    let (old, new) = (Epoch(number: 1), Epoch(number: 2))
    var kinds: Set<String> = []
    var blamed: Set<String> = []
    var warned: Set<String> = []
    var warnings: [String] = []
    let calls = try withEveryCallFailing(
      code: code,
      prepare: {
        try Bench($0.path).save(old)
        warnings = []
      },
      action: {
        let bench = try Bench($0.path, files: $1, inBackground: inBackground)
        defer { warnings = bench.warnings.all }
        try bench.save(new)
      },
      check: { scratch, error, failed in
        kinds.insert(String(failed.split(separator: " ")[0]))
        let bench = try Bench(scratch.path)
        let newest = try #require(bench.folder.newest)
        #expect(newest.warning == nil, "\(failed)")
        for path in [newest.file.path, bench.folder.checkpoints.bestPath] {
          let file = try CheckpointFile(path: path)
          let epoch = file.contents.progress.epoch
          #expect([1, 2].contains(epoch) && file.contents.metadata == ["epoch": "\(epoch)"], "\(failed)")
          let marker = Epoch(number: epoch).marker
          #expect(try file.tensor("fc.weight").values.allSatisfy { $0 == marker }, "\(failed)")
        }
        func text(_ name: String) throws -> String {
          try String(contentsOfFile: "\(scratch.path)/\(name)", encoding: .utf8)
        }
        let states = [old, new]
        #expect(try states.map(\.experiment.yaml).contains(text("config.yaml")), "\(failed)")
        let tables = try states.map { MetricsTable(try $0.standing.history.epochs).text }
        #expect(try tables.contains(text("metrics.csv")), "\(failed)")
        let summaries = try states.map { try $0.summary(startedAs: $0) }
        #expect(
          try summaries.contains(RunSummary(contentsOf: RunFolder.summaryPath(in: scratch.path))), "\(failed)"
        )
        let predictions = try text("predictions/validation.csv")
        #expect(["a,,1.0,1,1,", "a,,0.5,1,2,"].contains { predictions.contains($0) }, "\(failed)")
        #expect(warnings.count <= 1, "\(warnings)")
        if let error {
          #expect(error.kind == .environment && error.description.contains("errno \(code)"), "\(error)")
          #expect(error.subject.contains(scratch.path), "\(error)")
          blamed.insert(URL(filePath: error.subject).lastPathComponent)
          #expect(error.description.split(separator: "\n").count == 1 && warnings.isEmpty)
        } else if let warning = warnings.first {
          #expect(warning.hasPrefix(scratch.path) && warning.contains("errno \(code)); "), "\(warning)")
          warned.insert(try #require(RunOutput.names.first { warning.hasSuffix(" without \($0)") }))
          // The checkpoint is the new one all the same.
          #expect(newest.file.contents.progress.epoch == 2, "\(failed)")
        } else {
          // Only what cleans up, looks at the old file, or has another way may fail in silence.
          #expect(
            ["list", "look", "remove", "open", "read", "close", "link", "create"].contains {
              failed.hasPrefix($0)
            }, "\(failed)")
        }
        // Once there is room again the run goes on.
        try bench.save(Epoch(number: 3))
        #expect(try CheckpointFile(path: bench.folder.checkpoints.lastPath).contents.progress.epoch == 3)
        #expect(try text("metrics.csv").split(separator: "\n").count == 4 && bench.warnings.all.isEmpty)
      })
    #expect(calls > 40, "\(calls)")
    // In the background two threads make calls: the n-th call of one save may be another one in the next save, and a
    // call may then be left out.
    guard !inBackground else { return }
    #expect(kinds.isSuperset(of: ["open", "write", "sync", "close", "rename", "link"]))
    #expect(blamed.isSuperset(of: ["last.h5", "checkpoints"]), "\(blamed)")
    #expect(blamed.isDisjoint(with: RunOutput.names), "\(blamed)")
    #expect(warned == Set(RunOutput.names), "\(warned)")
  }

  /// An epoch is told to the console at once, and to files when its checkpoint is on disk.
  @Test func filesFollowTheCheckpoint() throws {
    let scratch = try ScratchFolder()
    let (atOnce, onceSaved) = (Recorder(.atOnce), Recorder(.onceSaved))
    let events = RunEvents([onceSaved, atOnce]) { _ in }
    let epoch = Epoch(number: 1)
    let checkpoint = RunCheckpoint(
      path: scratch.path, occasion: .epoch, isBest: true, standing: try epoch.standing)
    events.tell(.started(try epoch.start))
    events.hold()
    events.tell(try epoch.event)
    #expect(onceSaved.events == ["started"] && atOnce.events == ["started", "epoch"])
    events.release(checkpoint)
    #expect(onceSaved.events == ["started", "checkpoint", "epoch"])
    #expect(atOnce.events == ["started", "epoch", "checkpoint"])
    // Without the checkpoint no file is told what it would have held, and what comes after it.
    events.hold()
    events.tell(try epoch.event)
    events.drop()
    events.tell(.finished(RunEnd(bestCheckpoint: nil, standing: try epoch.standing)))
    #expect(onceSaved.events == ["started", "checkpoint", "epoch"])
    #expect(atOnce.events == ["started", "epoch", "checkpoint", "epoch", "finished"])
  }

  /// Keeps the names of the events that it is told.
  private final class Recorder: RunObserver {
    let name = "a recorder"
    let delivery: RunDelivery
    private let list = Mutex<[String]>([])
    var events: [String] { list.withLock { $0 } }

    init(_ delivery: RunDelivery) { self.delivery = delivery }

    func observe(_ event: RunEvent) {
      list.withLock { $0.append(Mirror(reflecting: event).children.first?.label ?? "?") }
    }
  }

  /// A quota that is used up while a training writes its second checkpoint ends it with the reason.
  @Test func anExceededQuotaEndsTheTraining() throws {
    var run = try SmallRun()
    run.experiment.training.epochs = 3
    let isFull = Mutex(false)
    let files = FileSystem { call, path in
      guard path.contains("/.last.h5.") else { return 0 }
      return isFull.withLock { isFull in
        if call == .rename { isFull = true }
        return call == .write && isFull ? EDQUOT : 0
      }
    }
    let path = run.folder("run")
    let error = try #require(throws: InputError.self) {
      try run.session.train(in: RunFolder(path, .new, files: files))
    }
    #expect(
      error.description
        == "\(path)/checkpoints/last.h5: could not write (the quota is used up, errno \(EDQUOT)); "
        + "free some space or choose another folder")
    let saved = try run.model("run").file.contents.progress
    #expect(saved.epoch == 1 && saved.stepInEpoch == 0)
    #expect(try run.train(in: "run") == .finished)
    #expect(try run.table("run").rows.map(\.epoch) == [1, 2, 3])
  }
}

extension Result {
  fileprivate var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
