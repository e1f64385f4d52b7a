import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Basics
@testable import Presentation
@testable import Training

/// Which folders a run may use, and what it leaves of what is there.
@Suite struct RunFolderTests {
  private let scratch: ScratchFolder
  private var path: String { scratch.file("run").path }

  init() throws { scratch = try ScratchFolder() }

  private func write(_ text: String, _ name: String) throws {
    let url = scratch.file("run/\(name)")
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: url, atomically: true, encoding: .utf8)
  }

  private func link(_ name: String, to target: String) throws {
    try FileManager.default.createDirectory(
      at: scratch.file("run/\(name)").deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: "\(path)/\(name)", withDestinationPath: target)
  }

  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }

  private func refusal(_ use: RunFolder.Use) throws -> InputError {
    try #require(throws: InputError.self) { _ = try RunFolder(path, use) }
  }

  private func summary(epochs: Int) throws -> String {
    var summary = try sampleSummary()
    summary.completedEpochs = epochs
    return String(decoding: try ReportJSON.encode(summary), as: UTF8.self)
  }

  private func table(rows: Int) throws -> String {
    MetricsTable(try (0..<rows).map { try sampleRecord($0 + 1) }).text
  }

  enum Result: CaseIterable, Sendable {
    case row, damagedRow, best, brokenBest, summary, unreadableTable, unreadableSummary
  }

  /// Each alone is a result, and a run that has one never begins anew by itself.
  @Test(arguments: Result.allCases) func aRunWithResultsIsNotBegunAnew(_ result: Result) throws {
    try write("process 1 on host\n", ".lock")
    try write("name: x\n", "config.yaml")
    try write(table(rows: 0), "metrics.csv")
    try write(summary(epochs: 0), "summary.json")
    let words: String
    switch result {
    case .row:
      try write(table(rows: 3), "metrics.csv")
      words = "metrics.csv with 3 epochs"
    case .damagedRow:
      try write(table(rows: 0) + "1,0.5\n", "metrics.csv")
      words = "metrics.csv with 1 epoch"
    case .best:
      try write("", "checkpoints/best.h5")
      words = "best.h5"
    case .brokenBest:
      try link("checkpoints/best.h5", to: "/absent/best.h5")
      words = "best.h5"
    case .summary:
      try write(summary(epochs: 2), "summary.json")
      words = "summary.json with 2 epochs"
    case .unreadableTable:
      try FileManager.default.removeItem(atPath: "\(path)/metrics.csv")
      try link("metrics.csv", to: "metrics.csv")
      words = "metrics.csv, which cannot be read"
    case .unreadableSummary:
      try write("{", "summary.json")
      words = "summary.json, which cannot be read"
    }
    let before = try names
    let error = try refusal(.resume)
    #expect(error.kind == .checkpoint && error.subject == "\(path)/checkpoints/last.h5")
    #expect(
      error.problem == "does not exist, and neither does previous.h5, but the run has results (\(words))")
    #expect(error.remedy == "put the file back, or replace this run with --overwrite")
    #expect(try names == before)
    #expect(try String(contentsOfFile: "\(path)/.lock", encoding: .utf8) == "process 1 on host\n")
    // As the message says.
    try RunFolder(path, .overwrite).begin()
    #expect(try RunFolder(path, .resume).newest == nil)
  }

  @Test func aRunThatWasOnlyBegunBeginsAnew() throws {
    try write("process 1 on host\n", ".lock")
    try write(table(rows: 0), "metrics.csv")
    try write(summary(epochs: 0), "summary.json")
    try write("", "checkpoints/.last.h5.1-1.tmp")
    #expect(try RunFolder(path, .resume).newest == nil)
    #expect(try refusal(.new).problem == "the folder already holds a run")
  }

  @Test func checkpointsBehindABrokenLink() throws {
    try write(table(rows: 0), "metrics.csv")
    try link("checkpoints", to: "/absent/checkpoints")
    for use in [RunFolder.Use.resume, .new] {
      #expect(try refusal(use).kind == (use == .new ? .usage : .environment))
      #expect(try names == ["checkpoints", "metrics.csv"])
    }
    #expect(try refusal(.resume).problem.contains("lies behind the link \(path)/checkpoints to /absent/"))
  }

  @Test func foldersThatCannotBeUsed() throws {
    try link("broken", to: "/absent/run")
    try link("circle", to: "circle")
    try write("", "file")
    for (name, words) in [
      ("broken", "lies behind the link \(path)/broken to /absent/run, which is not there"),
      ("broken/below", "lies behind the link \(path)/broken to /absent/run, which is not there"),
      ("circle", "cannot be reached (its links lead in a circle, errno 40)"),
      ("file", "is a file, not a folder"),
      ("file/below", "cannot be reached (a part of the path is a file, not a folder, errno 20)"),
    ] {
      for use in [RunFolder.Use.new, .resume, .overwrite] {
        let error = try #require(throws: InputError.self) { _ = try RunFolder("\(path)/\(name)", use) }
        #expect(error.kind == .environment && error.problem == words, "\(error)")
      }
    }
  }

  /// Logs, files of other outputs, anything: a run lives beside them, and whatever it replaces, they stay.
  @Test(arguments: [RunFolder.Use.new, .resume, .overwrite])
  func filesOfOthersAreLeftAlone(_ use: RunFolder.Use) throws {
    let others = ["slurm-7.out", "job.e123", "thesis.tex", "data.zip", "events.jsonl"]
    for name in others { try write("mine", name) }
    let folder = try RunFolder(path, use)
    #expect(
      folder.note == "\(path) holds other files (data.zip, events.jsonl, job.e123, …), which are left alone")
    try folder.begin()
    #expect(try names == ([".lock", "train.log"] + others).sorted())
    for name in others { #expect(try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8) == "mine") }
  }

  /// A name that a run uses belongs to somebody else where no run has been: nothing there is appended to or replaced.
  @Test(arguments: RunFolderContents.names) func namesOfARunThatAreTaken(_ name: String) throws {
    let file = name == "checkpoints" ? "checkpoints/mine.h5" : name
    try write("mine", file)
    for use in [RunFolder.Use.new, .resume, .overwrite] {
      let error = try refusal(use)
      #expect(error.kind == .usage)
      #expect(
        error.problem == "no run has been there, but it holds files with the names of a run's: \(name)")
    }
    #expect(try names == [name])
    #expect(try String(contentsOfFile: "\(path)/\(file)", encoding: .utf8) == "mine")
  }

  /// Files that are only called as a run's may be anybody's.
  @Test func namesDoNotMakeARun() throws {
    for (name, text) in [
      ("config.yaml", "mine"), ("metrics.csv", "step,loss\n1,2\n"), ("summary.json", "{}"),
    ] {
      try write(text, name)
    }
    try write("", "checkpoints/epoch=1.ckpt")
    for use in [RunFolder.Use.new, .resume, .overwrite] {
      let problem = try refusal(use).problem
      #expect(problem.hasSuffix("with the names of a run's: checkpoints, config.yaml, metrics.csv, …"))
    }
    #expect(try names == ["checkpoints", "config.yaml", "metrics.csv", "summary.json"])
  }

  @Test func replacingRemovesOnlyWhatRunsWrite() throws {
    try write("process 1 on host\n", ".lock")
    let own = ["config.yaml", "metrics.csv", "summary.json", "checkpoints/last.h5", "checkpoints/best.h5"]
    for name in own + ["thesis.tex", "checkpoints/mine.h5"] { try write("x", name) }
    let folder = try RunFolder(path, .overwrite)
    #expect(try names.contains("metrics.csv"), "a mistake in the command line costs nothing")
    try folder.begin()
    #expect(try names == [".lock", "checkpoints", "thesis.tex", "train.log"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(path)/checkpoints") == ["mine.h5"])
  }

  @Test func aRefusedRunLeavesNothing() throws {
    let deep = "\(path)/a/b/"
    try RunFolder(deep, .new).abandon()
    #expect(PathState.of(path) == .absent)
    do {
      let folder = try RunFolder(deep, .new)
      try folder.begin()
      folder.abandon()
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: deep).sorted() == [".lock", "train.log"])
    try RunFolder(deep, .resume).abandon()
    #expect(PathState.of(deep) == .present(.folder))
  }

  @Test func theConfigurationOfARunThatGoesOn() throws {
    func saved(_ isGiven: Bool = false) throws -> String? {
      try RunFolder.savedConfiguration(in: path, isGiven: isGiven)
    }
    #expect(try saved() == nil)
    try write("", "checkpoints/last.h5")
    #expect(try saved(true) == nil)
    let lost = try #require(throws: InputError.self) { try saved() }
    #expect(lost.problem == "does not exist, but the folder holds a run" && lost.kind == .usage)
    try write("name: x\n", "config.yaml")
    #expect(try saved() == "\(path)/config.yaml")
    try FileManager.default.removeItem(atPath: "\(path)/config.yaml")
    try link("config.yaml", to: "/absent/config.yaml")
    for isGiven in [true, false] {
      let broken = try #require(throws: InputError.self) { try saved(isGiven) }
      #expect(broken.problem.contains("to /absent/config.yaml, which is not there"))
    }
  }
}
