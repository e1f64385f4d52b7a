import Foundation
import RunSupport
import Synchronization
import TestSupport
import Testing

@testable import Basics
@testable import CPUEngine
@testable import Checkpoints
@testable import Metrics
@testable import Networks
@testable import Training

/// What a run writes, when the file system fails it.
@Suite struct RunWriterTests {
  /// What a small run writes at the end of an epoch.
  private struct Epoch {
    let number: Int
    var marker: Float { Float(number) + 0.25 }

    var reports: RunReports {
      get throws {
        var counts = MetricsAccumulator(task: .multi, classNames: ["one", "two"])
        try counts.add(probabilities: [0.75, 0.25], truth: [1, 0])
        let metrics = counts.metrics
        var table = MetricsTable()
        for epoch in 1...number {
          table.record(
            .init(
              epoch: epoch, trainLoss: 1 / Double(epoch), validationLoss: 2, seconds: 3, imagesPerSecond: 4,
              dataWaitShare: 0, learningRate: 0.1, validation: metrics))
        }
        return RunReports(
          configuration: "name: small\nepochs: \(number)\n", table: table,
          summary: RunSummary(
            name: "small", fusion: "none", sensors: ["s2"], architecture: "resnet18", task: .multi,
            classes: ["one", "two"], parameters: 4, epochs: 9, completedEpochs: number, threads: 1, seed: 0,
            version: "1"))
      }
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
    let writer: RunWriter
    let state: any NetworkState

    init(_ path: String, files: FileSystem = .system, inBackground: Bool = true) throws {
      var graph = Graph()
      _ = graph.linear(graph.input("x", Shape(1, 1, 1, 4)), "fc", outputs: 1)
      var request = NetworkRequest(of: graph)
      request.keepsSnapshot = inBackground
      state = try CPUDevice(threads: 2).executor(request, ranks: OneProcess()).state
      folder = try RunFolder(path, .resume, files: files)
      writer = RunWriter(folder, state, inBackground: inBackground)
    }

    func save(_ epoch: Epoch) throws {
      fill(epoch.marker)
      try writer.save(epoch.checkpoint, isBest: true, epoch.reports)
      // Training goes on at once.
      fill(-1)
      if let failure = Result(catching: writer.finish).failure { throw failure }
    }

    private func fill(_ value: Float) {
      state.set(
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

  /// Every call of the file layer fails once: each file is then the old or the new one, and the message names the
  /// path and the reason.
  @Test(arguments: [ENOSPC, EDQUOT, EIO], [true, false])
  func everyFailingCallLeavesTheOldOrTheNewFiles(code: Int32, inBackground: Bool) throws {
    let (old, new) = (Epoch(number: 1), Epoch(number: 2))
    var kinds: Set<String> = []
    var blamed: Set<String> = []
    let calls = try withEveryCallFailing(
      code: code,
      prepare: { try Bench($0.path).save(old) },
      action: { try Bench($0.path, files: $1, inBackground: inBackground).save(new) },
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
        func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
        let states = try [old, new].map { try $0.reports }
        #expect(try states.map(\.configuration).contains(text(bench.folder.configurationPath)), "\(failed)")
        #expect(try states.map(\.table.text).contains(text(bench.folder.metricsPath)), "\(failed)")
        #expect(
          try states.map(\.summary).contains(RunSummary(contentsOf: bench.folder.summaryPath)), "\(failed)")
        if let error {
          #expect(error.kind == .environment && error.description.contains("errno \(code)"), "\(error)")
          #expect(error.subject.contains(scratch.path), "\(error)")
          blamed.insert(URL(filePath: error.subject).lastPathComponent)
          #expect(error.description.split(separator: "\n").count == 1)
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
      })
    #expect(calls > 40, "\(calls)")
    #expect(kinds.isSuperset(of: ["open", "write", "sync", "close", "rename", "link"]))
    #expect(
      blamed.isSuperset(of: ["config.yaml", "metrics.csv", "summary.json", "last.h5", "checkpoints"]),
      "\(blamed)")
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
