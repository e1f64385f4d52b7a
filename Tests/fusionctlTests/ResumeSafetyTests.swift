import Foundation
import TestSupport
import Testing

/// A resumed run never begins anew by itself, and goes on with its own data only.
@Suite(.sampleData) struct ResumeSafetyTests {
  let sample = SampleData.current!
  let scratch: ScratchFolder
  /// Small files.
  private let small = ["training.momentum=0"]

  init() throws { scratch = try ScratchFolder() }

  /// Every file of a folder with its contents, and every link with its target.
  private func snapshot(_ url: URL) throws -> [String: Data] {
    let names = try #require(FileManager.default.enumerator(atPath: url.path)).compactMap { $0 as? String }
    return Dictionary(
      uniqueKeysWithValues: names.map { name in
        let path = url.appending(path: name).path
        let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
        return (name, target.map { Data($0.utf8) } ?? FileManager.default.contents(atPath: path) ?? Data())
      })
  }

  @Test func resultsWithoutCheckpointsAreKept() throws {
    let out = scratch.file("run")
    let run = try sample.train(out, set: small, ["--epochs", "2"])
    let aside = scratch.file("aside")
    try FileManager.default.createDirectory(at: aside, withIntermediateDirectories: false)
    for name in ["last.h5", "previous.h5"] {
      try FileManager.default.moveItem(
        at: out.appending(path: "checkpoints/\(name)"), to: aside.appending(path: name))
    }
    let before = try snapshot(out)
    let resume = sample.training(out, set: small, ["--resume", "--epochs", "3"])
    let refused = try refusal(resume)
    #expect(refused.status == 2 && refused.lines.count == 1)
    #expect(
      refused.lines.first
        == "fusionctl: \(run.path("last")): does not exist, and neither does previous.h5, but the run has results "
        + "(metrics.csv with 2 epochs, best.h5, summary.json with 2 epochs); put the file back, start a new run with "
        + "--init-from \(run.path("best")), or replace this run with --overwrite")
    #expect(try snapshot(out) == before)
    // What the message advises works, one after the other.
    try sample.train(scratch.file("new"), set: small, ["--init-from", run.path("best")])
    try FileManager.default.copyItem(
      at: aside.appending(path: "previous.h5"), to: out.appending(path: "checkpoints/previous.h5"))
    try TrainedRun.succeed(resume + ["--quiet"])
    #expect(try run.metrics.dropFirst().map(\.[0]) == ["1", "2", "3"])
    try FileManager.default.removeItem(at: out.appending(path: "checkpoints"))
    #expect(try refusal(resume).status == 2)
    try sample.train(out, set: small, ["--overwrite"])
    #expect(try run.metrics.dropFirst().map(\.[0]) == ["1"])
  }

  @Test func aRunThatHasLostItsConfigurationSaysSo() throws {
    let out = scratch.file("run")
    let run = try sample.train(out, set: small)
    try FileManager.default.removeItem(at: out.appending(path: "config.yaml"))
    let before = try snapshot(out)
    let resume = ["train", "--resume", "--out", out.path, "--epochs", "2"] + sample.places
    let refused = try refusal(resume)
    #expect(refused.status == 64 && refused.lines.count == 1)
    #expect(
      refused.lines[0].contains("config.yaml: does not exist, but the folder holds a run; put the file back"))
    #expect(try snapshot(out) == before)
    try TrainedRun.succeed(
      resume + ["--config", sample.configuration, "--set", small[0], "--threads", "1", "--quiet"])
    #expect(try run.metrics.dropFirst().map(\.[0]) == ["1", "2"])
  }

  /// The same values in other bytes are the same data; other labels are refused by name, or accepted.
  @Test func otherDataAreNamedAndCanBeAccepted() throws {
    let out = scratch.file("run")
    let run = try sample.train(out, set: small)
    let data = scratch.file("data")
    try FileManager.default.copyItem(at: sample.data, to: data)
    for patch in try sample.patches() {
      let name = try #require(sample.file(of: patch)).path.dropFirst(sample.data.path.count)
      let file = try FileHandle(forUpdating: URL(filePath: data.path + name))
      try file.seekToEnd()
      try file.write(contentsOf: Data("behind the image".utf8))
      try file.close()
    }
    func resume(_ epochs: Int, _ more: [String] = []) -> [String] {
      ["train", "--resume", "--out", out.path, "--data", data.path, "--labels", "\(data.path)/labels_splits"]
        + ["--epochs", "\(epochs)", "--threads", "1"] + more
    }
    try TrainedRun.succeed(resume(2, ["--quiet"]))

    let other = scratch.file("other")
    try TrainedRun.succeed(
      "synth", "--out", other.path, "--size", "32", "--scenes", "6", "--patches-per-scene", "4", "--seed",
      "9",
      "--quiet")
    let fractions = "labels_splits/IGBP_probability_labels.pkl"
    try FileManager.default.removeItem(at: data.appending(path: fractions))
    try FileManager.default.copyItem(
      at: other.appending(path: fractions), to: data.appending(path: fractions))
    let metrics = try run.text("metrics.csv")
    let refused = try refusal(resume(3))
    #expect(refused.status == 2 && refused.lines.count == 1)
    #expect(refused.lines[0].contains("labels of the training patches (now checksum "), "\(refused.lines)")
    #expect(refused.lines[0].hasSuffix("or go on with --accept-changed-data"))
    #expect(try run.text("metrics.csv") == metrics)
    #expect(
      try refusal(resume(3, ["--accept-changed-data"]).filter { $0 != "--resume" }).lines.first
        == "fusionctl: --accept-changed-data needs --resume")

    let accepted = try BuiltProgram.run(resume(3, ["--accept-changed-data"]))
    #expect(accepted.status == 0)
    #expect(
      accepted.errors.contains("going on with other data, as --accept-changed-data wants: labels of the "))
    let changes = try run.summary.accepted_changes.array
    #expect(changes.count == 1 && changes[0].after_epoch.int == 2)
    #expect(changes[0].changed.array.first?.string == "labels of the training patches")
    #expect(try run.summary.best_compared_from.int == 2)
    try TrainedRun.succeed(resume(4, ["--quiet"]))
  }

  // MARK: - The folder of a new run

  @Test func refusedWeightsLeaveNoFolder() throws {
    let run = try sample.train(scratch.file("run"), set: small)
    let damaged = scratch.file("damaged.h5")
    try Data(contentsOf: URL(filePath: run.path("best"))).dropLast(9).write(to: damaged)
    let new = scratch.file("a/new")
    for (weights, setting) in [
      (scratch.file("absent.h5").path, "seed=1"), (damaged.path, "seed=1"), (scratch.path, "seed=1"),
    ] {
      let refused = try refusal(
        sample.training(new, set: ["training.\(setting)"], ["--init-from", weights]))
      #expect(refused.status == 2 && refused.lines.count == 1, "\(refused.lines)")
      #expect(!FileManager.default.fileExists(atPath: scratch.file("a").path))
    }
    let other = try refusal(
      sample.training(new, set: ["labels.scheme=full"], ["--init-from", run.path("best")]))
    #expect(other.status == 2 && other.lines.last?.contains("does not fit the network") == true)
    #expect(!FileManager.default.fileExists(atPath: scratch.file("a").path))
    let noted = try BuiltProgram.run(
      sample.training(
        new, set: small + ["data.normalisation=computed", "labels.type=single"],
        ["--init-from", run.path("best")]))
    #expect(noted.status == 0)
    let notes = noted.errors.split(separator: "\n").filter { $0.hasPrefix("note: \(run.path("best"))") }
    #expect(notes.count == 2, "\(noted.errors)")
    #expect(notes.first?.contains("other labels (simplified, multi) than this run has") == true)
    #expect(notes.last?.contains("another normalisation of s2 than this run has (mean of B2 ") == true)
  }

  /// A shell makes the log before the program starts.
  @Test(arguments: ["log", "train.log"]) func aLogInTheRunFolder(name: String) throws {
    let out = scratch.file("run")
    try FileManager.default.createDirectory(at: out, withIntermediateDirectories: false)
    let log = out.appending(path: name)
    let process = try BuiltProgram.start(sample.training(out, set: small), output: log, errors: log)
    process.waitUntilExit()
    let text = try String(contentsOf: log, encoding: .utf8)
    if name == "log" {
      #expect(process.terminationStatus == 0 && text.contains("finished 1 epoch"), "\(text)")
    } else {
      #expect(process.terminationStatus == 64, "\(text)")
      #expect(text.contains("the output of this process goes to train.log, which the run writes itself"))
    }
  }
}
