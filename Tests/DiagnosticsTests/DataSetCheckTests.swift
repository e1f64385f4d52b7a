import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Basics
@testable import Diagnostics
@testable import Experiments
@testable import Imagery
@testable import Presentation
@testable import SEN12MS
@testable import Training

/// The report on a data set, the scan for missing samples, and the disk space of checkpoints.
@Suite struct DataSetCheckTests {
  private let tree = Fixtures.url("tiny-sen12ms").path

  private func check(_ change: (inout Experiment) -> Void = { _ in }) throws -> DataSetCheck {
    var experiment = Experiment()
    experiment.data.validation = .list
    change(&experiment)
    return try DataSetCheck(
      data: tree, labels: "\(tree)/labels_splits", experiment: experiment, looksAtSamples: true,
      progress: .silent)
  }

  @Test(arguments: [80, 120], ["simplified", "full"] as [DataName])
  func thePageFitsTheWidth(width: Int, scheme: DataName) throws {
    let check = try check {
      $0.labels.scheme = scheme
      $0.model.fusion = .early
      $0.model.sensors = ["s2", "s1"]
    }
    let style = TextStyle(width: width, hasColour: false, hasUnicode: true)
    let text = DataSetReport(check).text(style)
    for line in text.split(separator: "\n") where !line.contains(tree) {
      #expect(line.count <= width && line.last != " ", "\(line)")
    }
    #expect(text.contains("train and validation share 2 scenes") && text.contains("1 problem would keep"))
    let coloured = DataSetReport(check).text(TextStyle(width: width, hasColour: true, hasUnicode: true))
    #expect(coloured.contains("\u{1B}[31mproblem") && !text.contains("\u{1B}"))
  }

  @Test func classesWithoutPatchesAreNamed() throws {
    let scratch = try ScratchFolder()
    let labels = scratch.url
    for (name, patches) in [
      ("train", ["ROIs1158_spring_s2_1_p31.tif", "ROIs1158_spring_s2_1_p32.tif"]),
      ("val", ["ROIs1158_spring_s2_97_p12.tif"]), ("test", ["ROIs1868_summer_s2_43_p1.tif"]),
    ] {
      try patches.joined(separator: "\n").write(
        to: labels.appending(path: "\(name)_list.txt"), atomically: true, encoding: .utf8)
    }
    let file = "IGBP_probability_labels.pkl"
    try FileManager.default.copyItem(
      atPath: "\(tree)/labels_splits/\(file)", toPath: labels.appending(path: file).path)
    let check = try DataSetCheck(
      data: tree, labels: labels.path, experiment: nil, looksAtSamples: false, progress: .silent)
    #expect(check.isTrainable && check.experiment.data.validation == .list)
    let table = try LabelTable(contentsOf: labels.appending(path: file))
    func shows(_ name: String, _ index: Int) throws -> Bool {
      let split = try #require(Split(rawValue: name))
      return try #require(try LabelFolder(labels).list(split)).patches.contains { patch in
        let fractions = try #require(table[patch])
        return check.experiment.classScheme.fractions(fractions.slice)[index] >= 0.1
      }
    }
    for index in 0..<10 {
      let expected =
        switch (try shows("train", index), try shows("test", index)) {
        case (true, true): String?.none
        case (true, false): "never tested"
        case (false, true): "never trained"
        case (false, false): try shows("validation", index) ? "never trained" : "never there"
        }
      #expect(check.remark(on: index) == expected)
    }
    let text = DataSetReport(check).text(.plain)
    #expect(text.contains("never tested") && text.contains("would start"))
  }

  /// A resumed run does not scan all files again, unless the user says that the data have changed.
  @Test func aResumedRunDoesNotScanAgain() throws {
    let sink = RecordingSink(isTerminal: true)
    var run = try SmallRun(progress: sink.reporter())
    func looks() -> Int { sink.written.count { $0.contains("looking for missing samples") } }
    _ = try run.train(in: "run")
    let first = looks()
    #expect(first > 0)
    run.experiment.training.epochs = 2
    _ = try run.train(in: "run")
    #expect(looks() == first)
    var session = run.session
    session.acceptsChangedData = true
    _ = try session.dryRun(in: RunFolderTrial(run.folder("run"), .resume, inputs: CommandInputs()))
    #expect(looks() > first)
  }

  /// A run keeps three checkpoints, and has a fourth while it writes one.
  @Test func spaceForCheckpoints() throws {
    func room(free: Int?, taken: Int = 0) -> CheckpointRoom {
      CheckpointRoom(checkpoint: 100_000_000, taken: taken, free: free, folder: "runs/s2")
    }
    #expect(try room(free: nil).note() == nil && room(free: 400_000_000).note() == nil)
    #expect(
      try room(free: 200_000_000).note()
        == "the checkpoints of the run take up to 400.00 MB; runs/s2 has 200.00 MB free")
    #expect(try room(free: 100_000_000, taken: 300_000_000).note() == nil)
    #expect(
      try room(free: 0, taken: 300_000_000).note()?.hasSuffix("0 B free and 300.00 MB of checkpoints") == true
    )
    let error = try #require(throws: InputError.self) { try room(free: 99_000_000).note() }
    #expect(
      error.kind == .environment && error.problem == "a checkpoint takes 100.00 MB, and 99.00 MB are free")
    // The predicted size is the written size, except for names and settings.
    let run = try SmallRun()
    _ = try run.train(in: "run")
    let predicted = CheckpointRoom(run.experiment, in: run.folder("run")).checkpoint
    let written = try FileHandle(forReadingFrom: URL(filePath: run.model("run").file.path)).seekToEnd()
    #expect(abs(Double(written) / Double(predicted) - 1) < 0.02)
  }
}
