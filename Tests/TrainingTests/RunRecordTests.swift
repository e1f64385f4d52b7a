import CPUEngine
import Experiments
import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Basics
@testable import Presentation
@testable import Training

/// What a run notes of itself and of its tests, and what is made of it.
@Suite struct RunRecordTests {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  @Test func aTestReplacesOnlyItself() throws {
    let metrics = try sampleMetrics()
    var summary = try sampleSummary(test: metrics)
    var again = sampleTest(metrics)
    (again.date, again.precision, again.data) = ("2026-04-01T12:00:00.000Z", "bf16", "/moved")
    summary.add(again)
    #expect(summary.tests == [again])
    var pixels = sampleTest(metrics)
    pixels.patches.pixels = "other"
    let others = [
      sampleTest(metrics, epoch: 40, weights: "other"), sampleTest(metrics, list: "other"),
      sampleTest(metrics, labels: "other"), pixels,
    ]
    for test in others { summary.add(test) }
    #expect(summary.tests == [again] + others)
    #expect(summary.results == [again] + others.dropFirst() && summary.otherTests == [others[0]])
    // Weights of the best epoch and some steps more are others.
    var later = sampleTest(metrics, weights: "later")
    later.checkpoints[0].step = 3
    summary.tests = [later]
    #expect(summary.results.isEmpty && summary.otherTests == [later])
  }

  /// The field `test` of older versions is read, and stays when the file is written anew.
  @Test func testsOfOlderVersions() throws {
    let path = scratch.file("summary.json").path
    let metrics = try sampleMetrics()
    let plain = String(decoding: try ReportJSON.encode(sampleSummary()), as: UTF8.self)
    let field = "{\"test\": \(String(decoding: try ReportJSON.encode(metrics), as: UTF8.self)),"
    try (field + plain.dropFirst()).write(toFile: path, atomically: true, encoding: .utf8)
    var summary = try RunSummary(contentsOf: path)
    #expect(summary.tests == [TestRecord(ofOlderVersion: metrics)] && summary.results == summary.tests)
    summary.add(sampleTest(metrics))
    #expect(summary.tests.count == 2 && summary.results == [sampleTest(metrics)])
    try summary.write(to: path)
    #expect(try RunSummary(contentsOf: path) == summary)
    #expect(try !JSON(contentsOf: URL(filePath: path)).test.exists)
  }

  @Test func partsOfARunAddUp() {
    func part(_ started: String, ended: String = "") -> RunIdentity.Part {
      var part = RunIdentity.Part(command: "fusionctl train", ranks: 1, threads: 2, on: CPUDevice(threads: 2))
      (part.started, part.ended) = (started, ended)
      return part
    }
    let first = RunIdentity(folder: "runs/s2/", data: "d", labels: "/l", part: part("1"))
    #expect(
      first.name == "s2" && first.data.hasPrefix("/") && first.data.hasSuffix("/d") && first.labels == "/l")
    #expect(first.continuing(nil) == first)
    let resumed = RunIdentity(folder: "runs/s2", data: "/moved", labels: "/l", part: part("2"))
    let both = resumed.continuing(first)
    #expect(both.parts.map(\.started) == ["1", "2"] && both.data == "/moved")
    var finished = resumed
    finished.parts[0].ended = "3"
    #expect(finished.continuing(both).parts.map(\.ended) == ["", "3"])
    finished.parts = []
    #expect(finished.continuing(both) == both)
  }

  /// Flags go before the environment, and that before the run.
  @Test func whereTheDataAre() throws {
    for name in ["data", "labels", "other", "run"] {
      try FileManager.default.createDirectory(at: scratch.file(name), withIntermediateDirectories: false)
    }
    let (data, labels) = (scratch.file("data").path, scratch.file("labels").path)
    let (other, run) = (scratch.file("other").path, scratch.file("run").path)
    var summary = try sampleSummary()
    func note() throws { try summary.write(to: RunFolder.summaryPath(in: run)) }
    summary.run = RunIdentity(name: "run", data: data, labels: labels, parts: [])
    try note()
    func places(_ flag: String? = nil, _ variable: String? = nil) throws -> DataPlaces {
      try .resolve(
        data: flag, labels: nil, runs: ["/absent", run],
        environment: variable.map { ["FUSIONCTL_DATA": $0] } ?? ["FUSIONCTL_LABELS": ""])
    }
    let ofRun = "labels: \(labels) (of the run \(run))"
    func expect(_ found: DataPlaces, _ data: String, _ note: String) {
      #expect(found.data == data && found.labels == labels && found.note == note)
    }
    expect(try places(), data, "data: \(data) (of the run \(run)); \(ofRun)")
    expect(try places(nil, other), other, "data: \(other) (FUSIONCTL_DATA); \(ofRun)")
    expect(try places("x", other), "x", ofRun)
    #expect(try DataPlaces.resolve(data: "x", labels: "y", environment: [:]).note == nil)

    func complaint(_ flag: String? = nil, _ variable: String? = nil) throws -> String {
      try #require(throws: InputError.self) { try places(flag, variable).fitting(Experiment()) }.description
    }
    #expect(
      try complaint(nil, "/absent") == "FUSIONCTL_DATA /absent: does not exist; set it anew, or give --data")
    try FileManager.default.removeItem(atPath: data)
    #expect(
      try complaint()
        == "data of \(run): \(data): does not exist; give --data or FUSIONCTL_DATA, the folder that it is now"
    )
    summary.run = nil
    try note()
    let unknown = try complaint(other)
    #expect(unknown.hasPrefix("--labels: the folder with split lists and labels is not given ("))
    #expect(unknown.contains("\(run) was made by an older version, which did not note it"))
    #expect(unknown.hasSuffix("; name it with --labels, or set FUSIONCTL_LABELS"))
  }

  @Test func whichCheckpointIsMeant() throws {
    let run = scratch.file("runs/s2").path
    let checkpoints = "\(run)/checkpoints"
    try FileManager.default.createDirectory(atPath: checkpoints, withIntermediateDirectories: true)
    let error = try #require(throws: InputError.self) { try CheckpointArgument(run) }
    #expect(error.kind == .checkpoint && error.problem.hasPrefix("is a folder without a checkpoint"))
    func make(_ name: String) {
      _ = FileManager.default.createFile(atPath: "\(checkpoints)/\(name)", contents: nil)
    }
    make("last.h5")
    let last = try CheckpointArgument("\(run)/")
    #expect(last.path == "\(checkpoints)/last.h5" && last.run == run)
    #expect(last.note == "\(run) has no best checkpoint yet; \(checkpoints)/last.h5 is taken")
    make("best.h5")
    for named in [run, checkpoints, "\(checkpoints)/best.h5"] {
      let best = try CheckpointArgument(named)
      #expect(best.path == "\(checkpoints)/best.h5" && best.run == run && best.note == nil)
    }
    let elsewhere = try CheckpointArgument("/tmp/copy.h5")
    #expect(elsewhere.path == "/tmp/copy.h5" && elsewhere.run == nil)
  }
}
